import assert from "node:assert/strict";
import { FrameTable } from "../../../src/output/profile/frames.ts";
import { python, sample } from "../fixtures.ts";

Deno.test("FrameTable gives one number to all frames that there is no room for", () => {
  const known = new FrameTable({ most: 0 }).all.length;
  const table = new FrameTable({ most: known + 2 });
  const [f, g, h, i] = ["f", "g", "h", "i"].map((name) => python("m.py", name, 1));
  const numbers = (...frames: (typeof f)[]) => table.of(sample(frames));
  const [first, second] = numbers(f, g);
  assert.equal(table.cut, 0);
  const [, other] = numbers(f, h);
  assert.deepEqual(numbers(g, i, python("m.py", "h", 1)), [second, other, other]);
  assert.deepEqual(numbers(python("m.py", "f", 1)), [first]);
  assert.deepEqual([table.all[other].kind, table.all[other].name], ["mark", "(other functions)"]);
  assert.deepEqual([table.cut, table.all.length], [2, known + 2]);
});
