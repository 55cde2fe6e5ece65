/** The rule for names against what nm and readelf know about real binaries, stripped and not. */
import assert from "node:assert/strict";
import { SHT_DYNSYM, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readDynamicSymbols } from "../../src/unwind/symbols/dynamic_symbols.ts";
import { type ElfSymbols, findSymbol, readElfSymbols, symbolName } from "../../src/unwind/symbols/elf_symbols.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
import { Random } from "../support/random.ts";
import { CODE, elfOf, functionsOf, realBinaries, run, symbolsOf, temporaryFolder, Truth } from "./support.ts";

function tablesOf(path: string): ElfSymbols[] {
  const elf = elfOf(path);
  return [readElfSymbols(elf, SHT_SYMTAB), readElfSymbols(elf, SHT_DYNSYM)].filter((symbols) => symbols !== null);
}

function tableOf(path: string): SymbolTable {
  return SymbolTable.of(tablesOf(path));
}

Deno.test("readElfSymbols() reads the same symbols as readelf", async (t) => {
  const kept = [...CODE, "OBJECT", "UNIQUE"];
  for (const path of realBinaries()) {
    for (const [section, type] of [[".symtab", SHT_SYMTAB], [".dynsym", SHT_DYNSYM]] as const) {
      await t.step(`${section} of ${path}`, () => {
        const expected = symbolsOf(path, section).filter((symbol) => kept.includes(symbol.type) && symbol.name !== "");
        const symbols = readElfSymbols(elfOf(path), type);
        const actual = Array.from({ length: symbols?.count ?? 0 }, (_, index) => {
          return `${symbols!.values[index]} ${symbols!.sizes[index]} ${symbolName(symbols!, index).replace(/@.*/, "")}`;
        });
        assert.deepEqual(actual, expected.map(({ value, size, name }) => `${value} ${size} ${name}`));
      });
    }
  }
});

Deno.test("readDynamicSymbols() finds the symbols of .dynsym without section headers", async (t) => {
  for (const path of realBinaries()) {
    await t.step(path, () => {
      const elf = elfOf(path);
      const expected = readElfSymbols(elf, SHT_DYNSYM);
      // Where nothing is exported, the GNU hash table counts none of the symbols, which are then all undefined.
      const symbols = readDynamicSymbols({ ...elf, sections: [] }, 0);
      assert.deepEqual(symbols?.count, expected?.count);
      for (let index = 0; index < (expected?.count ?? 0); index++) {
        assert.equal(symbolName(symbols!, index), symbolName(expected!, index));
        assert.equal(symbols!.values[index], expected!.values[index]);
      }
    });
  }
});

/** Counts right and absent names over some addresses of every function; asserts that there is no wrong one. */
function compare(path: string, truth: Truth): { right: number; absent: number } {
  const table = tableOf(path);
  const counts = { right: 0, absent: 0 };
  for (const { start, end } of functionsOf(path)) {
    for (const address of new Set([start, start + Math.floor((end - start) / 2), end - 1])) {
      const found = table.lookup(address, start);
      if (found === null) {
        counts.absent++;
        continue;
      }
      counts.right++;
      const names = truth.names(address, start);
      assert.ok(names.includes(found.name), `0x${address.toString(16)} is ${found.name}, not one of ${names}`);
    }
  }
  return counts;
}

const PROGRAM = `
#include <stdlib.h>
static __attribute__((noinline)) int hidden(int x) { return x * 3 + rand(); }
static __attribute__((noinline)) int by_value(const void *a, const void *b) { return *(int *)a - *(int *)b; }
__attribute__((noinline)) int exported(int x) { return hidden(x) + hidden(x + 1); }
__attribute__((weak)) int weak_one(int x) { return exported(x) + 1; }
int main(int argc, char **argv) {
  int values[3] = {3, argc, 1};
  qsort(values, 3, sizeof values[0], by_value);
  return weak_one(values[0]);
}
`;

Deno.test("SymbolTable gives no wrong name for a stripped program, only absent ones", () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/program.c`, PROGRAM);
  const path = `${folder.path}/program`;
  run("gcc", "-O1", "-rdynamic", "-o", path, `${path}.c`);
  const truth = new Truth(path);
  const full = compare(path, truth);
  run("strip", path);
  const stripped = compare(path, truth);
  const has = (name: string) => tablesOf(path).some((symbols) => findSymbol(symbols, name) !== null);
  assert.ok(full.right > stripped.right && stripped.absent > full.absent);
  assert.deepEqual(["exported", "weak_one", "hidden"].map(has), [true, true, false]);
});

Deno.test("SymbolTable gives no wrong name for a libpython, stripped or not", async (t) => {
  const libraries = realBinaries().filter((path) => path.includes("/libpython3.1"));
  if (libraries.length === 0) console.log("skipped: no libpython with symbols");
  for (const path of libraries) {
    await t.step(path, () => {
      using folder = temporaryFolder();
      const truth = new Truth(path);
      const full = compare(path, truth);
      // What is absent is the procedure linkage table, which has FDEs but no symbols.
      assert.ok(full.absent < full.right / 100, `${full.absent} absent of ${full.right}`);
      const copy = `${folder.path}/stripped.so`;
      run("strip", "-o", copy, path);
      const stripped = compare(copy, truth);
      assert.ok(stripped.right < full.right && stripped.right > full.right / 10);
    });
  }
});

/** Random addresses of each file, the same in every run. */
const ADDRESSES = 1000;

Deno.test("names are addr2line's at random addresses of functions, and absent or the same when stripped", async (t) => {
  const libraries = realBinaries().filter((path) => path.includes("/libpython3."));
  if (libraries.length === 0) console.log("skipped: no libpython with symbols");
  for (const path of libraries) {
    await t.step(path, () => {
      using folder = temporaryFolder();
      const functions = symbolsOf(path, ".symtab").filter(({ type, size }) => type === "FUNC" && size > 0);
      const random = new Random(1);
      const addresses = Array.from({ length: ADDRESSES }, () => {
        const { value, size } = random.pick(functions);
        return value + random.below(size);
      });
      const oracle = run("addr2line", "-f", "-e", path, ...addresses.map((address) => address.toString(16)));
      const expected = oracle.split("\n").filter((_, line) => line % 2 === 0).slice(0, ADDRESSES);
      const truth = new Truth(path);
      const copy = `${folder.path}/stripped.so`;
      run("strip", "-o", copy, path);
      const tables = [tableOf(path), tableOf(copy)];
      for (const [i, address] of addresses.entries()) {
        const [whole, stripped] = tables.map((table) => table.lookup(address, null)?.name ?? null);
        // Of several names for the same code either may take another.
        const names = [expected[i], ...truth.names(address, -1)];
        assert.ok(whole !== null && names.includes(whole), `${whole} for ${expected[i]} at 0x${address.toString(16)}`);
        assert.ok(stripped === null || names.includes(stripped), `${stripped} for ${expected[i]}`);
      }
    });
  }
});
