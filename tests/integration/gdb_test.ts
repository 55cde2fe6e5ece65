/** gdb, which has its own unwinder and reads DWARF, sees the same native stacks, by the same names. */

import assert from "node:assert/strict";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { NativeFrame } from "../../src/types.ts";
import { NativeUnwinder } from "../../src/unwind/unwinder.ts";
import { type GdbFrame, gdbStacks, HAS_GDB } from "../support/gdb.ts";
import { tasksOf, until } from "../support/proc.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

/** How often a computing program is stopped; each time it is somewhere else. */
const MOMENTS = 3;

const skip = () => HAS_GDB ? null : "no gdb with Python on PATH";

interface Frame extends NativeFrame {
  readonly sp: number;
}

testEachPython("a sleeping program's native stacks are those that gdb sees", async (python) => {
  await using target = await Target.start(python, "truth.py", { args: ["--warm", "--thread"] });
  await until(() => tasksOf(target.pid).every(({ state }) => state === "S"), "the program sleeps");
  const ours = await nativeStacks(target.pid);
  const theirs = await gdbStacks(target.pid);
  assert.equal(ours.size, 2);
  assertSame(ours, theirs);
  assert.ok([...ours.values()].some((frames) => frames.length > 40));
}, { skip });

testEachPython("a stopped program's native stacks are those that gdb sees", async (python) => {
  await using target = await Target.start(python, "busy.py", { args: ["--threads", "1", "--idle", "1"] });
  for (let moment = 0; moment < MOMENTS; moment++) {
    target.signal("SIGSTOP");
    await until(() => tasksOf(target.pid).every(({ state }) => state === "T"), "the program is stopped");
    const theirs = await gdbStacks(target.pid);
    // gdb lets go of it stopped, as it found it.
    await until(() => tasksOf(target.pid).every(({ state }) => state === "T"), "the program is stopped again");
    assertSame(await nativeStacks(target.pid), theirs);
    target.signal("SIGCONT");
  }
}, { skip });

function assertSame(ours: ReadonlyMap<number, Frame[]>, theirs: ReadonlyMap<number, GdbFrame[]>): void {
  assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
  for (const [tid, frames] of ours) {
    const expected = theirs.get(tid)!;
    assert.deepEqual(frames.map(placeOf), expected.map(placeOf));
    frames.forEach((frame, i) => assertSameName(frame, expected[i]));
  }
}

function placeOf({ pc, sp }: { pc: number; sp: number }): string {
  return `${pc.toString(16)} ${sp.toString(16)}`;
}

/** Only names that are there for sure: in libc and the vdso a function has several. Clones (`.part.0`) are one function. */
function assertSameName({ symbol, named, module }: Frame, { name }: GdbFrame): void {
  if (!named || name === null || /\/libc[.-]|\[vdso\]/.test(module)) return;
  assert.equal(symbol.replace(/\..*/, ""), name.replace(/\..*/, ""));
}

/** Our own native frames of each thread, by thread id, innermost first: before Python frames take the place of any. */
async function nativeStacks(pid: number): Promise<Map<number, Frame[]>> {
  using process = await findTarget(pid, { timeout: 1_000_000 });
  using unwinder = new NativeUnwinder(process.modules);
  process.session.dump(false);
  const stacks = new Map<number, Frame[]>();
  for (const record of process.session.drain()) {
    const stack = unwinder.unwind(record);
    assert.ok(stack.complete);
    const places = Array.from({ length: stack.count }, (_, i) => ({ pc: stack.pc(i), sp: stack.sp(i) }));
    stacks.set(record.tid, places.map(({ pc, sp }, i) => ({ ...unwinder.name(pc, i === 0), sp })));
  }
  return stacks;
}
