import assert from "node:assert/strict";
import { geckoProfile } from "../../../src/output/profile/gecko.ts";
import { kernel, native, python, sample } from "../fixtures.ts";

Deno.test("geckoProfile() has a timeline a thread, with names, categories and time on the processor", () => {
  const format = geckoProfile({ threadName: (_, tid) => tid === 24 ? "worker" : null, isRecorded: false });
  format.header({ interval: 1000, mode: "wall", python: "3.11.7" });
  format.mappings([{ start: 0x1000, end: 0x2000, path: "/usr/lib/libc.so.6", buildId: "abcd" }]);
  const frames = [python("m.py", "f", 3), native("poll"), kernel("do_sys_poll")];
  for (
    const one of [
      sample(frames, { time: 2000, idle: true }),
      sample(frames.slice(0, 1), { time: 1000, gc: true }),
      sample([], { time: 500 }),
      sample([], { tid: 22, time: 1500 }),
      sample([], { tid: 22, time: 1500, idle: true }),
    ]
  ) format.sample(one);
  const { meta, libs, threads } = JSON.parse([...format.end()].join(""));
  assert.equal(meta.preprocessedProfileVersion, 48);
  assert.equal(meta.interval, 1);
  assert.deepEqual(libs.map((lib: Record<string, unknown>) => [lib.name, lib.codeId]), [["libc.so.6", "abcd"]]);
  const [worker, main] = threads;
  assert.deepEqual([worker.name, worker.isMainThread, main.name, main.isMainThread], [
    "worker",
    false,
    "thread 22",
    true,
  ]);
  assert.deepEqual(worker.samples.time, [0, 2, 3]);
  assert.deepEqual(worker.samples.weight, [2, 1, 0.5]);
  assert.deepEqual(worker.samples.threadCPUDelta, [0, 0, 1000]);
  // Begins with its first sample, when the other was 3.5 ms along.
  assert.deepEqual([main.samples.time, main.samples.weight, main.samples.stack], [[2, 3.5], [1.5, 1.5], [null, 0]]);
  assert.deepEqual(main.samples.threadCPUDelta, [0, 1500]);
  const category = (thread: typeof worker, i: number) =>
    meta.categories[thread.stackTable.category[thread.samples.stack[i]]].name;
  assert.deepEqual([category(worker, 0), category(worker, 1), category(main, 1)], [
    "Idle",
    "Garbage collection",
    "Idle",
  ]);
  const columns = [worker.stackTable, worker.frameTable, worker.funcTable, worker.resourceTable, worker.samples];
  for (const { length, ...rest } of columns) {
    for (const column of Object.values(rest)) if (Array.isArray(column)) assert.equal(column.length, length);
  }
});
