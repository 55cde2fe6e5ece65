/** Finding the interpreter in memory made by hand: what it takes, and what it waits for. */

import assert from "node:assert/strict";
import { offsetsOf, withTraceRefs } from "../../src/python/offsets.ts";
import { findRuntime, type RuntimeSearch } from "../../src/python/runtime.ts";
import { formatVersion } from "../../src/python/version.ts";
import { image, type MemoryImage } from "../support/memory_image.ts";

const RUNTIME = 0x10_0000;
const INTERPRETER = 0x20_0000;
const THREAD = 0x30_0000;
const TYPE = 0x40_0000;
const DATA = 0x50_0000;
const CODE = 0x60_0000;

/** A process in which a Python of `table` runs, and the symbols that tell of it. */
class Process {
  readonly memory: MemoryImage;
  readonly symbols = new Map<string, number>([["PyType_Type", TYPE], ["PyCode_Type", TYPE + 0x1000]]);
  readonly sections = new Map<string, number>();
  readonly head: number;

  constructor(readonly table: string, version: number | string) {
    const { runtime, interp, thread, object } = offsetsOf(table)!;
    this.head = runtime.interpretersHead === null ? RUNTIME : RUNTIME + runtime.interpretersHead;
    this.symbols.set(runtime.interpretersHead === null ? "_PyThreadState_Current" : "_PyRuntime", RUNTIME);
    if (runtime.interpretersHead === null) this.symbols.set("interp_head", RUNTIME);
    this.memory = image().reserve(RUNTIME, 4096).reserve(INTERPRETER, 16384).reserve(THREAD, 4096)
      .number(this.head, INTERPRETER)
      .number(INTERPRETER + interp.threadsHead, THREAD)
      .number(THREAD + thread.interp, INTERPRETER)
      .number(TYPE + object.type, TYPE)
      .reserve(DATA, 4096);
    if (typeof version === "string") this.memory.bytes(DATA + 100, version);
    else this.memory.number(DATA, version, 4);
    if (typeof version === "number") this.symbols.set("Py_Version", DATA);
  }

  search(): RuntimeSearch {
    return findRuntime({
      find: (name) => this.symbols.get(name) ?? null,
      section: (name) => this.sections.get(name) ?? null,
      data: [{ start: DATA, end: DATA + 4096 }],
    }, this.memory.capture());
  }

  /** `3.12.1`, or why not. */
  get found(): string {
    const search = this.search();
    return search.kind === "found" ? formatVersion(search.runtime.version) : search.kind;
  }
}

const BANNER_38 = "3.8.18 (default, Nov 21 2025, 10:02:09) \n[GCC 12.2.0]";
const BANNER_36 = "3.6.15 (default, Nov 21 2025, 10:02:09) \n[GCC 12.2.0]";

Deno.test("findRuntime() finds interpreters by what their versions have", () => {
  assert.equal(new Process("3.12", 0x030c01f0).found, "3.12.1");
  assert.equal(new Process("3.8", BANNER_38).found, "3.8.18");
  assert.equal(new Process("3.6", BANNER_36).found, "3.6.15");
});

Deno.test("findRuntime() reads the offsets of the version that it found", () => {
  const search = new Process("3.8", BANNER_38).search();
  assert.ok(search.kind === "found");
  assert.deepEqual(search.runtime.offsets, offsetsOf("3.8"));
  assert.equal(search.runtime.codeType, TYPE + 0x1000);
});

Deno.test("findRuntime() sees by a type object that objects begin with two words more", () => {
  for (const [table, version] of [["3.8", BANNER_38], ["3.12", 0x030c01f0]] as const) {
    const process = new Process(table, version);
    const { type } = offsetsOf(table)!.object;
    process.memory.number(TYPE + type, 0).number(TYPE + type + 16, TYPE);
    const search = process.search();
    assert.ok(search.kind === "found");
    assert.deepEqual(search.runtime.offsets, withTraceRefs(offsetsOf(table)!));
  }
});

Deno.test("findRuntime() takes the section where the symbols are gone", () => {
  const process = new Process("3.11", "3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]");
  process.symbols.clear();
  assert.equal(process.found, "none");
  process.sections.set(".PyRuntime", RUNTIME);
  assert.equal(process.found, "3.11.2");
});

Deno.test("findRuntime() finds the list of interpreters of 3.6 in the function that returns it", async (t) => {
  const getters: [name: string, code: number[]][] = [
    ["mov; ret", [0x48, 0x8b, 0x05]],
    ["endbr64; mov; ret", [0xf3, 0x0f, 0x1e, 0xfa, 0x48, 0x8b, 0x05]],
  ];
  for (const [name, code] of getters) {
    await t.step(name, () => {
      const process = new Process("3.6", BANNER_36);
      process.symbols.delete("interp_head");
      assert.equal(process.found, "starting");
      process.symbols.set("PyInterpreterState_Head", CODE);
      assert.equal(process.found, "starting", "without code");
      const displacement = RUNTIME - (CODE + code.length + 4);
      process.memory.bytes(CODE, Uint8Array.from(code)).number(CODE + code.length, displacement, 4);
      assert.equal(process.found, "3.6.15");
      process.memory.number(CODE, 0x90);
      assert.equal(process.found, "starting", "with other code");
    });
  }
});

const NOT_YET: readonly [name: string, apply: (running: Process) => void, expected: string][] = [
  ["no interpreter", ({ memory, head }) => memory.number(head, 0), "starting"],
  ["an interpreter nowhere", ({ memory, head }) => memory.number(head, 0x7000_0000), "starting"],
  ["an interpreter without threads", ({ memory }) => memory.number(INTERPRETER + 72, 0), "starting"],
  ["a thread of no interpreter", ({ memory }) => memory.number(THREAD + 16, 0), "starting"],
  ["a number that is no version", ({ memory }) => memory.number(DATA, 0, 4), "starting"],
  ["a version without a table", ({ memory }) => memory.number(DATA, 0x035000f0, 4), "unsupported"],
  ["no symbols", ({ symbols }) => symbols.clear(), "none"],
  [
    "an interpreter without threads before one that has some",
    ({ memory, head }) => {
      memory.reserve(0x70_0000, 4096).number(0x70_0000, INTERPRETER).number(head, 0x70_0000);
    },
    "3.12.1",
  ],
  [
    "a list of interpreters that goes in a circle",
    ({ memory }) => memory.number(INTERPRETER + 72, 0).number(INTERPRETER, INTERPRETER),
    "starting",
  ],
];

Deno.test("findRuntime() tells what has not started from what is not there", async (t) => {
  for (const [name, apply, expected] of NOT_YET) {
    await t.step(name, () => {
      const process = new Process("3.12", 0x030c01f0);
      apply(process);
      assert.equal(process.found, expected);
    });
  }
});
