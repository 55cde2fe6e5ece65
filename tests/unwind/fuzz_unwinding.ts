/**
 * Damaged unwind tables: whatever they say, a stack comes out of libunwind, soon, and nothing else happens. Half of the
 * damage is where the functions of that stack are described.
 * @module
 */

import assert from "node:assert/strict";
import { CaptureRecord } from "../../src/ffi/capture_record.ts";
import { StackUnwinder, type UnwindTables } from "../../src/ffi/unwinder.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { Address } from "../../src/types.ts";
import type { Module } from "../../src/unwind/module.ts";
import { takeCaptures } from "../support/fuzz.ts";
import { type CountedKind, Outcomes } from "../support/fuzz_kind.ts";
import { PYTHONS } from "../support/pythons.ts";
import { Target } from "../support/target.ts";
import { damage } from "./fuzz.ts";

/** Far more than a case takes, also on a busy machine. */
const PATIENCE_MS = 30_000;
/** What the unwinder stops at. */
const FRAMES_MAX = 131_072;
/** A function's description and the one that it shares with others are some 50 bytes each; damage reaches further. */
const NEAR = 256;

interface Tables extends UnwindTables {
  readonly module: Module;
  /** Where in `bytes` what the stacks need is told. */
  readonly places: readonly number[];
}

/** Tables of functions (`.eh_frame`) of programs and libraries. */
export const UNWINDING: CountedKind = {
  name: "unwinding",
  async run(cases, random) {
    await using target = await Target.start(PYTHONS[0], "busy.py", { args: ["--threads", "1"] });
    using process = await findTarget(target.pid, { timeout: 10_000_000 });
    const captures = takeCaptures(process);
    const all = process.modules.modules.flatMap((module) => tablesOf(module, pcsOf(captures, process.modules.modules)));
    const outcomes = new Outcomes();
    for (let i = 0; i < cases; i++) {
      using unwinder = new StackUnwinder();
      const damaged = random.pick(all.filter(({ places }) => places.length > 1));
      const bytes = damaged.bytes.slice();
      const done = damage(bytes, damaged.places, random);
      unwinder.setModules(all.map(({ module, header, base, bytes: good }) => ({
        ...spanOf(module),
        tables: () => ({ header, base, bytes: module === damaged.module ? bytes : good }),
      })));
      const start = performance.now();
      const stack = unwinder.unwind(new CaptureRecord(random.pick(captures)));
      const took = performance.now() - start;
      const what = `tables of ${damaged.module.path} with ${done.join(", ")}`;
      assert.ok(took < PATIENCE_MS, `${took} ms for ${what}`);
      assert.ok(stack.count > 0 && stack.count <= FRAMES_MAX, `${stack.count} frames for ${what}`);
      outcomes.add(stack.complete ? "complete" : "cut off");
    }
    return outcomes;
  },
};

function spanOf({ start, end }: Module): { start: Address; end: Address } {
  return { start, end };
}

/** Where the stacks of some captures lead. */
function pcsOf(captures: readonly Uint8Array<ArrayBuffer>[], modules: readonly Module[]): Address[] {
  using unwinder = new StackUnwinder();
  unwinder.setModules(modules.map((module) => ({ ...spanOf(module), tables: () => tablesOf(module, [])[0] ?? null })));
  return captures.flatMap((capture) => {
    const stack = unwinder.unwind(new CaptureRecord(capture));
    return Array.from({ length: stack.count }, (_, i) => stack.pc(i));
  });
}

function tablesOf(module: Module, pcs: readonly Address[]): Tables[] {
  const info = module.unwindInfo();
  if (info === null) return [];
  const { headerAddress: header, address: base, bytes } = info;
  const inside = [...new Set(pcs)].filter((pc) => module.start <= pc && pc < module.end);
  const found = inside.flatMap((pc) => placesOf(bytes, { pc: pc - header, header: header - base }));
  return [{ module, header, base, bytes, places: [header - base, ...found] }];
}

/**
 * Where the function at `pc` (from the header on) is described: its row in the header's table, its FDE and its CIE. The
 * table has i32 pairs, from the header on, of a function and its FDE (LSB 5.0, "The .eh_frame_hdr section").
 */
function placesOf(bytes: Uint8Array, { pc, header }: { pc: number; header: number }): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(header + 8, true);
  const row = (i: number) => header + 12 + 8 * i;
  let low = 0;
  for (let high = count; low < high;) {
    const middle = (low + high) >>> 1;
    if (view.getInt32(row(middle), true) <= pc) low = middle + 1;
    else high = middle;
  }
  if (low === 0) return [];
  const entry = header + view.getInt32(row(low - 1) + 4, true);
  const shared = entry + 4 - view.getInt32(entry + 4, true);
  return [row(low - 1), entry, shared].map((place) => Math.max(0, Math.min(place, bytes.length - NEAR)));
}
