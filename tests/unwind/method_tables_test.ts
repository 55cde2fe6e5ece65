/** Tables of methods in real interpreters, against what these call, and against their symbols. */

import assert from "node:assert/strict";
import { PT_LOAD, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { MethodTables, readMethodTables } from "../../src/unwind/symbols/method_tables.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";
import { type Python, testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { elfOf, realBinaries, run } from "./support.ts";

const PROBE = new URL("../fixtures/methods.py", import.meta.url).pathname;

/** What an interpreter calls the functions of its binary, by where they begin, from its first byte in memory on. */
function methodsOf({ path }: Python): { binary: string; methods: Map<number, string> } {
  const [binary, ...lines] = run(path, "-I", PROBE).trimEnd().split("\n");
  const rows = lines.map((line): [number, string] => [parseInt(line, 16), line.slice(line.indexOf(" ") + 1)]);
  return { binary, methods: new Map(rows) };
}

testEachPython("readMethodTables() finds what Python calls by name, and nothing else", (python) => {
  const { binary, methods } = methodsOf(python);
  const elf = elfOf(binary);
  const first = Math.min(...elf.segments.filter(({ type }) => type === PT_LOAD).map(({ address }) => address));
  const tables = readMethodTables(elf)!;
  let same = 0;
  for (const [start, name] of methods) {
    const found = tables.lookup(first + start, first + start)?.name;
    if (found === `${name}()`) same++;
    // One that several names lead to has none.
    else assert.equal(found, undefined, name);
  }
  assert.ok(same > 500 && same > 0.9 * methods.size, `${same} of ${methods.size}`);
  assert.deepEqual([tables.lookup(1, 1), tables.lookup(1, null)], [null, null]);

  const symbols = readElfSymbols(elf, SHT_SYMTAB);
  if (symbols === null) return;
  // None begins but where a function does.
  const table = SymbolTable.of([symbols]);
  for (const start of methods.keys()) assert.equal(table.lookup(first + start, null)?.start, first + start);
}, { skip: ({ name }) => name.includes("free-threaded") ? "another layout of objects" : null });

Deno.test("readMethodTables() takes no table of another program for one of Python", () => {
  for (const path of realBinaries().filter((path) => !path.includes("python"))) {
    assert.equal(readMethodTables(elfOf(path)), null, path);
  }
});

Deno.test("MethodTables names the function that begins where the table says, if all names are one", () => {
  const names = new Map([[16, "sorted"], [24, "sorted"], [32, "sort"]]);
  const places = new Map([[0x1000, [8, 16, 24]], [0x2000, [16, 32]]]);
  const tables = new MethodTables(places, (place) => names.get(place) ?? null);
  assert.deepEqual(tables.lookup(0x1010, 0x1000), { name: "sorted()", start: 0x1000, size: 0 });
  const others = [tables.lookup(0x1000, null), tables.lookup(0x1000, 0xff0), tables.lookup(0x2000, 0x2000)];
  assert.deepEqual(others, [null, null, null]);
});
