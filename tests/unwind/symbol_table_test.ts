import assert from "node:assert/strict";
import {
  type ElfSymbols,
  findSymbol,
  parseSymbols,
  SYMBOL_BINDING,
  SYMBOL_TYPE,
} from "../../src/unwind/symbols/elf_symbols.ts";
import { StringTable } from "../../src/unwind/symbols/string_table.ts";
import { SymbolTable } from "../../src/unwind/symbols/symbol_table.ts";

/** `name start-end TYPE BINDING`; type FUNC and binding GLOBAL unless they are there; sections are 1. */
function symbols(...rows: string[]): ElfSymbols {
  const encoder = new TextEncoder();
  const parsed = rows.map((row) => {
    const [, name, start, end, rest] = /^(\S*) (\w+)-(\w+)(.*)$/.exec(row)!;
    const words = rest.trim().split(" ");
    const type = Object.entries(SYMBOL_TYPE).find(([word]) => words.includes(word))?.[1] ?? SYMBOL_TYPE.FUNC;
    const binding = Object.entries(SYMBOL_BINDING).find(([word]) => words.includes(word))?.[1] ?? SYMBOL_BINDING.GLOBAL;
    return {
      name: encoder.encode(`${name}\0`),
      value: Number(start),
      size: Number(end) - Number(start),
      type,
      binding,
    };
  });
  const strings = new Uint8Array(1 + parsed.reduce((sum, { name }) => sum + name.length, 0));
  const view = new DataView(new ArrayBuffer(parsed.length * 24));
  let at = 1;
  for (const [index, { name, value, size, type, binding }] of parsed.entries()) {
    strings.set(name, at);
    view.setUint32(index * 24, at, true);
    view.setUint8(index * 24 + 4, binding * 16 + type);
    view.setUint16(index * 24 + 6, 1, true);
    view.setBigUint64(index * 24 + 8, BigInt(value), true);
    view.setBigUint64(index * 24 + 16, BigInt(size), true);
    at += name.length;
  }
  return parseSymbols(new Uint8Array(view.buffer), new StringTable(strings));
}

Deno.test("SymbolTable.lookup() names an address only where it is proved", async (t) => {
  const plain = ["f 100-110", "g 120-130", "zero 140-140", "data 150-160 OBJECT"];
  const nested = ["outer 100-200", "inner 120-140", "innermost 130-135", "after 300-310", "wide 0-1000"];
  const rows: [string, string[], [number, number | null], string | null][] = [
    ["the first byte", plain, [100, null], "f"],
    ["the last byte", plain, [109, null], "f"],
    ["the byte behind", plain, [110, null], null],
    ["the gap, with a function of its own there", plain, [115, 112], null],
    ["behind the size, in the function that begins there", plain, [115, 100], "f"],
    ["below all", plain, [99, null], null],
    ["above all", plain, [10_000, null], null],
    ["a size of 0", plain, [140, null], null],
    ["a size of 0, by its function", plain, [145, 140], "zero"],
    ["a label without a size, by its function", ["label 140-140 NOTYPE"], [145, 140], null],
    ["a label with a size", ["label 140-150 NOTYPE"], [145, 140], "label"],
    ["data", plain, [155, null], null],
    ["data, by its function", plain, [155, 150], null],
    ["outer, before inner", nested, [110, null], "outer"],
    ["inner", nested, [120, null], "inner"],
    ["innermost", nested, [134, null], "innermost"],
    ["inner, behind innermost", nested, [135, null], "inner"],
    ["outer, behind inner", nested, [150, null], "outer"],
    ["around all", nested, [250, null], "wide"],
    ["around all, behind the last", nested, [400, null], "wide"],
    ["a label in a function of assembly", nested, [125, 100], "inner"],
    ["the function before has too large a size", ["a 100-200", "b 150-150"], [170, 150], "b"],
    ["the function before reaches into an unnamed one", ["a 100-200"], [170, 150], "a"],
    ["nothing", [], [100, 100], null],
  ];
  for (const [name, rows_, [address, functionStart], expected] of rows) {
    await t.step(name, () => {
      assert.equal(SymbolTable.of([symbols(...rows_)]).lookup(address, functionStart)?.name ?? null, expected);
      assert.equal(
        SymbolTable.of([symbols(...rows_.toReversed())]).lookup(address, functionStart)?.name ?? null,
        expected,
      );
    });
  }
});

