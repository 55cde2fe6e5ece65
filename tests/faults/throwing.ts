/**
 * Samples a process as a library and throws in the middle of it; in the loop (`loop`), where the process must be free by
 * the time the error arrives, or out of it (`timer`), where nobody catches it.
 *
 *     deno run -A throwing.ts PID loop|timer
 * @module
 */

import { sample } from "../../mod.ts";
import { tasksOf } from "../support/proc.ts";

const ENOUGH = 20;
const [pid, where] = [Number(Deno.args[0]), Deno.args[1]];
let samples = 0;
try {
  for await (const _ of sample(pid, { interval: 1000 })) {
    if (++samples < ENOUGH) continue;
    if (where === "timer") setTimeout(() => Promise.reject(new Error("thrown in a timer")));
    else throw new Error("thrown in the loop");
  }
} catch (error) {
  const traced = tasksOf(pid).filter(({ tracer }) => tracer !== 0);
  console.log(`${(error as Error).message}, ${traced.length} threads traced`);
}
