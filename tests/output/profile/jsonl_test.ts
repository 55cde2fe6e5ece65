import assert from "node:assert/strict";
import { jsonlProfile } from "../../../src/output/profile/jsonl.ts";
import { kernel, mark, native, python, sample, stack } from "../fixtures.ts";

Deno.test("jsonlProfile() writes a line a sample, with all that is known of it", () => {
  const format = jsonlProfile({ threadName: (_, tid) => tid === 24 ? "wo\nrker" : null, isRecorded: false });
  const header = { interval: 100, python: null };
  assert.equal(format.header({ ...header, mode: "full" }), "");
  const frames = [
    native("qsort"),
    { ...python("τ.py", 'f"', 3), endLine: 4, column: 0, endColumn: 7 },
    kernel("do_futex"),
    mark("gap"),
  ];
  const lines = [
    sample(frames, { memory: -4096, idle: true }),
    sample([python("a.py", "g", 4)], { tid: 25, gc: true, stack: stack([python("a.py", "g", 4)], "torn") }),
  ].map((one) => format.sample(one) as string);
  assert.ok(lines.every((line) => line.indexOf("\n") === line.length - 1));
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [{
    ...{ pid: 22, tid: 24, thread: "wo\\x0arker", interpreter: 0, time_us: 10_012, memory_bytes: -4096 },
    ...{ idle: true, gc: false, flaw: null },
    frames: [
      { kind: "native", function: "qsort", pc: "0x7f3a13eed503", offset: 35, module: "/usr/lib/libc.so.6" },
      { kind: "python", function: 'f"', file: "τ.py", line: 3, end_line: 4, column: 0, end_column: 7 },
      { kind: "kernel", function: "do_futex" },
      { kind: "mark", mark: "gap" },
    ],
  }, {
    ...{ pid: 22, tid: 25, thread: null, interpreter: 0, time_us: 10_012, memory_bytes: 0 },
    ...{ idle: false, gc: true, flaw: "torn" },
    frames: [{ kind: "python", function: "g", file: "a.py", line: 4 }],
  }]);
  const wall = jsonlProfile({ threadName: () => null, isRecorded: true });
  wall.header({ ...header, mode: "wall" });
  assert.equal(JSON.parse(wall.sample(sample([])) as string).idle, null);
  assert.ok(!("memory_bytes" in JSON.parse(wall.sample(sample([])) as string)));
});