Deno.test("SymbolTable.lookup() takes the best of several names", async (t) => {
  const rows: [string, string[], string][] = [
    ["a function before a label", ["label 0-9 NOTYPE", "_f 0-9 LOCAL"], "_f"],
    ["an indirect function before a label", ["label 0-9 NOTYPE", "f 0-9 GNU_IFUNC"], "f"],
    ["global before weak", ["clone 0-9 WEAK", "__clone 0-9"], "__clone"],
    ["weak before local", ["f 0-9 LOCAL", "__f 0-9 WEAK"], "__f"],
    ["unique like global", ["f 0-9 WEAK", "__f 0-9 GNU_UNIQUE"], "__f"],
    ["fewer underscores", ["__read 0-9", "_read 0-9", "read 0-9"], "read"],
    ["no version", ["memcpy@GLIBC_2.2.5 0-9", "memmove 0-9"], "memmove"],
    ["a version is cut off", ["memcpy@@GLIBC_2.14 0-9"], "memcpy"],
    ["the one that is large enough, else", ["short 0-3", "__long 0-9 LOCAL"], "__long"],
    ["the first, else", ["a 0-9", "b 0-9"], "a"],
  ];
  for (const [name, list, expected] of rows) {
    await t.step(name, () => assert.equal(SymbolTable.of([symbols(...list)]).lookup(5, null)?.name, expected));
  }
});

Deno.test("SymbolTable.lookup() tells start and size", () => {
  const found = SymbolTable.of([symbols("f 100-110")]).lookup(105, null);
  assert.deepEqual(found, { name: "f", start: 100, size: 10 });
});

Deno.test("SymbolTable takes several sources together, the first first", () => {
  const table = SymbolTable.of([symbols("local 0-10 LOCAL", "same 20-30"), symbols("exported 10-20", "also 20-30")]);
  assert.deepEqual([5, 15, 25].map((at) => table.lookup(at, null)?.name), ["local", "exported", "same"]);
  assert.equal(table.size, 4);
});

Deno.test("findSymbol() finds code and data by their very name, what is exported first", () => {
  const table = symbols("f 1-2", "_PyRuntime 5000-6000 OBJECT", "twice 7-8 LOCAL", "twice 9-10");
  const names = ["f", "_PyRuntime", "twice", "_PyRun", "_PyRuntimeState", ""];
  assert.deepEqual(names.map((name) => findSymbol(table, name)), [1, 5000, 9, null, null, null]);
});

Deno.test("parseSymbols() leaves out what is undefined, absolute, of another kind, nameless or no address", () => {
  const view = new DataView(new ArrayBuffer(24 * 7 + 5));
  const [func, section, tls] = [0x12, 0x03, 0x16];
  const rows: [number, number, number, bigint, bigint][] = [
    [1, func, 0, 1n, 1n], // undefined
    [1, func, 0xfff1, 2n, 1n], // absolute
    [1, section, 1, 3n, 1n],
    [1, tls, 1, 4n, 1n],
    [0, func, 1, 5n, 1n], // nameless
    [99, func, 1, 6n, 1n], // name beyond the strings
    [1, func, 1, 7n, 2n ** 63n], // beyond user space
  ];
  for (const [index, [name, info, sectionIndex, value, size]] of rows.entries()) {
    view.setUint32(index * 24, name, true);
    view.setUint8(index * 24 + 4, info);
    view.setUint16(index * 24 + 6, sectionIndex, true);
    view.setBigUint64(index * 24 + 8, value, true);
    view.setBigUint64(index * 24 + 16, size, true);
  }
  assert.equal(
    parseSymbols(new Uint8Array(view.buffer), new StringTable(new TextEncoder().encode("\0name\0"))).count,
    0,
  );
});

Deno.test("SymbolTable is quick with many symbols that enclose each other", () => {
  const count = 20_000;
  const rows = Array.from({ length: count }, (_, index) => `f${index} ${index}-${2 * count - index}`);
  const table = SymbolTable.of([symbols(...rows)]);
  for (let index = 0; index < count; index++) assert.equal(table.lookup(index, null)?.name, `f${index}`);
});
