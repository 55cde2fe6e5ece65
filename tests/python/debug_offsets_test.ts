import assert from "node:assert/strict";
import {
  DEBUG_OFFSETS_SIZE,
  type DebugOffsets,
  debugOffsetsSize,
  parseDebugOffsets,
} from "../../src/python/debug_offsets.ts";
import { OFFSETS, VERSIONS } from "../../src/python/offsets_data.ts";
import { findSection, parseElf, SHT_DYNSYM } from "../../src/unwind/elf.ts";
import { findSymbol, readElfSymbols } from "../../src/unwind/symbols/elf_symbols.ts";
import { exists } from "../../tools/debian.ts";
import { compileAndRun, findHeaders } from "../../tools/offsets.ts";
import { isBefore } from "../../tools/offsets_fields.ts";
import { allUnpacked, PYTHONS } from "../../tools/pythons.ts";

/** Stated, and in no table: nothing here reads them. */
const EXTRA = new RegExp(
  [
    /^(gc|excStackItem|heapType|debuggerSupport)\./,
    /^(type|str|tuple|list|bytes|generator)\.size$/,
    /^type\.repr$/,
    /^thread\.(lastProfiledFrame(Seq)?|currentException|excState)$/,
  ].map(({ source }) => source).join("|"),
);

/** Compares with the table of the version. Sizes are compared only with those of the same release and build. */
function compareWithTable({ version, freeThreaded, offsets }: DebugOffsets, withSizes: boolean): void {
  const name = `3.${(version >> 16) & 0xff}${freeThreaded ? "t" : ""}`;
  const column = VERSIONS.indexOf(name);
  let compared = 0;
  for (const [group, fields] of Object.entries(offsets)) {
    for (const [field, offset] of Object.entries(fields)) {
      if (EXTRA.test(`${group}.${field}`) || (field === "size" && !withSizes)) continue;
      assert.equal(offset, OFFSETS[group]?.[field]?.[column], `${group}.${field} of ${name}`);
      compared++;
    }
  }
  assert.ok(compared >= 50, `only ${compared} fields compared`);
}

/** Binaries with an interpreter of 3.13 or later: pyenv's libraries, and what tools/pythons.ts unpacked. */
function binaries(): string[] {
  const pyenv = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  const versions = exists(pyenv) ? [...Deno.readDirSync(pyenv)].map(({ name }) => name) : [];
  const libraries = versions.flatMap((version) => {
    const [, minor] = /^3\.(\d+)\.\d+t?$/.exec(version) ?? [];
    return [
      `${pyenv}/${version}/lib/libpython3.${minor}.so.1.0`,
      `${pyenv}/${version}/lib/libpython3.${minor}t.so.1.0`,
    ];
  });
  const executables = allUnpacked().filter(({ executable }) => executable !== null).map(({ name, executable }) =>
    `${PYTHONS}/${name}/root${executable}`
  );
  const minorOf = (path: string) => Number(/python3\.(\d+)[^/]*$/.exec(path)?.[1] ?? 0);
  return [...libraries, ...executables].filter((path) => minorOf(path) >= 13 && exists(path));
}

/** The initialised data at `_PyRuntime`, by the symbol and by the section. */
function runtimeData(path: string): Uint8Array[] {
  const bytes = Deno.readFileSync(path);
  const elf = parseElf((offset, size) => bytes.subarray(offset, offset + size), { size: bytes.length });
  const symbol = findSymbol(readElfSymbols(elf, SHT_DYNSYM)!, "_PyRuntime");
  const section = findSection(elf, ".PyRuntime");
  return [symbol, section?.address].map((address) => {
    assert.ok(address, `${path} has no _PyRuntime`);
    const segment = elf.segments.find((segment) =>
      address >= segment.address && address < segment.address + segment.fileSize
    )!;
    const offset = address - segment.address + segment.offset;
    return bytes.subarray(offset, offset + DEBUG_OFFSETS_SIZE);
  });
}

const BINARIES = binaries();
if (BINARIES.length === 0) console.log("skipped: no binary of CPython 3.13 or later");

for (const path of BINARIES) {
  Deno.test(`parseDebugOffsets() agrees with the table about ${path}`, () => {
    for (const bytes of runtimeData(path)) {
      const stated = parseDebugOffsets(bytes);
      assert.ok(stated !== null);
      compareWithTable(stated, false);
      assert.deepEqual(parseDebugOffsets(bytes, stated.version), stated);
      assert.equal(parseDebugOffsets(bytes, stated.version + 0x100), null, "another patch level");
    }
  });
}

/** What headers say a build states, as a program that is compiled with them prints it. */
const PROGRAM = `
#include <stdio.h>
#define Py_BUILD_CORE 1
#include <Python.h>
#include <internal/pycore_runtime.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_tstate.h>
#include <internal/pycore_interpframe.h>
#include <internal/pycore_code.h>
#include <internal/pycore_genobject.h>
#include <internal/pycore_debug_offsets.h>
static const _Py_DebugOffsets stated = _Py_DebugOffsets_INIT("xdebugpy");
int main(void) {
  for (size_t i = 0; i < sizeof stated; i++) printf("%d ", ((const unsigned char *)&stated)[i]);
}
`;

Deno.test("DEBUG_OFFSETS_SIZE is that of the largest structure", () => {
  assert.equal(DEBUG_OFFSETS_SIZE, Math.max(...[13, 14, 15, 16].map((minor) => debugOffsetsSize(minor)!)));
});

