/**
 * A stack of Python frames alone, of a thread that was not stopped.
 *
 * In: the stacks of its thread states, innermost first. Out: one, outermost first; a mark where they were torn.
 * @module
 */

import type { Activation, PythonStack, Stack } from "../types.ts";

/** Joins the stacks of one thread's thread states, newest interpreter first; null if they changed while they were copied. */
export function pythonOnly(threads: readonly PythonStack[] | null): Stack {
  if (threads === null || threads.some(({ torn }) => torn)) {
    return { frames: [{ kind: "mark", mark: "invalid" }], proof: { expected: 0, matched: 0, flaw: "torn" } };
  }
  const activations = threads.flatMap((stack) => stack.activations);
  const hasMarkers = activations.every(({ marker }) => marker !== null);
  // Markers lie on one stack, so that they tell which interpreter runs inside which.
  const ordered: readonly Activation[] = hasMarkers
    ? activations.toSorted((a, b) => a.marker! - b.marker!)
    : activations;
  const frames = ordered.flatMap((activation) => activation.frames).reverse();
  return { frames, proof: { expected: activations.length, matched: activations.length, flaw: null } };
}
