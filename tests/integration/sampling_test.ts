/** Continuous sampling of a running process: right stacks, time that adds up, and idle threads left in peace. */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import type { Sample, Statistics } from "../../src/types.ts";
import { PossibleStacks } from "../support/possible.ts";
import { assertUntouched } from "../support/proc.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: false };
const DURATION_MS = 2000;
/** What follows the last sample: an interval, and the end of the run. */
const MARGIN = 0.05;
/** Samples of the idle thread after which it has surely gone to sleep. */
const SETTLED = 50;

testEachPython("sampling a computing program gives right stacks and leaves idle threads alone", async (python) => {
  await using target = await Target.start(python, "busy.py", { args: ["--threads", "1", "--idle", "2"] });
  const possible = new PossibleStacks(target);
  const idle = possible.idle[0];
  const seen = new Map<number, Sample[]>();
  let switches: number | null = null;
  const statistics = await sampleFor(target, (sample) => {
    const { tid, stack } = sample;
    const samples = seen.get(tid) ?? [];
    seen.set(tid, samples);
    samples.push(sample);
    if (tid === idle && samples.length === SETTLED) switches = voluntarySwitches(target.pid, idle);
    if (stack.proof.flaw === null) possible.check(stack);
  });
  assertUntouched(target.pid);

  assert.equal(seen.size, 4);
  assert.equal(sum([...seen.values()].map((samples) => samples.length)), statistics.samples);
  // Up to 0.5 % of the stops of 3.11 and 3.12 find frames half-built.
  const { samples, proved, torn, unmatched, truncated, blocked } = statistics;
  assert.ok(proved / samples >= 0.99, JSON.stringify(statistics));
  assert.equal(proved + torn + unmatched + truncated + blocked, samples);

  assert.ok(statistics.unstopped > 0, JSON.stringify(statistics));
  assert.notEqual(switches, null);
  assert.equal(voluntarySwitches(target.pid, idle), switches, "an idle thread was woken");
  const settled = seen.get(idle)!.slice(SETTLED);
  assert.ok(settled.every((sample) => sample.idle && sample.stack === settled[0].stack), "an idle thread moved");

  for (const samples of seen.values()) assertConserved(samples, statistics.duration);
});

/** Times add up: to the duration, but for what follows the last sample. */
function assertConserved(samples: readonly Sample[], duration: number): void {
  const total = sum(samples.map(({ time }) => time));
  const { tid } = samples[0];
  assert.ok(Math.abs(total - duration) <= duration * MARGIN, `thread ${tid}: ${total} of ${duration} us`);
  assert.ok(samples.every(({ time }) => time > 0), `thread ${tid}: a sample without time`);
}

async function sampleFor(target: Target, look: (sample: Sample) => void): Promise<Statistics> {
  await using run = await attach(target.pid, OPTIONS);
  const timer = setTimeout(() => run.stop(), DURATION_MS);
  try {
    for await (const batch of run.batches()) batch.forEach(look);
  } finally {
    clearTimeout(timer);
  }
  return run.statistics;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** How often a thread has gone to sleep. */
function voluntarySwitches(pid: number, tid: number): number {
  const text = Deno.readTextFileSync(`/proc/${pid}/task/${tid}/status`);
  return Number(text.match(/^voluntary_ctxt_switches:\s*(\d+)$/m)![1]);
}
