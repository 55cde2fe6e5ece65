/**
 * The beginning of a look at a family of processes: waiting until one of them is Python.
 * @module
 */

import { NoPythonFamilyError } from "../errors.ts";
import { delay } from "../std/async.ts";
import type { Microseconds } from "../types.ts";
import type { Descendants } from "./descendants.ts";

/** How to wait. */
export interface GatherOptions {
  /** How long. */
  readonly timeout: Microseconds;
  /** Told where there are only children to look at. */
  readonly warn?: (message: string) => void;
}

/**
 * Looks until the first process has an interpreter, or one of the others has and the first is not about to start one.
 *
 * @throws {NoPythonFamilyError} if none is Python when the time is over, or all have ended
 * @throws {PermissionError} @throws {UnsupportedVersionError} of the first process, if no other is Python
 */
export async function gather(descendants: Descendants, { timeout, warn }: GatherOptions): Promise<void> {
  const deadline = performance.now() + timeout / 1000;
  for (;;) {
    descendants.step();
    const { root, foundCount, living } = descendants;
    if (root === "found") return;
    if (foundCount > 0 && root !== "starting") break;
    const left = deadline - performance.now();
    if (left <= 0 || living === 0 || (living === 1 && root === "failed")) break;
    await delay(Math.min(descendants.pause, left));
  }
  const { pid, foundCount, refusal } = descendants;
  if (foundCount === 0) {
    throw refusal ?? new NoPythonFamilyError(pid, "no CPython is mapped in it, nor in any process that it has started");
  }
  warn?.(refusal?.message ?? `Process ${pid} is not a Python process; only its children are sampled`);
}
