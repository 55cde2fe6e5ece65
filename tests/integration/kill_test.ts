/** A profiler that dies by SIGKILL in the middle of sampling leaves a target that runs on as if nothing had been. */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { assertUntouched } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import { assertGoesOn, assertRight } from "../support/steady.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

const KILLS = 50;
const THREADS = 3;
/** Longer than a tick, so that every part of one is hit. */
const LONGEST_DELAY_MS = 20;

async function killOften(target: Target): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await using profiler = await Profiler.attach(target.pid, kill % 2 === 0 ? ["-k"] : []);
    await delay(Math.random() * LONGEST_DELAY_MS);
    profiler.signal("SIGKILL");
    const { signal } = await profiler.end();
    assert.equal(signal, "SIGKILL", "it had ended before");
    assertUntouched(target.pid);
    await assertGoesOn(target);
  }
}

testOnePython(`SIGKILL of the profiler, ${KILLS} times, harms no target`, async (python) => {
  await using target = await Target.start(python, "steady.py", { args: [`${THREADS}`] });
  await killOften(target);
  await assertRight(target, THREADS);
});
