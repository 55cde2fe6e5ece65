/** Faults by signals: they come in floods, and stop and continue the target. @module */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { tasksOf, until } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { assertGoesOn, assertRight } from "../support/steady.ts";
import { Target } from "../support/target.ts";
import { type Fault, underSampling } from "./fault.ts";

const ROUNDS = 100;
const LONGEST_DELAY_MS = 6;
const THREADS = 2;

/** Stopped and continued at random moments; each time it is stopped, all of it is. */
async function stopAndContinue(python: Python): Promise<void> {
  await using target = await Target.start(python, "steady.py", { args: [`${THREADS}`] });
  await using profiler = await Profiler.attach(target.pid);
  const isStopped = () => tasksOf(target.pid).every(({ state }) => /[Tt]/.test(state));
  for (let round = 0; round < ROUNDS; round++) {
    target.signal("SIGSTOP");
    await until(isStopped, "the target is stopped");
    await delay(Math.random() * LONGEST_DELAY_MS);
    // A thread that was just looked at goes through the scheduler on its way back into the stop.
    await until(isStopped, "the target is stopped still");
    target.signal("SIGCONT");
    await delay(Math.random() * LONGEST_DELAY_MS);
  }
  await profiler.samples(10);
  assert.equal((await profiler.stop()).code, 254);
  await assertGoesOn(target);
  await assertRight(target, THREADS);
}

/** Of signals. */
export const SIGNAL_FAULTS: readonly Fault[] = [
  { name: "a storm of 100 SIGSTOPs and SIGCONTs", times: 20, once: stopAndContinue },
  {
    name: "20,000 signals at full rate, each delivered once",
    times: 20,
    once: (python) => underSampling(python, { thing: "signals", needsLibrary: true, args: ["20000"], expected: 20000 }),
  },
];
