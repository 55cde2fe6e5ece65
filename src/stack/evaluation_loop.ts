/**
 * Which native frames run CPython's evaluation loop, by name.
 * @module
 */

import type { MarkFrame, NativeFrame } from "../types.ts";

/** Whether a frame is the function `name`. Compilers append to names: `.cold`, `.constprop.0`, `.lto_priv.0`. */
export function isEvaluationLoop(frame: NativeFrame | MarkFrame | undefined, name: string): boolean {
  return frame?.kind === "native" && (frame.symbol === name || frame.symbol.startsWith(`${name}.`));
}
