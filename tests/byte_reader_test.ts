import assert from "node:assert/strict";
import { ByteReader } from "../src/byte_reader.ts";

const BYTES = Uint8Array.from([0xff, 0x01, 0x80, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08]);

Deno.test("ByteReader reads little-endian numbers of every size", async (t) => {
  const rows: [string, (reader: ByteReader) => number, number, number][] = [
    ["u8", (reader) => reader.u8(), 0xff, 1],
    ["i8", (reader) => reader.i8(), -1, 1],
    ["u16", (reader) => reader.u16(), 0x01ff, 2],
    ["u32", (reader) => reader.u32(), 0x028001ff, 4],
    ["i32", (reader) => reader.i32(), 0x028001ff, 4],
    ["u64", (reader) => reader.u64(), Number(0x06050403028001ffn), 8],
    ["i64", (reader) => reader.i64(), Number(0x06050403028001ffn), 8],
  ];
  for (const [name, read, expected, size] of rows) {
    await t.step(name, () => {
      const reader = new ByteReader(BYTES);
      assert.equal(read(reader), expected);
      assert.equal(reader.offset, size);
      assert.equal(reader.remaining, BYTES.length - size);
    });
  }
});

Deno.test("ByteReader.i64() is exact for small negative numbers", () => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, -123456789012n, true);
  assert.equal(new ByteReader(bytes).i64(), -123456789012);
});

Deno.test("ByteReader reads a part of a larger buffer, not what lies around it", () => {
  const reader = new ByteReader(BYTES.subarray(2, 4));
  assert.equal(reader.u16(), 0x0280);
  assert.throws(() => reader.u8(), RangeError);
});

Deno.test("ByteReader.take() shares the bytes and moves on", () => {
  const reader = new ByteReader(BYTES, 1);
  assert.deepEqual(reader.take(3), BYTES.subarray(1, 4));
  assert.equal(reader.u8(), 0x03);
});

Deno.test("ByteReader refuses to leave its bytes and stays where it was", async (t) => {
  const rows: [string, number, (reader: ByteReader) => void][] = [
    ["at the end", 10, (reader) => reader.u8()],
    ["across the end", 7, (reader) => reader.u32()],
    ["before the start", -1, (reader) => reader.u8()],
    ["a negative size", 4, (reader) => reader.skip(-1)],
    ["a size of 2^60", 4, (reader) => reader.take(2 ** 60)],
    ["a size that is no number", 4, (reader) => reader.take(NaN)],
    ["an offset that is no number", NaN, (reader) => reader.u8()],
  ];
  for (const [name, offset, read] of rows) {
    await t.step(name, () => {
      const reader = new ByteReader(BYTES, offset);
      assert.throws(() => read(reader), RangeError);
      assert.equal(reader.offset, offset);
    });
  }
});