for (const headers of findHeaders().filter(({ number }) => !isBefore(number, [3, 14]))) {
  for (const macros of [[], ["Py_GIL_DISABLED"]]) {
    Deno.test(`parseDebugOffsets() agrees with the table about ${headers.include} ${macros}`, () => {
      const bytes = Uint8Array.from(compileAndRun(headers, macros, PROGRAM).trim().split(" "), Number);
      assert.equal(bytes.length, debugOffsetsSize(headers.number[1]));
      const stated = parseDebugOffsets(bytes);
      assert.ok(stated !== null);
      assert.equal(stated.freeThreaded, macros.length > 0);
      compareWithTable(stated, true);
    });
  }
}

const VERSION = 0x030d12f0;

/** Those of 3.13.18, in the order of the structure. */
const WORDS: Readonly<Record<string, readonly number[]>> = {
  header: [VERSION, 0],
  runtime: [283408, 608, 632],
  interp: [194984, 7272, 7264, 7344, 7400, 7656, 7640, 7648, 16, 7752, 0, 7768, 7760],
  thread: [312, 0, 8, 16, 72, 152, 160, 232, 32],
  iframe: [80, 8, 0, 56, 72, 70],
  code: [208, 112, 120, 128, 136, 68, 52, 96, 104, 200],
  object: [16, 8],
  type: [416, 24, 88, 168],
  tuple: [32, 24, 16],
  list: [40, 24, 16],
  dict: [48, 32, 40],
  float: [24, 16],
  long: [32, 16, 24],
  bytes: [40, 16, 32],
  str: [64, 32, 16, 40],
  gc: [240, 200],
};

function structure(changes: Readonly<Record<string, readonly number[]>> = {}, cookie = "xdebugpy"): Uint8Array {
  const words = Object.values({ ...WORDS, ...changes }).flat();
  const view = new DataView(new ArrayBuffer(8 + words.length * 8));
  for (const [index, word] of words.entries()) view.setBigUint64(8 + index * 8, BigInt(word), true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(new TextEncoder().encode(cookie));
  return bytes;
}

Deno.test("parseDebugOffsets() states locks and collection where the tables have them", () => {
  const { version, freeThreaded, offsets } = parseDebugOffsets(structure(), VERSION)!;
  assert.deepEqual([version, freeThreaded], [VERSION, false]);
  assert.deepEqual(offsets.gil, { locked: 16, lastHolder: 8 });
  assert.equal(offsets.interp.gcCollecting, 7600);
  assert.equal(offsets.code.units, 16);
  assert.deepEqual([offsets.str.asciiData, offsets.strCompact.data, offsets.strLegacy.data], [40, 56, 56]);
});

const OBJECTIONS: readonly [name: string, bytes: Uint8Array, accepted: boolean][] = [
  ["what an interpreter states", structure(), true],
  ["more bytes behind it", new Uint8Array([...structure(), ...new Uint8Array(999)]), true],
  ["a candidate of the same layout", structure({ header: [0x030d00c1, 0] }), true],

  ["nothing", new Uint8Array(0), false],
  ["a cookie alone", structure().subarray(0, 24), false],
  ["one byte too few", structure().subarray(0, 583), false],
  ["another cookie", structure({}, "xdebugpx"), false],
  ["zeros", new Uint8Array(888), false],
  ["ones", new Uint8Array(888).fill(255), false],
  ["3.12", structure({ header: [0x030c01f0, 0] }), false],
  ["4.13", structure({ header: [0x040d00f0, 0] }), false],
  [
    "3.14 with the structure of 3.13",
    new Uint8Array([...structure({ header: [0x030e00f0, 0] }), ...new Uint8Array(999)]),
    false,
  ],
  [
    "3.16 with the structure of 3.13",
    new Uint8Array([...structure({ header: [0x031000f0, 0] }), ...new Uint8Array(999)]),
    false,
  ],
  ["2 for free-threaded", structure({ header: [VERSION, 2] }), false],
  ["the wrong object header for free-threaded", structure({ header: [VERSION, 1] }), false],
  ["an offset behind the end of its structure", structure({ thread: [72, 0, 8, 16, 72, 152, 160, 232, 32] }), false],
  ["a structure of 2^63 bytes", structure({ code: [2 ** 63, 112, 120, 128, 136, 68, 52, 96, 104, 200] }), false],
  ["a structure of no bytes", structure({ dict: [0, 32, 40] }), false],
  ["two fields in one place", structure({ iframe: [80, 8, 8, 56, 72, 70] }), false],
  ["objects with different headers", structure({ tuple: [32, 24, 8] }), false],
  ["interpreters inside this structure", structure({ runtime: [283408, 608, 24] }), false],
];

Deno.test("parseDebugOffsets() believes what can be", async (t) => {
  for (const [name, bytes, accepted] of OBJECTIONS) {
    await t.step(name, () => assert.equal(parseDebugOffsets(bytes) !== null, accepted));
  }
});

Deno.test("parseDebugOffsets() throws at nothing", () => {
  let seed = 1;
  const random = (limit: number) => (seed = seed * 48271 % 0x7fffffff) % limit;
  for (let round = 0; round < 20_000; round++) {
    const bytes = structure();
    // The first 8 are the cookie.
    for (let change = random(4); change >= 0; change--) bytes[8 + random(bytes.length - 8)] = random(256);
    const stated = parseDebugOffsets(bytes.subarray(0, 8 + random(bytes.length)));
    for (const offset of Object.values(stated?.offsets ?? {}).flatMap((group) => Object.values(group))) {
      assert.ok(Number.isInteger(offset) && offset < 2 ** 27, `offset ${offset}`);
    }
  }
});
