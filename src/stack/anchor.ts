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
 * The anchor that a stack shows, from its frames that unwind by CFI; `addresses` are the markers.
 *
 * @returns null if it shows none, or the activations differ.
 */
export function anchorOf(native: NativeStack, addresses: readonly Address[]): Anchor | null {
  let anchor: Anchor | null = null;
  const end = firstGuess(native);
  for (const address of addresses) {
    const frame = frameOf(native, address, end);
    if (frame < 0) continue;
    const distance = native.sp(frame + 1) - address;
    if (anchor !== null && anchor.distance !== distance) return null;
    anchor ??= { frame, distance };
  }
  return anchor;
}

/** The frame that holds an address, among those before `end` whose CFA is known; -1 without one. */
function frameOf(native: NativeStack, address: Address, end: number): number {
  for (let i = 0; i + 1 < end; i++) {
    if (address >= native.sp(i) && address < native.sp(i + 1)) return i;
  }
  return -1;
}

/** The first frame that was not reached by CFI, or one past the last. */
function firstGuess(native: NativeStack): number {
  for (let i = 0; i < native.count; i++) if (native.flags(i) & NATIVE_FLAG.Guessed) return i;
  return native.count;
}
