import assert from "node:assert/strict";
import { ReusedRanges } from "../../src/unwind/reused_ranges.ts";

const A = { name: "a" };
const B = { name: "b" };

function at(start: number, elf: object, size = 0x1000) {
  return { start, end: start + size, elf };
}

Deno.test("ReusedRanges distrusts a place from when another file is seen there until it has stayed for ten seconds", () => {
  const ranges = new ReusedRanges();
  assert.equal(ranges.update([at(0x1000, A), at(0x9000, B)], 0), false);
  assert.equal(ranges.update([at(0x9000, B)], 1), false);
  assert.equal(ranges.update([at(0x1800, B), at(0x9000, B)], 50_000), true);
  assert.ok(ranges.has(0x1000) && ranges.has(0x27ff) && !ranges.has(0x2800) && !ranges.has(0x9000));
  assert.ok(ranges.overlaps({ start: 0x2000, end: 0x3000 }) && !ranges.overlaps({ start: 0x2800, end: 0x3000 }));
  const same = [at(0x1800, B), at(0x9000, B)];
  assert.equal(ranges.update(same, 5_000_000), true);
  assert.equal(ranges.update(same, 9_000_000), false);
  assert.ok(ranges.has(0x1000));
  assert.equal(ranges.update(same, 10_050_000), true);
  assert.ok(!ranges.has(0x1000));
});

Deno.test("ReusedRanges trusts a file that comes back to its place, and places that were free for long", () => {
  const ranges = new ReusedRanges();
  ranges.update([at(0x1000, A)], 0);
  ranges.update([], 1);
  assert.equal(ranges.update([at(0x1000, A)], 2), false);
  ranges.update([], 3);
  assert.equal(ranges.update([at(0x1000, B)], 80_000_000), false);
  assert.ok(!ranges.has(0x1000));
});
