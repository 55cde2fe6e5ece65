import assert from "node:assert/strict";
import { callgrindProfile } from "../../../src/output/profile/callgrind.ts";
import { native, python, sample } from "../fixtures.ts";

const [f3, f4, g, q] = [python("m.py", "f", 3), python("m.py", "f", 4), python("m.py", "g", 9), native("qsort")];

Deno.test("callgrindProfile() writes what lines weigh and what they call, recursion once", () => {
  const format = callgrindProfile({ threadName: () => null, isRecorded: false });
  format.header({ interval: 1000, mode: "wall", python: null });
  for (const frames of [[f3], [f3, g, q], [f4, g], [g, g, g]]) format.sample(sample(frames, { time: 10 }));
  assert.equal([...format.end()].join(""), GOLDEN);
});

const GOLDEN = `# callgrind format
version: 1
creator: austinp
positions: line
event: Samples : samples
event: Time : time in us
events: Samples Time

ob=(1) [python]
fl=(2) m.py
fn=(3) f
3 1 10
cob=(1)
cfi=(2)
cfn=(4) g
calls=1 9
3 1 10
cob=(1)
cfi=(2)
cfn=(4)
calls=1 9
4 1 10

ob=(1)
fl=(2)
fn=(4)
9 2 20
cob=(1)
cfi=(2)
cfn=(4)
calls=1 9
9 1 10
cob=(5) /usr/lib/libc.so.6
cfi=(6) ???
cfn=(7) qsort
calls=1 0
9 1 10

ob=(5)
fl=(6)
fn=(7)
0 1 10
`;
