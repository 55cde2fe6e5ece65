/** A profiler that dies by SIGKILL in the middle of sampling leaves a target that runs on as if nothing had been. */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { assertUntouched } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import { Target } from "../support/target.ts";
import { TYPICAL } from "../support/typical_pythons.ts";

const KILLS = 50;
/** Longer than a tick, so that every part of one is hit. */
const LONGEST_DELAY_MS = 20;

const PRIME = 2n ** 61n - 1n;

/** 5 ** exponent modulo PRIME. */
function power(exponent: bigint): bigint {
  let result = 1n;
  for (let base = 5n; exponent > 0n; exponent /= 2n, base = base * base % PRIME) {
    if (exponent % 2n === 1n) result = result * base % PRIME;
  }
  return result;
}

async function progress(target: Target): Promise<number> {
  await target.send("count");
  return Number(await target.line());
}

async function killOften(target: Target): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await using profiler = await Profiler.attach(target.pid, kill % 2 === 0 ? ["-k"] : []);
    await delay(Math.random() * LONGEST_DELAY_MS);
    profiler.signal("SIGKILL");
    const { signal } = await profiler.end();
    assert.equal(signal, "SIGKILL", "it had ended before");
    assertUntouched(target.pid);
    const before = await progress(target);
    // A turn of each thread is a hundred steps.
    for (let now = before; now < before + 400;) now = await progress(target);
  }
}

const python = TYPICAL[0];
Deno.test({
  name: `SIGKILL of the profiler, ${KILLS} times, harms no target: ${python?.name ?? "(skipped: no supported Python)"}`,
  ignore: python === undefined,
  async fn() {
    await using target = await Target.start(python, "steady.py", { args: ["3"] });
    await killOften(target);
    await target.send("end");
    // The numbers are too large for JSON.parse.
    const chains = Array.from((await target.line()).matchAll(/\[(\d+), (\d+)\]/g), ([, ...words]) => words.map(BigInt));
    assert.equal(chains.length, 3);
    for (const [steps, number] of chains) assert.equal(number, power(steps), `after ${steps} steps`);
    assert.equal((await target.end()).code, 0);
  },
});
