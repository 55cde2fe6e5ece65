/** Who holds the GIL and who collects, in memory made by hand: every kind of version, and what is not there. */

import assert from "node:assert/strict";
import { gilLayout, GilReader, type SharedGil, sharedGil, tellsCollecting } from "../../src/python/gil.ts";
import { offsetsOf } from "../../src/python/offsets.ts";
import type { Address } from "../../src/types.ts";
import { image, type MemoryImage } from "../support/memory_image.ts";
import { NO_SHARED_GIL } from "../support/python_image.ts";

const RUNTIME = 0x10_0000;
const CURRENT = 0x11_0000;
const FLAG = 0x12_0000;
const INTERPRETER = 0x20_0000;
const THREAD = 0x30_0000;
const OTHER = 0x31_0000;
const LOCK = 0x40_0000;
const CODE = 0x50_0000;
const MINUS_ONE = 0xffffffff;

/** What a process says. */
interface Words {
  readonly holder: Address;
  readonly locked: number;
  readonly collecting: number;
}

/** A process of a version in which these words are so, and who it says that THREAD is. */
function ask(table: string, { holder, locked, collecting }: Words): { holds: boolean; collects: boolean } {
  const offsets = offsetsOf(table)!;
  const { runtime, interp, gil: lock } = offsets;
  const memory = image().reserve(RUNTIME, 4096).reserve(INTERPRETER, 16384).reserve(THREAD, 4096)
    .reserve(LOCK, 4096).reserve(CURRENT, 8).reserve(FLAG, 8);
  const isOld = runtime.interpretersHead === null;
  const gil: SharedGil = isOld
    ? { holder: CURRENT, locked: null, collecting: FLAG }
    : sharedGil({ offsets, runtime: RUNTIME, find: () => null, read: memory.capture() });
  if (interp.gil !== null) {
    memory.number(INTERPRETER + interp.gil, LOCK).number(LOCK + lock.lastHolder!, holder)
      .number(LOCK + lock.locked!, locked, 4);
  } else {
    memory.number(gil.holder!, isOld && locked !== 1 ? 0 : holder);
    if (gil.locked !== null) memory.number(gil.locked, locked, 4);
  }
  memory.number(interp.gcCollecting === null ? gil.collecting! : INTERPRETER + interp.gcCollecting, collecting, 4);
  const reader = new GilReader({ offsets, gil });
  const read = memory.capture();
  const thread = { threadState: THREAD, interpreter: INTERPRETER };
  return { holds: reader.holdsGil(read, thread), collects: reader.isCollecting(read, thread) };
}

const CASES: readonly (readonly [name: string, words: Words, expected: { holds: boolean; collects: boolean }])[] = [
  ["it collects", { holder: THREAD, locked: 1, collecting: 1 }, { holds: true, collects: true }],
  ["it runs", { holder: THREAD, locked: 1, collecting: 0 }, { holds: true, collects: false }],
  ["another collects", { holder: OTHER, locked: 1, collecting: 1 }, { holds: false, collects: false }],
  ["it has let go", { holder: THREAD, locked: 0, collecting: 1 }, { holds: false, collects: false }],
  ["there is no lock yet", { holder: THREAD, locked: MINUS_ONE, collecting: 1 }, { holds: false, collects: false }],
];

