/**
 * What MOJO's reader and its writer have in common; the format is described in `src/output/mojo.ts`.
 * @module
 */

/** What a file begins with, before the number of the version. */
export const MAGIC = "MOJ";

/** Whether what begins with these bytes, as many as `MAGIC` has or more, is MOJO. */
export function isMojo(bytes: Uint8Array): boolean {
  return [...MAGIC].every((letter, i) => bytes[i] === letter.charCodeAt(0));
}

/** The byte that each kind of event begins with. 12, 14 and 15 are read and never written. */
export const EVENT = {
  metadata: 1,
  stack: 2,
  frame: 3,
  frameInvalid: 4,
  frameRef: 5,
  frameKernel: 6,
  gc: 7,
  idle: 8,
  metricTime: 9,
  metricMemory: 10,
  string: 11,
  stringRef: 12,
  stackRepeat: 13,
  taskStack: 14,
  taskWaiter: 15,
} as const;

/** The number of the name that is never defined: `<unknown>`. */
export const UNKNOWN_REF = 1;
