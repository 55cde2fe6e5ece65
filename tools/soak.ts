/**
 * Samples a busy program for an hour at 1 ms and says what became of memory and time.
 *
 *     deno task soak [MINUTES]      by default 60
 *
 * Exits with 1 if the profiler's memory grew by more than 32 MiB or a tenth from the second to the last quarter, or if a
 * thread that lived throughout has more or less than 99 to 101 % of the time.
 * @module
 */

import { soak } from "../tests/faults/soak.ts";
import { TYPICAL } from "../tests/support/typical_pythons.ts";

const GROWTH_MIB = 32;
const GROWTH_SHARE = 0.1;
const TIME_SHARE = 0.01;

async function main([minutes = "60"]: readonly string[]): Promise<number> {
  const python = TYPICAL[0];
  if (python === undefined) throw new Error("No supported Python was found");
  const { samples, threads, early, late, shares, closing } = await soak(python, Number(minutes) * 60);
  const percent = (share: number) => `${(share * 100).toFixed(2)} %`;
  console.log(`CPython ${python.name}, ${minutes} minutes: ${samples} samples of ${threads} threads`);
  console.log(`memory: ${early.toFixed(0)} MiB in the second quarter, ${late.toFixed(0)} MiB in the last`);
  console.log(`time of the threads that lasted: ${shares.map(percent).join(", ")}`);
  console.log(Object.entries(closing).map(([key, value]) => `${key} ${value}`).join(", "));
  const leaks = late - early > Math.max(GROWTH_MIB, early * GROWTH_SHARE);
  const drifts = shares.some((share) => Math.abs(share - 1) > TIME_SHARE);
  if (leaks) console.log("its memory grows");
  if (drifts) console.log("time is lost, or counted twice");
  return leaks || drifts ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
