import assert from "node:assert/strict";
import { locate, NO_POSITION } from "../../src/python/line_table.ts";
import type { LineFormat } from "../../src/python/dialect.ts";

/** Line, end line, column, end column. */
type Place = readonly [number, number, number | null, number | null];

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (byte) => parseInt(byte, 16));
}

function placeAt(format: LineFormat, hex: string, offset: number, firstLine = 1): Place {
  const { line, endLine, column, endColumn } = locate({ format, bytes: bytesOf(hex), firstLine }, offset);
  return [line, endLine, column, endColumn];
}

/** Compiled by the versions named. `[first offset, line]`, up to the next one. */
const LINES: readonly [name: string, format: LineFormat, hex: string, lines: [number, number][]][] = [
  ["3.8", "lnotab", "00 02 04 01 04 03 04 01 02 ff 04 02", [[0, 3], [4, 4], [8, 7], [12, 8], [14, 7], [18, 9]]],
  ["3.10", "ranges", "04 02 04 01 04 03 02 01 04 ff 04 02", [[0, 3], [4, 4], [8, 7], [12, 8], [14, 7], [18, 9]]],
  ["2.7, whose lines never step back", "lnotab-unsigned", "06 01 06 ff 06 01", [[0, 1], [6, 2], [12, 257], [18, 258]]],
  ["a step of more than 255 bytes", "lnotab", "ff 00 05 01", [[0, 1], [254, 1], [255, 1], [259, 1], [260, 2]]],
  ["a step of more than 127 lines", "lnotab", "04 7f 00 7f 02 80", [[0, 1], [2, 1], [4, 255], [6, 127]]],
  ["no table", "lnotab", "", [[0, 1], [100, 1]]],
  ["half a pair", "lnotab", "04 01 04", [[0, 1], [4, 2], [8, 2]]],
  ["a range without a line, 3.10", "ranges", "04 00 04 80 04 02", [[0, 1], [4, 0], [6, 0], [8, 3], [12, 0]]],
  ["an empty range, 3.10", "ranges", "00 05 04 01", [[0, 7], [4, 0]]],
  ["a half range, 3.10", "ranges", "04", [[0, 0]]],
];

Deno.test("locate() finds lines in the tables up to 3.10", async (t) => {
  for (const [name, format, hex, lines] of LINES) {
    await t.step(name, () => {
      for (const [offset, line] of lines) assert.deepEqual(placeAt(format, hex, offset), [line, line, null, null]);
    });
  }
});

/** 3.11.7; `[end offset, place]`. */
const EXAMPLE = "80 00  e0 08 09  80 41  d8 07 08  f0 00 04 05 11  f5 06 00 0d 0e  88 61  d8 0e 0f  f1 03 01 0d 11";
const PLACES: readonly [end: number, place: Place][] = [
  [2, [1, 1, 0, 0]],
  [4, [3, 3, 8, 9]],
  [6, [3, 3, 4, 5]],
  [8, [4, 4, 7, 8]],
  [10, [4, 8, 4, 16]],
  [22, [7, 7, 12, 13]],
  [24, [7, 7, 14, 15]],
  [26, [8, 8, 14, 15]],
  [30, [7, 8, 12, 16]],
];

Deno.test("locate() finds places in the table of 3.11", () => {
  let offset = 0;
  for (const [end, place] of PLACES) {
    for (; offset < end; offset += 2) assert.deepEqual(placeAt("locations", EXAMPLE, offset), place, `at ${offset}`);
  }
  assert.deepEqual(placeAt("locations", EXAMPLE, offset), [0, 0, null, null]);
});

const LOCATIONS: readonly [name: string, hex: string, place: Place][] = [
  ["no columns", "e8 06", [13, 13, null, null]],
  ["no columns, a line back", "e8 03", [9, 9, null, null]],
  ["no location", "f8", [0, 0, null, null]],
  ["a long form without columns", "f0 02 03 00 00", [11, 14, null, null]],
  ["a long form with an end only", "f0 00 00 00 05", [10, 10, null, 4]],
  ["numbers of three digits", "f0 40 40 01 40 01 01 01", [10 + 2048, 10 + 2048 + 64, 0, 0]],
];

Deno.test("locate() reads each kind of location", async (t) => {
  for (const [name, hex, place] of LOCATIONS) {
    await t.step(name, () => assert.deepEqual(placeAt("locations", hex, 0, 10), place));
  }
});

const MALFORMED: readonly [name: string, hex: string][] = [
  ["a short form without its columns", "80"],
  ["a one-line form with one column", "d0 01"],
  ["a line step that does not end", "e8 40 40"],
  ["a number of too many digits", `e8 ${"7f ".repeat(20)}01`],
  ["a long form without its columns", "f0 00 00"],
];

Deno.test("locate() throws a RangeError at tables that are cut or broken", async (t) => {
  for (const [name, hex] of MALFORMED) {
    await t.step(name, () => assert.throws(() => placeAt("locations", hex, 0), RangeError));
  }
  assert.deepEqual(locate({ format: "locations", bytes: new Uint8Array(0), firstLine: 1 }, 0), NO_POSITION);
});

Deno.test("locate() throws nothing else at any bytes", () => {
  let seed = 7;
  const random = (limit: number) => (seed = seed * 48271 % 0x7fffffff) % limit;
  for (let round = 0; round < 20_000; round++) {
    const bytes = Uint8Array.from({ length: random(40) }, () => random(256));
    for (const format of ["lnotab", "lnotab-unsigned", "ranges", "locations"] as const) {
      try {
        const { line } = locate({ format, bytes, firstLine: random(1000) }, random(200));
        assert.ok(Number.isInteger(line));
      } catch (error) {
        assert.ok(format === "locations" && error instanceof RangeError, `${error}`);
      }
    }
  }
});
