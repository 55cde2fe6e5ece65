/** A pool of busy processes, more than there are CPUs: all that is sampled is written, in bounded memory. */

import assert from "node:assert/strict";
import { startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { parseCollapsed } from "../support/collapsed.ts";
import { readMojo } from "../support/mojo.ts";
import { testOnePython } from "../support/typical_pythons.ts";

const POOL = new URL("../../bench/pool.py", import.meta.url).pathname;
const WORKERS = 8;
const SECONDS = 5;
/** What may wait of all processes, and as much again for all else, twice over. */
const RESIDENT_MAX = 512 << 20;

testOnePython("-b -C writes all samples of a busy pool, and says what was dropped", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("pool.mojo");
  const command = [python.path, POOL, `${WORKERS}`, "busy", `${SECONDS}`];
  await using run = startAustinp(["-bCi1ms", "-o", file, ...command]);
  const peak = peakOf(run.pid, run.outcome);
  const { code, stderr } = await run.outcome;
  assert.equal(code, 0, stderr);
  assert.ok(await peak < RESIDENT_MAX, `${await peak} bytes in memory`);

  const { samples, metadata } = readMojo(await Deno.readFile(file));
  const duration = Number(new Map(metadata).get("duration"));
  assert.ok(duration >= SECONDS * 1_000_000 / 2, `the run took ${duration} us`);
  // One that took no time weighs nothing, and is left out.
  const given = Number(figure(stderr, "Samples"));
  assert.ok(samples.length <= given && samples.length >= given * 0.99, `${samples.length} written of ${given}`);
  assert.match(stderr, /^Dropped +\d+( \(the reader of the samples was too slow\))?$/m);

  const text = parseCollapsed(`\n${samples.map((line) => `${line}\n`).join("")}\n\n`);
  const sums = new Map<number, Map<number, number>>();
  for (const { pid, tid, time } of text.samples) {
    const threads = sums.get(pid) ?? new Map<number, number>();
    sums.set(pid, threads.set(tid, (threads.get(tid) ?? 0) + time));
  }
  // The first one's is the version in the head.
  const joined = [...stderr.matchAll(/^Process (\d+): Python /gm)].map((match) => Number(match[1]));
  assert.ok(joined.length >= 1, stderr);
  assert.ok(joined.every((pid) => sums.has(pid)), `${joined} joined, ${[...sums.keys()]} have samples`);
  assert.ok(sums.size <= WORKERS + 1);
  for (const [pid, threads] of sums) {
    for (const [tid, sum] of threads) assert.ok(sum <= duration * 1.01, `${pid} ${tid}: ${sum} of ${duration} us`);
  }
});

/** A figure of the statistics. */
function figure(stderr: string, name: string): string {
  return stderr.match(new RegExp(`^${name} +(\\d+)`, "m"))?.[1] ?? `no ${name} in ${stderr}`;
}

/** The most that a process has had in memory, as long as it could be asked. */
async function peakOf(pid: number, end: Promise<unknown>): Promise<number> {
  let peak = 0;
  let hasEnded = false;
  const ended = end.then(() => hasEnded = true);
  while (!hasEnded) {
    try {
      const text = await Deno.readTextFile(`/proc/${pid}/status`);
      peak = Math.max(peak, Number(text.match(/^VmHWM:\s+(\d+)/m)?.[1] ?? 0) * 1024);
    } catch {
      break; // it has just ended
    }
    const pause = Promise.withResolvers<void>();
    const timer = setTimeout(pause.resolve, 250);
    await Promise.race([pause.promise, ended]);
    clearTimeout(timer);
  }
  return peak;
}
