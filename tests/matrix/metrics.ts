/**
 * Garbage collection and memory: a program says how long it collects and by how much it grows and shrinks, and the
 * samples must say the same, of the right thread and in the right functions.
 * @module
 */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import type { Sample } from "../../src/types.ts";
import { Host } from "./host.ts";
import type { Interpreter } from "./interpreters.ts";
import type { Table } from "./table.ts";

const SECONDS = 1;
const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: true, memory: true };
const GC_CASE = "garbage collection";
const MEMORY_CASE = "memory";
/** As in oracle.ts: the samples begin and end somewhere in a turn of some 40 ms, of which a third is the collector's. */
const GRID = 0.02;
const ERRORS_MAX = 4.5;
/** What the program holds besides, and how the kernel counts: by up to 32 pages for each CPU. */
const MEMORY_MARGIN = 12 << 20;

/** Runs it with an interpreter. @throws where the samples tell something else than the program. */
export async function testMetrics(interpreter: Interpreter, table: Table): Promise<void> {
  for (const name of [GC_CASE, MEMORY_CASE]) table.set(interpreter.name, name, "sampling", { fail: "see the test" });
  await using host = await Host.start(interpreter, "measure.py", [`${SECONDS}`]);
  await using run = await attach(host.pid, OPTIONS);
  const told: Promise<{ collecting: number; growth: number }> = host.line().then((line) => JSON.parse(line!))
    .finally(() => run.stop());
  const samples: Sample[] = [];
  for await (const batch of run.batches()) samples.push(...batch);
  const { collecting, growth } = await told;
  checkCollection(samples.filter(({ tid }) => tid === host.pid), collecting);
  assert.ok(samples.every(({ tid, gc }) => tid === host.pid || !gc), "another thread is marked");
  const marked = timeOf(samples.filter(({ gc }) => gc));
  assert.ok(Math.abs(run.statistics.gc! - marked) < 1, `statistics say ${run.statistics.gc} of ${marked} us`);
  table.set(interpreter.name, GC_CASE, "sampling", null);
  checkMemory(samples, growth);
  table.set(interpreter.name, MEMORY_CASE, "sampling", null);
}

function checkCollection(samples: readonly Sample[], collecting: number): void {
  // Where a stack did not prove it may lack frames.
  for (const { gc, stack } of samples) {
    if (gc && stack.proof.flaw === null) assert.ok(isIn(stack, "collecting"), JSON.stringify(stack.frames));
  }
  const total = timeOf(samples);
  const share = timeOf(samples.filter(({ gc }) => gc)) / total;
  const count = Math.round(total ** 2 / samples.reduce((sum, { time }) => sum + time ** 2, 0));
  const margin = GRID + ERRORS_MAX * Math.sqrt(collecting * (1 - collecting) / count);
  const text = `${(share * 100).toFixed(1)} % of ${count} samples marked, ${(collecting * 100).toFixed(1)} % measured`;
  assert.ok(Math.abs(share - collecting) <= margin, text);
}

/** What samples have been given so far is what the process has grown by: never more than it can, and never less. */
function checkMemory(samples: readonly Sample[], growth: number): void {
  let sum = 0;
  let [lowest, highest, up, down] = [0, 0, 0, 0];
  for (const { memory } of samples) {
    sum += memory;
    lowest = Math.min(lowest, sum);
    highest = Math.max(highest, sum);
    if (memory > 0) up += memory;
    else down -= memory;
  }
  const text = JSON.stringify({ lowest, highest, up, down, growth });
  assert.ok(Math.abs(highest - lowest - growth) <= MEMORY_MARGIN, text);
  assert.ok(Math.abs(up - down) <= growth + MEMORY_MARGIN, text);
  // A busy machine may leave it few turns; it begins and ends somewhere in one.
  assert.ok(up >= growth - MEMORY_MARGIN && down >= growth - MEMORY_MARGIN, text);
}

function isIn({ frames }: Sample["stack"], name: string): boolean {
  return frames.some((frame) => frame.kind === "python" && frame.function === name);
}

function timeOf(samples: readonly Sample[]): number {
  return samples.reduce((total, { time }) => total + time, 0);
}
