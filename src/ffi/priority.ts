/**
 * How soon the thread that runs this gets a CPU: its niceness, setpriority(2).
 * @module
 */

import { loadShim } from "./library.ts";

const SYMBOLS = {
  // int32_t thread_renice(int32_t by, int32_t *changed): 0 or -errno
  thread_renice: { parameters: ["i32", "buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * Changes the niceness of the calling thread by `by`: below 0, it gets more of the CPUs than others. Threads and processes
 * that it starts inherit it. Returns by how much it changed: 0 where it may not.
 */
export function renice(by: number): number {
  const changed = new Int32Array(1);
  const result = loadShim(SYMBOLS).thread_renice(by, new Uint8Array(changed.buffer));
  return result < 0 ? 0 : changed[0];
}
