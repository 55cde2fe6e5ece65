/**
 * tests/fixtures/steady.py under test: whether it goes on, and whether what it has computed is right.
 * @module
 */

import assert from "node:assert/strict";
import type { Target } from "./target.ts";

const PRIME = 2n ** 61n - 1n;
/** A turn of each thread is a hundred steps. */
const TURNS = 400;

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

/** Waits until each thread has gone on. */
export async function assertGoesOn(target: Target): Promise<void> {
  const before = await progress(target);
  for (let now = before; now < before + TURNS;) now = await progress(target);
}

/** Ends it, and claims that each of its threads has computed what it had to. */
export async function assertRight(target: Target, threads: number): Promise<void> {
  await target.send("end");
  // The numbers are too large for JSON.parse.
  const chains = Array.from((await target.line()).matchAll(/\[(\d+), (\d+)\]/g), ([, ...words]) => words.map(BigInt));
  assert.equal(chains.length, threads);
  for (const [steps, number] of chains) assert.equal(number, power(steps), `after ${steps} steps`);
  assert.equal((await target.end()).code, 0);
}
