/**
 * What is constant about an activation's native frame: how far its marker lies below its CFA. It is the same for all
 * activations of a binary, and is learnt from a stack that proved itself. Then a marker tells where a frame ends even
 * where the frames inside it could not be followed.
 * @module
 */

import { type Address, type ByteCount, NATIVE_FLAG, type NativeStack } from "../types.ts";

/** An activation's marker in the native frame that holds it. */
export interface Anchor {
  /** Number of the native frame. */
  readonly frame: number;
  /** CFA minus marker. */
  readonly distance: ByteCount;
}

/**
 * The anchor that a stack shows, from its frames that unwind by CFI; `addresses` are the markers, in any order.
 *
 * @returns null if it shows none, or the activations differ.
 */
export function anchorOf(native: NativeStack, addresses: readonly Address[]): Anchor | null {
  let anchor: Anchor | null = null;
  const end = firstGuess(native);
  let frame = 0;
  for (const address of addresses.toSorted((a, b) => a - b)) {
    while (frame + 1 < end && address >= native.sp(frame + 1)) frame++;
    if (frame + 1 >= end) break;
    if (address < native.sp(frame)) continue;
    const distance = native.sp(frame + 1) - address;
    if (anchor !== null && anchor.distance !== distance) return null;
    anchor ??= { frame, distance };
  }
  return anchor;
}

/** The first frame that was not reached by CFI, or one past the last. */
function firstGuess(native: NativeStack): number {
  for (let i = 0; i < native.count; i++) if (native.flags(i) & NATIVE_FLAG.Guessed) return i;
  return native.count;
}
