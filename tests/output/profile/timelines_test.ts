import assert from "node:assert/strict";
import { ThreadTable } from "../../../src/output/profile/threads.ts";
import { Timelines } from "../../../src/output/profile/timelines.ts";
import { sample } from "../fixtures.ts";

Deno.test("Timelines keeps runs in their order, and adds up those that there is no room for", () => {
  const threads = new ThreadTable({ threadName: () => null });
  const [one, two] = [1, 2].map((tid) => threads.next(sample([], { tid })));
  const timelines = new Timelines(3);
  const add = (thread: typeof one, node: number, value: number) => timelines.add({ thread, node, value, start: 7 });
  add(one, 10, 1);
  add(one, 10, 2);
  add(two, 20, 4);
  add(one, 11, 8);
  assert.deepEqual([[...timelines.runs(one, [10, 11])], timelines.warnings], [[[10, 3], [11, 8]], []]);
  add(one, 10, 16); // no room
  add(two, 20, 32); // is of a run that is there
  add(two, 21, 64);
  add(one, 10, 128);
  assert.deepEqual([...timelines.runs(one, [10, 11])], [[10, 3], [11, 8], [10, 144]]);
  assert.deepEqual([...timelines.runs(two, [20, 21])], [[20, 36], [21, 64]]);
  assert.equal(timelines.start(one), 7);
  assert.match(timelines.warnings.join(), /^the times of 3 samples are not told/);
});
