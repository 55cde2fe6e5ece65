/** The rule for names against what nm and readelf know about real binaries, stripped and not. */
import assert from "node:assert/strict";
import { SHT_DYNSYM, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readDynamicSymbols } from "../../src/unwind/symbols/dynamic_symbols.ts";
import { type ElfSymbols, findSymbol, readElfSymbols, symbolName } from "../../src/unwind/symbols/elf_symbols.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
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
