import assert from "node:assert/strict";
import { WHOLE } from "../../src/output/shape.ts";
import { type FormatName, formatOfFile, FORMATS, recordingFormat } from "../../src/output/formats.ts";
import { native, python, sample } from "./fixtures.ts";

Deno.test("formatOfFile() goes by how the name ends", () => {
  const rows: readonly (readonly [path: string, format: FormatName | null])[] = [
    ["/tmp/a.folded", "collapsed"],
    ["a.b.MOJO", "mojo"],
    ["/x/a.jsonl", "jsonl"],
    ["/x.jsonl/a", null],
    ["a.html", "flamegraph"],
    ["a.speedscope.json", "speedscope"],
    ["a.pb.gz", "pprof"],
    ["a.svg", "svg"],
    ["a.gecko.json", "gecko"],
    ["a.trace.json", "chrome"],
    ["/tmp/callgrind.out.77", "callgrind"],
    ["a.json", null],
    ["a.txt", null],
    ["jsonl", null],
  ];
  for (const [path, format] of rows) assert.equal(formatOfFile(path), format, path);
  assert.equal(new Set(FORMATS).size, FORMATS.length);
});

Deno.test("a profile says how many samples there was no room for", () => {
  const format = recordingFormat("svg", { mojo: 3, shape: WHOLE, threadName: () => null });
  assert.deepEqual(format.warnings!(), []);
  // Each has a hundred functions of its own, which is more than fits.
  for (let i = 0; i < 11_000; i++) {
    const frames = Array.from({ length: 100 }, (_, depth) => native(`f${i}`, { pc: 4096, offset: depth }));
    format.recorded({ kind: "sample", sample: sample(frames, { time: 1 }) });
  }
  assert.equal(format.warnings!().length, 1);
  assert.match(format.warnings!()[0], /^the stacks of \d{3} samples are cut: there are too many different ones/);
  assert.match([...format.end()].join(""), /11 ms in 11000 samples/);
});

const PROFILES = FORMATS.filter((name) => !["collapsed", "mojo", "jsonl"].includes(name));

for (const name of PROFILES) {
  Deno.test(`${name} shows some of more functions than there is room for, and says so`, () => {
    const format = recordingFormat(name, { mojo: 3, shape: WHOLE, threadName: () => null });
    let written = 0;
    for (let i = 0; i < 80_000; i++) {
      const frames = [python("m.py", "all", 1), python("m.py", `f${i}`, 1)];
      written += format.recorded({ kind: "sample", sample: sample(frames, { time: 1 }) }).length;
    }
    for (const chunk of format.end()) written += chunk.length;
    assert.ok(written > 1000);
    const [warning, ...others] = format.warnings!();
    const [, count] = /^the stacks of (\d+) samples are cut/.exec(warning) ?? [];
    assert.ok(Number(count) > 14_000 && Number(count) < 15_000, warning);
    assert.deepEqual(others, []);
  });
}