Deno.test("GilReader tells who holds the GIL and who collects, in every version that has one", async (t) => {
  for (const table of ["2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]) {
    for (const [name, words, expected] of CASES) {
      await t.step(`${table}, ${name}`, () => assert.deepEqual(ask(table, words), expected));
    }
  }
});

Deno.test("GilReader goes by what runs, and by who stopped the others, where there is no GIL", () => {
  const offsets = offsetsOf("3.14t")!;
  const { interp, gil: lock, thread } = offsets;
  const memory = image().reserve(INTERPRETER, 16384).reserve(THREAD, 4096).reserve(LOCK, 4096)
    .number(INTERPRETER + interp.gil!, LOCK).number(LOCK + lock.lastHolder!, THREAD);
  const reader = new GilReader({ offsets, gil: NO_SHARED_GIL });
  const place = { threadState: THREAD, interpreter: INTERPRETER };
  const holds = () => reader.holdsGil(memory.capture(), place);
  const collects = () => reader.isCollecting(memory.capture(), place);
  assert.deepEqual([holds(), collects()], [false, false]);
  memory.number(THREAD + thread.state!, 1, 4).number(INTERPRETER + interp.gcCollecting!, 1, 4);
  assert.deepEqual([holds(), collects()], [true, false]);
  memory.number(INTERPRETER + interp.stopRequester!, THREAD);
  assert.deepEqual([holds(), collects()], [true, true]);
  memory.number(INTERPRETER + interp.stopRequester!, OTHER);
  assert.deepEqual([holds(), collects()], [true, false]);
  // An extension module has switched the GIL on.
  memory.number(LOCK + lock.enabled!, 1, 4);
  assert.equal(holds(), false);
  memory.number(LOCK + lock.locked!, 1, 4);
  assert.equal(holds(), true);
});

Deno.test("GilReader says no where memory was not captured, or nothing is known", () => {
  for (const table of ["2.7", "3.8", "3.11", "3.12", "3.14t"]) {
    const offsets = offsetsOf(table)!;
    const thread = { threadState: THREAD, interpreter: INTERPRETER };
    for (const gil of [NO_SHARED_GIL, { holder: CURRENT, locked: null, collecting: FLAG }]) {
      const reader = new GilReader({ offsets, gil });
      assert.equal(reader.holdsGil(() => false, thread), false);
      assert.equal(reader.isCollecting(() => false, thread), false);
    }
  }
});

Deno.test("gilLayout() asks for what each version has, and no more", () => {
  const layout = (table: string, gil: SharedGil) => gilLayout({ offsets: offsetsOf(table)!, gil });
  const shared = { holder: 1, locked: 2, collecting: 3 };
  const none = { interpWatched: [], interpLock: null, lockSize: 0 };
  assert.deepEqual(layout("2.7", { ...shared, locked: null }), { ...none, watched: [1, 3] });
  assert.deepEqual(layout("3.8", shared), { ...none, watched: [1, 2, 3] });
  assert.deepEqual(layout("3.11", { ...shared, collecting: null }), { ...none, watched: [1, 2], interpWatched: [848] });
  const lock = { watched: [], interpLock: 16 };
  assert.deepEqual(layout("3.15", NO_SHARED_GIL), { ...lock, interpWatched: [7512], lockSize: 20 });
  assert.deepEqual(layout("3.15t", NO_SHARED_GIL), { ...lock, interpWatched: [7512, 10816], lockSize: 28 });
});

/** Machine code in which FLAG is accessed. */
function machineCode(parts: readonly (number | "flag" | "other")[], memory: MemoryImage): void {
  let at = CODE;
  // An address is relative to the end of its instruction: 4 bytes of the address, and what the caller says follows.
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    if (typeof part === "number") {
      memory.number(at++, part, 1);
      continue;
    }
    const behind = parts[++i] as number;
    const target = part === "flag" ? FLAG : FLAG + 4;
    memory.number(at, target - (at + 4 + behind), 4);
    at += 4;
  }
}

const TEST = [0x8b, 0x05, "flag", 0, 0x85, 0xc0] as const;
const COMPARE = [0x83, 0x3d, "flag", 1, 0] as const;
const SET = [0xc7, 0x05, "flag", 4, 1, 0, 0, 0] as const;
const CLEAR = [0xc7, 0x05, "flag", 4, 0, 0, 0, 0] as const;
const CALL = [0xe8, 1, 2, 3, 4] as const;

const FUNCTIONS: readonly (readonly [name: string, code: readonly (number | "flag" | "other")[], found: boolean])[] = [
  ["mov and test", [0x53, ...TEST, ...SET, ...CALL, ...CLEAR, 0xc3], true],
  ["mov to another register", [0x8b, 0x15, "flag", 0, ...SET, ...CLEAR], true],
  ["cmp", [0x41, 0x54, ...COMPARE, ...SET, ...CALL, ...CLEAR], true],
  ["what is tested is not set", [0x8b, 0x05, "other", 0, ...SET, ...CLEAR], false],
  ["what is set is not cleared", [...TEST, ...SET, 0xc7, 0x05, "other", 4, 0, 0, 0, 0], false],
  [
    "another variable between",
    [...TEST, 0x8b, 0x05, "other", 0, 0xc7, 0x05, "other", 4, 1, 0, 0, 0, ...SET, ...CLEAR],
    true,
  ],
  ["set before it is tested", [...SET, ...TEST, ...CLEAR], false],
  ["nothing", [0xc3], false],
];

Deno.test("sharedGil() finds the collector's flag up to 3.6 by what PyGC_Collect() does with it", async (t) => {
  for (const [name, code, found] of FUNCTIONS) {
    await t.step(name, () => {
      const memory = image().reserve(CODE, 4096);
      machineCode(code, memory);
      const symbols = new Map([["_PyThreadState_Current", CURRENT], ["PyGC_Collect", CODE]]);
      const offsets = offsetsOf("3.6")!;
      const find = (symbol: string) => symbols.get(symbol) ?? null;
      const gil = sharedGil({ offsets, runtime: null, find, read: memory.capture() });
      assert.deepEqual(gil, { holder: CURRENT, locked: null, collecting: found ? FLAG : null });
      assert.equal(tellsCollecting({ offsets, gil }), found);
      symbols.delete("PyGC_Collect");
      assert.equal(sharedGil({ offsets, runtime: null, find, read: memory.capture() }).collecting, null);
    });
  }
});
