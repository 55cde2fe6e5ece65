/** Damaged ELF files: whatever is wrong with them, the outcome is an error of two kinds, soon. */
import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { type ElfFile, SHT_DYNSYM, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readDynamicSymbols } from "../../src/unwind/symbols/dynamic_symbols.ts";
import { findSymbol, readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { readMethodTables } from "../../src/unwind/symbols/method_tables.ts";
import { readMiniDebugInfo } from "../../src/unwind/symbols/mini_debug_info.ts";
import { readStubNames } from "../../src/unwind/symbols/plt_stubs.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
import { readDebugLink } from "../../src/unwind/debug_link.ts";
import { readUnwindTables } from "../../src/unwind/unwind_info.ts";
import "../support/shim.ts";
import { addMiniDebugInfo } from "./corpus.ts";
import { elfOf, elfOfBytes, run, temporaryFolder } from "./support.ts";

const ROUNDS = 4000;
const SECONDS = 60;
/** Words that have broken parsers before. */
const NASTY = [
  0,
  1,
  7,
  0x7f,
  0xff,
  0x7fff,
  0xffff,
  0x7fffffff,
  0xffffffff,
  2 ** 47 - 1,
  2 ** 47,
  2 ** 63,
  2 ** 64 - 2 ** 11,
];

/** mulberry32: the same damage in every run. */
function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return ((word ^ (word >>> 14)) >>> 0) % limit;
  };
}

/** Everything that is ever read from a file. */
function readAll(elf: ElfFile): void {
  buildId(elf);
  for (
    const read of [
      () => readUnwindTables(elf),
      () => readUnwindTables({ ...elf, sections: [] }),
      () => tryNames(elf, () => readElfSymbols(elf, SHT_SYMTAB)),
      () => tryNames(elf, () => readElfSymbols(elf, SHT_DYNSYM)),
      () => tryNames(elf, () => readDynamicSymbols(elf, 0x555555554000)),
      () => tryNames(elf, () => readMiniDebugInfo(elf)),
      () => void readStubNames(elf, SymbolTable.of([])),
      () => void readMethodTables(elf),
      () => readDebugLink(elf),
    ]
  ) {
    orExpected(read);
  }
}

function tryNames(elf: ElfFile, read: () => ReturnType<typeof readElfSymbols>): void {
  const symbols = read();
  if (symbols === null) return;
  const table = SymbolTable.of([symbols]);
  for (const { address } of elf.sections) table.lookup(address + 1, address);
  findSymbol(symbols, "main");
}

/** Whether nothing was thrown; throws on what may not be. */
function orExpected(run: () => void): boolean {
  try {
    run();
    return true;
  } catch (error) {
    assert.ok(error instanceof SyntaxError || error instanceof RangeError, String(error));
    return false;
  }
}

/** A small file with all that a large one has. */
function sample(): Uint8Array {
  using folder = temporaryFolder();
  const path = `${folder.path}/small`;
  Deno.writeTextFileSync(`${path}.c`, "int exported(int x) { return x; } int main(void) { return exported(0); }");
  run("gcc", "-rdynamic", "-Wl,--build-id", "-o", path, `${path}.c`);
  addMiniDebugInfo(path, path);
  run("objcopy", `--add-gnu-debuglink=${path}.c`, path);
  return Deno.readFileSync(path);
}

Deno.test("ELF files with damage give SyntaxError or RangeError, and soon", () => {
  const good = sample();
  const view = new DataView(good.buffer);
  const tables = [0, Number(view.getBigUint64(32, true)), Number(view.getBigUint64(40, true))];
  const { sections } = elfOfBytes(good);
  const interesting = [".symtab", ".dynsym", ".dynamic", ".gnu.hash", ".eh_frame_hdr", ".note.gnu.build-id"];
  interesting.push(".rela.plt", ".plt", ".gnu_debugdata", ".gnu_debuglink");
  tables.push(...sections.filter(({ name }) => interesting.includes(name)).map(({ offset }) => offset));
  const pick = random(20240229);
  const started = performance.now();
  let survived = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = good.slice(0, pick(4) === 0 ? pick(good.length) : good.length);
    for (let damage = pick(4); damage >= 0; damage--) {
      // Half of it near the start of a table, where the numbers stand that lead on.
      const near = tables[pick(tables.length)] + pick(512);
      const at = pick(2) === 0 ? near - near % 4 : pick(good.length);
      if (at + 8 > bytes.length) continue;
      const word = BigInt(NASTY[pick(NASTY.length)]);
      const view = new DataView(bytes.buffer, at);
      const kind = pick(4);
      if (kind < 2) view.setUint8(0, pick(256));
      else if (kind === 2) view.setUint32(0, Number(BigInt.asUintN(32, word)), true);
      else view.setBigUint64(0, word, true);
    }
    if (orExpected(() => readAll(elfOfBytes(bytes)))) survived++;
  }
  // Enough of them get past the headers for the rest to be tested.
  assert.ok(survived > ROUNDS / 10, `${survived} of ${ROUNDS}`);
  assert.ok(performance.now() - started < SECONDS * 1000);
});

Deno.test("ELF files cut at any length give SyntaxError or RangeError", () => {
  const good = sample();
  for (let size = 0; size < good.length; size += size < 4096 ? 1 : 61) {
    orExpected(() => readAll(elfOfBytes(good.subarray(0, size))));
  }
  assert.ok(orExpected(() => readAll(elfOfBytes(good))));
});

Deno.test("readDynamicSymbols() of a file with damage keeps within its bounds", () => {
  const elf = elfOf("/bin/true");
  const zeros = { ...elf, readAt: (_: number, size: number) => new Uint8Array(size) };
  const ones = { ...elf, readAt: (_: number, size: number) => new Uint8Array(size).fill(0xff) };
  assert.equal(readDynamicSymbols(zeros, 0), null);
  assert.equal(readDynamicSymbols(ones, 0), null);
});
