/** When samples are taken: as often as the program may be stopped, and in step with nothing. */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: false };
const BUDGET = 0.02;
const TICKS = 200;

testTypicalPythons("a budget for stops is kept, and what it leaves out is not missed", async (python) => {
  await using target = await Target.start(python, "busy.py");
  await using run = await attach(target.pid, { ...OPTIONS, overheadBudget: BUDGET });
  for await (const _ of run.batches()) if (run.statistics.ticks >= TICKS / 10) run.stop();
  const { stopSum, stopMax, duration, stops } = run.statistics;
  // But for the last tick, which comes when it is asked for, and the one before, whose pause it ends.
  assert.ok(stops > 0 && stopSum - 2 * stopMax <= BUDGET * duration, JSON.stringify(run.statistics));
});

testTypicalPythons("ticks are counted, and how late they came", async (python) => {
  for (const jitter of [true, false]) {
    await using target = await Target.start(python, "busy.py");
    await using run = await attach(target.pid, { ...OPTIONS, jitter });
    for await (const _ of run.batches()) if (run.statistics.ticks >= TICKS) run.stop();
    const { ticks, lateSum, lateMax, missedTicks, duration } = run.statistics;
    assert.ok(lateSum > 0 && lateMax > 0 && lateMax <= lateSum, JSON.stringify(run.statistics));
    // The last one comes when it is asked for.
    assert.ok(ticks + missedTicks <= duration / OPTIONS.interval + 3, JSON.stringify(run.statistics));
  }
});
