/** A thread that cannot be stopped is shown as it waits, or said to be blocked, and is left to itself. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import { attach } from "../../src/sampler/start.ts";
import { buildLibrary } from "../support/c_program.ts";
import { assertUntouched, tasksOf, until } from "../support/proc.ts";
import type { Python } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: false };
const ENOUGH = 10;

testTypicalPythons("where() says that a thread is blocked, and lets go of it", async (python) => {
  await using target = await startBlocked(python);
  const { threads } = await where(target.pid);
  assert.deepEqual(threads.map(({ stack }) => stack.proof.flaw), ["blocked"]);
  await requireUnharmed(target);
});

testTypicalPythons("sampling shows a thread that cannot be stopped, without trying", async (python) => {
  await using target = await startBlocked(python);
  await using run = await attach(target.pid, OPTIONS);
  let samples = 0;
  for await (const batch of run.batches()) {
    for (const { stack } of batch) {
      // The C library may keep its caller's frame in a register, which nobody can ask for.
      assert.ok(stack.proof.flaw === null || stack.proof.flaw === "truncated", stack.proof.flaw!);
      assert.ok(stack.frames.some((frame) => frame.kind === "python"));
    }
    if ((samples += batch.length) >= ENOUGH) run.stop();
  }
  const { blocked, stops, unstopped } = run.statistics;
  assert.deepEqual({ blocked, stops, unstopped }, { blocked: 0, stops: 0, unstopped: samples });
  await run.close();
  await requireUnharmed(target);
});

async function startBlocked(python: Python): Promise<Target> {
  const target = await Target.start(python, "vfork.py", { args: [buildLibrary("vfork.c")] });
  await until(() => tasksOf(target.pid)[0].state === "D", "the thread sleeps uninterruptibly");
  return target;
}

/** The thread goes on when its wait is over, as if nobody had asked it to stop. */
async function requireUnharmed(target: Target): Promise<void> {
  await until(() => tasksOf(target.pid).every(({ tracer }) => tracer === 0), "nobody traces the thread");
  await target.send();
  assert.equal(await target.line(), "ended with 0");
  assertUntouched(target.pid);
}
