/**
 * The memory that this process holds outside of V8's heap: malloc(3).
 * @module
 */

import { loadShim } from "./library.ts";

const SYMBOLS = {
  // void heap_give_back(void)
  heap_give_back: { parameters: [], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** Has memory given back to the system once it is freed, and what was kept of that until now. */
export function giveBackFreed(): void {
  loadShim(SYMBOLS).heap_give_back();
}
