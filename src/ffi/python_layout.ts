/**
 * The table of offsets that tells the shim which Python memory to copy: `struct python_layout` of csrc/shim.h.
 * @module
 */

import type { Address, ByteCount } from "../types.ts";

/** An object with a length that a code object points to: a string or a line table. */
export interface BlobLayout {
  /** Offset of the pointer in the code object. */
  readonly pointer: ByteCount;
  /** Offset of the 64-bit length in the object. */
  readonly length: ByteCount;
  readonly headerSize: ByteCount;
  /** Bytes for each unit of length. */
  readonly scale: number;
}

/** Offsets in bytes; null where this CPython has no such field. */
export interface PythonLayout {
  /** Address of the pointer to the first interpreter state. */
  readonly interpretersHead: Address;
  readonly interpNext: ByteCount;
  readonly interpThreadsHead: ByteCount;
  readonly interpId: ByteCount | null;
  readonly threadSize: ByteCount;
  readonly threadNext: ByteCount;
  readonly threadInterp: ByteCount;
  /** Of the thread's `pthread_self()`. */
  readonly threadId: ByteCount;
  /** Of its thread id in its own pid namespace. */
  readonly threadNativeId: ByteCount | null;
  /** Where the C library keeps that, from `pthread_self()` on. */
  readonly descriptorTid: ByteCount | null;
  readonly threadFrame: ByteCount | null;
  readonly threadCframe: ByteCount | null;
  readonly cframeFrame: ByteCount | null;
  readonly cframePrevious: ByteCount | null;
  readonly frameSize: ByteCount;
  readonly framePrevious: ByteCount;
  readonly frameCode: ByteCount;
  /** Of 32 bits that change with the instruction that runs. */
  readonly frameInstruction: ByteCount;
  /** With cframes: whether the outermost frame of every chain lies on the native stack. */
  readonly chainEndsOnStack: boolean;
  /** Low bits of the code pointer that are tags. */
  readonly codeTagMask: number;
  readonly codeSize: ByteCount;
  /**
   * The part of a code object that tells it from all others, ever: its first byte and its size. Size 0 where none does:
   * then its contents are copied every time.
   */
  readonly codeKey: ByteCount;
  readonly codeKeySize: ByteCount;
  /** At most four. */
  readonly blobs: readonly BlobLayout[];
  /** Addresses of words that are copied with each stack; at most three. */
  readonly watched: readonly Address[];
  /** Offsets in the interpreter state of words that are; at most two. */
  readonly interpWatched: readonly ByteCount[];
  /** Offset there of a pointer to a structure that is. */
  readonly interpLock: ByteCount | null;
  readonly lockSize: ByteCount;
}

const OFFSET_NONE = 0xffffffff;
const BLOBS = 4;
const WATCHED = 3;
const INTERP_WATCHED = 2;
/** Where the fields of 32 bits begin. */
const OFFSETS_START = 8 + WATCHED * 8;

/** Size of `struct python_layout` in bytes. */
export const PYTHON_LAYOUT_SIZE = OFFSETS_START + 4 * (22 + INTERP_WATCHED + 2) + BLOBS * 16;

/** Writes the bytes of `struct python_layout`. */
export function encodePythonLayout(layout: PythonLayout): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(PYTHON_LAYOUT_SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(layout.interpretersHead), true);
  layout.watched.forEach((address, i) => view.setBigUint64(8 + 8 * i, BigInt(address), true));
  const words: (number | null)[] = [
    layout.interpNext,
    layout.interpThreadsHead,
    layout.interpId,
    layout.threadSize,
    layout.threadNext,
    layout.threadInterp,
    layout.threadId,
    layout.threadNativeId,
    layout.descriptorTid,
    layout.threadFrame,
    layout.threadCframe,
    layout.cframeFrame,
    layout.cframePrevious,
    layout.frameSize,
    layout.framePrevious,
    layout.frameCode,
    layout.frameInstruction,
    Number(layout.chainEndsOnStack),
    layout.codeTagMask,
    layout.codeSize,
    layout.codeKey,
    layout.codeKeySize,
    ...Array.from({ length: INTERP_WATCHED }, (_, i) => layout.interpWatched[i] ?? null),
    layout.interpLock,
    layout.lockSize,
  ];
  for (let i = 0; i < BLOBS; i++) {
    const blob = layout.blobs[i];
    words.push(blob?.pointer ?? null, blob?.length ?? null, blob?.headerSize ?? 0, blob?.scale ?? 0);
  }
  words.forEach((word, i) => view.setUint32(OFFSETS_START + 4 * i, word ?? OFFSET_NONE, true));
  return bytes;
}
