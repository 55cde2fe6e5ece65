/**
 * Sampling mode, twice: of cases that stay put but keep waking up, where every sample must show what the program says
 * of itself; and of a thread that runs case after case, where it must show a stack that the program can have.
 * @module
 */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import type { Sample, Stack, Statistics } from "../../src/types.ts";
import { PossibleStacks } from "../support/possible.ts";
import { ALONE, CUT, framesDiffer, type Report } from "./dumps.ts";
import { Host } from "./host.ts";
import { type Interpreter, IS_FULL } from "./interpreters.ts";
import type { Result, Table } from "./table.ts";

const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: false };
const WAKING_MS = 600;
const WAKING_ALONE_MS = 300;
const RUNNING_MS = IS_FULL ? 5000 : 1000;
/** On a busy machine it may take so long until everything was seen. */
const LONGEST_MS = 20_000;
const LOOK_MS = 20;
/** Fewer samples tell nothing. */
const SAMPLES_MIN = 6;
/** Less than this of all samples may be flagged: of the stops of 3.11 and 3.12, 0.3 % find frames half-built. */
const FLAGGED_MAX = 0.005;
/** So few may be flagged whatever their share is. */
const FLAGGED_ALLOWED = 3;
const TORN_SHOWN = 3;

const NOT_YET_RIGHT: Result = { fail: "no sample is right" };
const NOT_SEEN: Result = { fail: "no sample" };

/** Samples all cases with an interpreter. @throws where one fails, after all. */
export async function testSamples(interpreter: Interpreter, table: Table): Promise<void> {
  const results = new Map<string, Result>();
  for (const cases of [[], ...ALONE.map((name) => [name])]) {
    for (const [name, result] of await sampleWaking(interpreter, cases)) results.set(name, result);
  }
  for (const [name, result] of await sampleRunning(interpreter)) {
    if (results.get(name) === null) results.set(name, result);
  }
  const failures: string[] = [];
  for (const [name, result] of results) {
    table.set(interpreter.name, name, "sampling", result);
    if (result !== null && "fail" in result) failures.push(`${name}: ${result.fail}`);
  }
  assert.ok(failures.length === 0, `${failures.length} cases fail\n\n${failures.join("\n\n")}`);
}

/** All of `cases`, or all that share a process if it is empty. */
async function sampleWaking(interpreter: Interpreter, cases: readonly string[]): Promise<Map<string, Result>> {
  await using host = await Host.start(interpreter, "host.py", ["wake", ...cases]);
  const { cases: told, skipped, errors }: Report = JSON.parse(host.ready);
  const results = new Map<string, Result>();
  for (const [name, reason] of Object.entries(skipped)) results.set(name, { skip: reason });
  for (const [name, text] of Object.entries(errors)) results.set(name, { fail: text });
  const expected = new Map(Object.entries(told).map(([name, tell]) => [host.tid(tell.tid), { name, ...tell }]));
  for (const { name } of expected.values()) results.set(name, NOT_YET_RIGHT);
  const wrong = new Map<string, Result>();
  const ms = cases.length === 0 ? WAKING_MS : WAKING_ALONE_MS;
  const flagged = new Set<number>();
  const isEnough = () => ![...results.values()].includes(NOT_YET_RIGHT);
  const statistics = await sampleFor(host.pid, { ms, isEnough }, ({ tid, stack, interpreter = 0 }) => {
    const tell = expected.get(tid);
    if (tell === undefined) return;
    const { flaw } = stack.proof;
    if (flaw !== null && !(CUT.includes(tell.name) && flaw === "truncated")) return void flagged.add(tid);
    const differ = framesDiffer(stack.frames, tell.frames);
    const isRight = differ === null && interpreter === (tell.interpreter ?? 0);
    // It says that it is ready just before it is.
    if (isRight && !wrong.has(tell.name)) results.set(tell.name, null);
    else if (results.get(tell.name) === null) {
      wrong.set(tell.name, { fail: differ ?? `interpreter ${interpreter}` });
    }
  });
  for (const [name, result] of wrong) results.set(name, result);
  const cut = [...expected.values()].some(({ name }) => CUT.includes(name));
  if (!cut) assertProved(statistics, `${interpreter.name} ${cases}, waking`);
  return results;
}

async function sampleRunning(interpreter: Interpreter): Promise<Map<string, Result>> {
  await using host = await Host.start(interpreter, "host.py", ["loop"]);
  const possible = new PossibleStacks(host);
  const { cases }: { cases: readonly string[] } = JSON.parse(host.ready);
  const results = new Map<string, Result>(cases.map((name) => [name, NOT_SEEN]));
  const wrong = new Map<string, string>();
  const isEnough = () => ![...results.values()].includes(NOT_SEEN);
  const statistics = await sampleFor(host.pid, { ms: RUNNING_MS, isEnough }, ({ tid, stack }) => {
    if (tid !== host.pid || stack.proof.flaw !== null) return;
    const name = caseOf(stack);
    if (name !== null && !wrong.has(name)) results.set(name, null);
    try {
      possible.check(stack);
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error;
      wrong.set(name ?? "host", error.message);
      results.set(name ?? "host", { fail: error.message });
    }
  });
  assertProved(statistics, `${interpreter.name}, running`);
  return results;
}

/** The case whose program the stack is in. */
function caseOf({ frames }: Stack): string | null {
  for (const frame of frames) {
    const name = frame.kind === "python" ? frame.file.match(/\/programs\/(\w+)\.py$/)?.[1] : undefined;
    if (name !== undefined) return name;
  }
  return null;
}

/** Samples a process for so long, and on until it is enough. */
export async function sampleFor(
  pid: number,
  { ms, isEnough }: { ms: number; isEnough: (samples: number) => boolean },
  look: (sample: Sample) => void,
): Promise<Statistics> {
  await using run = await attach(pid, OPTIONS);
  const start = performance.now();
  let samples = 0;
  const timer = setInterval(() => {
    const elapsed = performance.now() - start;
    const isOver = elapsed >= ms && samples >= SAMPLES_MIN && isEnough(samples);
    if (isOver || elapsed >= LONGEST_MS) run.stop();
  }, LOOK_MS);
  try {
    for await (const batch of run.batches()) {
      samples += batch.length;
      batch.forEach(look);
    }
  } finally {
    clearInterval(timer);
  }
  return run.statistics;
}

type Flags = Pick<Statistics, "samples" | "proved" | "torn" | "unmatched" | "truncated" | "blocked">;

/** Fails if more samples are flagged than CPython's own half-built frames account for. */
export function assertProved(statistics: Flags, what: string): void {
  const { samples, proved } = statistics;
  assert.ok(samples >= SAMPLES_MIN, `${what}: ${samples} samples`);
  const flagged = samples - proved;
  if (flagged > TORN_SHOWN) console.log(`${what}: ${flagged} of ${samples} flagged`, shares(statistics));
  assert.ok(flagged <= Math.max(FLAGGED_ALLOWED, samples * FLAGGED_MAX), `${what}: ${JSON.stringify(statistics)}`);
}

function shares({ torn, unmatched, truncated, blocked }: Flags): string {
  return JSON.stringify({ torn, unmatched, truncated, blocked });
}
