/**
 * Damaged ELF files: whatever is wrong with them, the outcome is an error of two kinds, soon.
 * @module
 */

import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { readDebugLink } from "../../src/unwind/debug_link.ts";
import { type ElfFile, SHT_DYNSYM, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readDynamicSymbols } from "../../src/unwind/symbols/dynamic_symbols.ts";
import { findSymbol, readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { readMethodTables } from "../../src/unwind/symbols/method_tables.ts";
import { readMiniDebugInfo } from "../../src/unwind/symbols/mini_debug_info.ts";
import { readStubNames } from "../../src/unwind/symbols/plt_stubs.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
import { readUnwindTables } from "../../src/unwind/unwind_info.ts";
import { type CountedKind, Outcomes } from "../support/fuzz_kind.ts";
import type { Random } from "../support/random.ts";
import { addMiniDebugInfo } from "./corpus.ts";
import { elfOfBytes, run, temporaryFolder } from "./support.ts";

/** Far more than a case takes, also on a busy machine. */
const PATIENCE_MS = 30_000;
/** Where numbers stand that lead on. */
const TABLES = [
  ".symtab",
  ".dynsym",
  ".dynamic",
  ".gnu.hash",
  ".eh_frame_hdr",
  ".note.gnu.build-id",
  ".rela.plt",
  ".plt",
];
const MORE_TABLES = [".gnu_debugdata", ".gnu_debuglink", ".data"];

/** Everything that is ever read from a file. */
export function readAll(elf: ElfFile): void {
  const reads = [
    () => void buildId(elf),
    () => void readUnwindTables(elf),
    () => void readUnwindTables({ ...elf, sections: [] }),
    () => readNames(elf, () => readElfSymbols(elf, SHT_SYMTAB)),
    () => readNames(elf, () => readElfSymbols(elf, SHT_DYNSYM)),
    () => readNames(elf, () => readDynamicSymbols(elf, 0x555555554000)),
    () => readNames(elf, () => readMiniDebugInfo(elf)),
    () => void readStubNames(elf, SymbolTable.of([])),
    () => void readMethodTables(elf),
    () => void readDebugLink(elf),
  ];
  for (const read of reads) isRead(read);
}

function readNames(elf: ElfFile, read: () => ReturnType<typeof readElfSymbols>): void {
  const symbols = read();
  if (symbols === null) return;
  const table = SymbolTable.of([symbols]);
  for (const { address } of elf.sections) table.lookup(address + 1, address);
  findSymbol(symbols, "main");
}

/** Whether nothing was thrown; throws on what may not be. */
export function isRead(read: () => void): boolean {
  try {
    read();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}

/** A small file with all that a large one has. */
export function sampleFile(): Uint8Array {
  using folder = temporaryFolder();
  const path = `${folder.path}/small`;
  Deno.writeTextFileSync(`${path}.c`, "int exported(int x) { return x; } int main(void) { return exported(0); }");
  run("gcc", "-rdynamic", "-Wl,--build-id", "-o", path, `${path}.c`);
  addMiniDebugInfo(path, path);
  run("objcopy", `--add-gnu-debuglink=${path}.c`, path);
  return Deno.readFileSync(path);
}

/** Puts bad words and bytes near some places, and anywhere in half of the cases. Returns what was done. */
export function damage(bytes: Uint8Array, places: readonly number[], random: Random): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const done: string[] = [];
  for (let left = 1 + random.below(4); left > 0; left--) {
    const near = random.pick(places) + random.below(512);
    const at = random.below(2) === 0 ? near - near % 4 : random.below(bytes.length);
    if (at + 8 > bytes.length) continue;
    const kind = random.below(4);
    const word = random.badWord(
      view.getBigUint64(at, true),
      () => view.getBigUint64(8 * random.below(bytes.length >> 3), true),
    );
    if (kind < 2) view.setUint8(at, random.below(256));
    else if (kind === 2) view.setUint32(at, Number(BigInt.asUintN(32, word)), true);
    else view.setBigUint64(at, word, true);
    done.push(`${kind < 2 ? bytes[at] : word} at ${at}`);
  }
  return done;
}

/** Files that programs have mapped, and their debug files. */
export const ELF: CountedKind = {
  name: "elf",
  run(cases, random) {
    const good = sampleFile();
    const header = new DataView(good.buffer);
    const places = [0, Number(header.getBigUint64(32, true)), Number(header.getBigUint64(40, true))];
    const names = [...TABLES, ...MORE_TABLES];
    places.push(...elfOfBytes(good).sections.filter(({ name }) => names.includes(name)).map(({ offset }) => offset));
    const outcomes = new Outcomes();
    for (let i = 0; i < cases; i++) {
      const bytes = good.slice(0, random.below(4) === 0 ? 1 + random.below(good.length) : good.length);
      const done = damage(bytes, places, random);
      const start = performance.now();
      try {
        outcomes.add(isRead(() => readAll(elfOfBytes(bytes))) ? "read" : "refused");
      } catch (error) {
        throw new Error(`Cannot read an ELF file of ${bytes.length} bytes with ${done.join(", ")}`, { cause: error });
      }
      const took = performance.now() - start;
      assert.ok(took < PATIENCE_MS, `${took} ms for an ELF file of ${bytes.length} bytes with ${done.join(", ")}`);
    }
    return Promise.resolve(outcomes);
  },
};
