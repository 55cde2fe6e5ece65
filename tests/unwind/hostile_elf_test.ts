/** Damaged ELF files: whatever is wrong with them, the outcome is an error of two kinds, soon. */
import assert from "node:assert/strict";
import { readDynamicSymbols } from "../../src/unwind/symbols/dynamic_symbols.ts";
import { Random } from "../support/random.ts";
import "../support/shim.ts";
import { ELF, isRead, readAll, sampleFile } from "./fuzz.ts";
import { elfOf, elfOfBytes } from "./support.ts";

const CASES = 4000;

Deno.test("ELF files with damage give SyntaxError or RangeError, and soon", async () => {
  const outcomes = await ELF.run(CASES, new Random(1));
  // Enough of them get past the headers for the rest to be tested.
  assert.ok(outcomes.count("read") > CASES / 10, `${outcomes}`);
});

Deno.test("ELF files cut at any length give SyntaxError or RangeError", () => {
  const good = sampleFile();
  for (let size = 0; size < good.length; size += size < 4096 ? 1 : 61) {
    isRead(() => readAll(elfOfBytes(good.subarray(0, size))));
  }
  assert.ok(isRead(() => readAll(elfOfBytes(good))));
});

Deno.test("readDynamicSymbols() of a file with damage keeps within its bounds", () => {
  const elf = elfOf("/bin/true");
  const zeros = { ...elf, readAt: (_: number, size: number) => new Uint8Array(size) };
  const ones = { ...elf, readAt: (_: number, size: number) => new Uint8Array(size).fill(0xff) };
  assert.equal(readDynamicSymbols(zeros, 0), null);
  assert.equal(readDynamicSymbols(ones, 0), null);
});
