import assert from "node:assert/strict";
import { RangeMap } from "../src/range_map.ts";

function range(start: number, end: number) {
  return { start, end, value: `${start}-${end}` };
}

Deno.test("RangeMap.find() finds the range that holds an address, end excluded", () => {
  const map = new RangeMap([range(30, 40), range(10, 20), range(20, 25)]);
  const found = Object.fromEntries([9, 10, 19, 20, 24, 25, 29, 30, 39, 40].map((at) => [at, map.find(at)?.value]));
  assert.deepEqual(found, {
    9: undefined,
    10: "10-20",
    19: "10-20",
    20: "20-25",
    24: "20-25",
    25: undefined,
    29: undefined,
    30: "30-40",
    39: "30-40",
    40: undefined,
  });
});

Deno.test("RangeMap keeps the lower of overlapping ranges and no empty ones", () => {
  const map = new RangeMap([range(10, 20), range(15, 30), range(40, 40), range(50, 45)]);
  assert.deepEqual(map.ranges, [range(10, 20)]);
});

Deno.test("RangeMap works with addresses beyond 32 bits", () => {
  const map = new RangeMap([range(0x7f0000000000, 0x7f0000001000)]);
  assert.equal(map.find(0x7f0000000fff)?.start, 0x7f0000000000);
  assert.equal(map.find(0x7f0000001000), null);
});

Deno.test("RangeMap without ranges finds nothing", () => {
  assert.equal(new RangeMap([]).find(0), null);
});
