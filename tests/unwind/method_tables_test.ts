/** Tables of methods in real interpreters, against their symbols. */

import assert from "node:assert/strict";
import { SHT_DYNSYM, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { MethodTables, readMethodTables } from "../../src/unwind/symbols/method_tables.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
import "../support/shim.ts";
import { elfOf, functionsOf, realBinaries } from "./support.ts";

/** As people spell both: `builtin_sorted` is of `sorted`, `dict___contains__` of `__contains__`. */
function isOf(symbol: string, name: string): boolean {
  return symbol.toLowerCase().replaceAll("_", "").includes(name.toLowerCase().replaceAll("_", ""));
}

for (const path of realBinaries().filter((path) => path.includes("python3"))) {
  Deno.test(`readMethodTables() finds what Python calls by name in ${path}`, () => {
    const elf = elfOf(path);
    const tables = readMethodTables(elf);
    assert.ok(tables !== null);
    const symtab = readElfSymbols(elf, SHT_SYMTAB);
    const symbols = SymbolTable.of([symtab ?? readElfSymbols(elf, SHT_DYNSYM)].filter((one) => one !== null));
    const found = functionsOf(path).flatMap(({ start }) => {
      const name = tables.lookup(start, start)?.name;
      return name === undefined ? [] : [{ name, symbol: symbols.lookup(start, start)?.name ?? null }];
    });
    const names = new Set(found.map(({ name }) => name));
    for (const name of ["sorted", "sum", "isinstance", "append", "getrefcount"]) assert.ok(names.has(name), name);
    assert.ok(found.length > 500, `${found.length}`);
    if (symtab === null) return;
    // A few functions stand in several tables by several names, or have a name of their own in the source.
    const right = found.filter(({ name, symbol }) => symbol !== null && isOf(symbol, name));
    assert.ok(right.length > 0.8 * found.length, `${right.length} of ${found.length}`);
    assert.equal(tables.lookup(1, 1), null);
    assert.equal(tables.lookup(1, null), null);
  });
}

Deno.test("readMethodTables() takes no table of another program for one of Python", () => {
  for (const path of realBinaries().filter((path) => !path.includes("python"))) {
    assert.equal(readMethodTables(elfOf(path)), null, path);
  }
});

Deno.test("MethodTables names the function that begins where the table says", () => {
  const tables = new MethodTables(new Map([[0x1000, [8, 16]]]), (place) => place === 16 ? "sorted" : null);
  assert.deepEqual(tables.lookup(0x1010, 0x1000), { name: "sorted", start: 0x1000, size: 0 });
  assert.deepEqual([tables.lookup(0x1000, null), tables.lookup(0x1000, 0xff0)], [null, null]);
});
