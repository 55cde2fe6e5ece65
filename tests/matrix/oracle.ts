/**
 * Shares of time: a program measures what it spends in each of its functions, and the samples must say the same.
 * @module
 */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import { Host } from "./host.ts";
import type { Interpreter } from "./interpreters.ts";
import type { Table } from "./table.ts";

const SECONDS = 1;
const CASE = "time_shares";
/**
 * Standard errors of a share that a sample count may be off: 9 shares in some 16 runs are 144 draws, of which a wrong
 * one beyond 4.5 comes once in a thousand test runs.
 */
const ERRORS_MAX = 4.5;
/** Samples are a grid in time and so is the program: shares of some milliseconds in a turn of 36 may be off by this. */
const GRID = 0.02;

/** Runs it with an interpreter. @throws where the samples tell other shares than the program. */
export async function testShares(interpreter: Interpreter, table: Table): Promise<void> {
  await using host = await Host.start(interpreter, "oracle.py", [`${SECONDS}`]);
  await using run = await attach(host.pid, {
    interval: 1000,
    kernel: false,
    timeout: 1_000_000,
    skipIdle: true,
    gc: false,
    memory: false,
  });
  const times = new Map<string, number>();
  let total = 0;
  let squares = 0;
  const measured: Promise<Record<string, number>> = host.line().then((line) => JSON.parse(line!)).finally(() => {
    run.stop();
  });
  for await (const batch of run.batches()) {
    for (const { stack, time } of batch) {
      const names = new Set(stack.frames.map((frame) => frame.kind === "python" ? frame.function : ""));
      for (const name of names) times.set(name, (times.get(name) ?? 0) + time);
      total += time;
      squares += time ** 2;
    }
  }
  const spent = await measured;
  // A sample that comes late stands for more time: as many samples of equal weight would be as good.
  const count = Math.round(total ** 2 / squares);
  table.set(interpreter.name, CASE, "sampling", { fail: "see the test" });
  for (const [name, seconds] of Object.entries(spent)) {
    if (name === "all") continue;
    const share = seconds / spent.all;
    const seen = (times.get(name) ?? 0) / total;
    const margin = GRID + ERRORS_MAX * Math.sqrt(share * (1 - share) / count);
    const text = `${name}: ${(seen * 100).toFixed(1)} % of ${count} samples, ${(share * 100).toFixed(1)} % measured`;
    assert.ok(Math.abs(seen - share) <= margin, text);
  }
  table.set(interpreter.name, CASE, "sampling", null);
}
