/** A stack whose outer part is known from the thread's last one comes out as if all of it had been followed. */

import assert from "node:assert/strict";
import { CaptureRecord, RECORD } from "../../src/ffi/capture_record.ts";
import { StackUnwinder } from "../../src/ffi/unwinder.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { Address, NativeStack } from "../../src/types.ts";
import type { Module } from "../../src/unwind/module.ts";
import { takeCaptures } from "../support/fuzz.ts";

import { Random } from "../support/random.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const MOMENTS = 16;
/** Of each capture, with so many words changed at most. */
const CHANGED = 5;
const CHANGES_MAX = 4;
/** Threads have places by this in what is kept; this is none of the target's. */
const STRANGERS = 512;

testTypicalPythons("StackUnwinder gives the same stacks with what it knows as without", async (python) => {
  await using target = await Target.start(python, "winding.py", { args: ["7"] });
  using process = await findTarget(target.pid, { timeout: 10_000_000 });
  using unwinder = new StackUnwinder();
  unwinder.setModules(process.modules.modules.map(unwindModule));
  const random = new Random(5);
  let changed = 0;
  for (const capture of takeCaptures(process, MOMENTS)) {
    const whole = requireSame(unwinder, capture);
    const frames = whole.split("\n").slice(1).map((row) => Number(row.split(" ")[1]));
    for (let i = 0; i < CHANGED; i++) {
      if (requireSame(unwinder, changedStack(capture, frames, random)) !== whole) changed++;
      requireSame(unwinder, capture);
    }
  }
  const { frames, known } = unwinder.counts;
  assert.ok(changed > 20, `${changed} changes were of consequence`);
  assert.ok(known > 0.2 * frames, `${known} of ${frames} frames were known`);
});

function unwindModule(module: Module) {
  return {
    start: module.start,
    end: module.end,
    tables: () => {
      const info = module.unwindInfo();
      return info && { header: info.headerAddress, base: info.address, bytes: info.bytes };
    },
  };
}

let strangers = 0;

/** Gives the stack as text, which is the same as for a thread of which nothing is known. */
function requireSame(unwinder: StackUnwinder, capture: Uint8Array<ArrayBuffer>): string {
  const known = text(unwinder.unwind(new CaptureRecord(capture)));
  const other = capture.slice();
  new DataView(other.buffer).setInt32(RECORD.tid, ++strangers * STRANGERS, true);
  assert.equal(known, text(unwinder.unwind(new CaptureRecord(other))));
  return known;
}

function text(stack: NativeStack): string {
  const rows = Array.from({ length: stack.count }, (_, i) => `${stack.pc(i)} ${stack.sp(i)} ${stack.flags(i)}`);
  return [stack.complete, ...rows].join("\n");
}

/** Some words of the stack are others; half of them are return addresses, or are saved beside one. */
function changedStack(capture: Uint8Array<ArrayBuffer>, frames: readonly Address[], random: Random) {
  const bytes = capture.slice();
  const { stack, stackAddress } = new CaptureRecord(bytes);
  const words = new DataView(stack.buffer, stack.byteOffset, stack.length);
  const last = Math.floor(stack.length / 8) - 1;
  const anywhere = () => random.below(last + 1);
  const beside = () => (random.pick(frames) - stackAddress) / 8 - 1 - random.below(3);
  for (let i = random.below(CHANGES_MAX); i >= 0; i--) {
    const at = 8 * Math.min(Math.max(random.below(2) ? anywhere() : beside(), 0), last);
    words.setBigUint64(
      at,
      random.badWord(words.getBigUint64(at, true), () => words.getBigUint64(8 * anywhere(), true)),
      true,
    );
  }
  return bytes;
}
