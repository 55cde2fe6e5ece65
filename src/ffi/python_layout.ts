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
  /** Bytes for each unit of length; or where the object tells that. */
  readonly unit: ByteCount | BlobUnit;
}

/** The unit is in three bits of a word of 32 bits, as in a `str`. */
export interface BlobUnit {
  /** Offset of the word in the object. */
  readonly word: ByteCount;
  /** The lowest of the three bits. */
  readonly bit: number;
  /** Where this bit is 1, the header is only `shortHeaderSize`. */
  readonly shortBit: number;
  readonly shortHeaderSize: ByteCount;
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
  /** The part of a code object that says what it is: its first byte and its size. */
  readonly codeKey: ByteCount;
  readonly codeKeySize: ByteCount;
  /** Whether that alone tells it from all others, ever. Else its contents are looked at every time. */
  readonly codeKeyIsUnique: boolean;
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
const BLOB_SIZE = 32;
const WATCHED = 3;
const INTERP_WATCHED = 2;
/** Where the fields of 32 bits begin. */
const OFFSETS_START = 8 + WATCHED * 8;

/** Size of `struct python_layout` in bytes: a multiple of 8. */
export const PYTHON_LAYOUT_SIZE = Math.ceil((OFFSETS_START + 4 * (23 + INTERP_WATCHED + 2) + BLOBS * BLOB_SIZE) / 8) *
  8;

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
    Number(layout.codeKeyIsUnique),
    ...Array.from({ length: INTERP_WATCHED }, (_, i) => layout.interpWatched[i] ?? null),
    layout.interpLock,
    layout.lockSize,
  ];
  for (let i = 0; i < BLOBS; i++) {
    words.push(...blobWords(layout.blobs[i]));
  }
  words.forEach((word, i) => view.setUint32(OFFSETS_START + 4 * i, word ?? OFFSET_NONE, true));
  return bytes;
}

function blobWords(blob: BlobLayout | undefined): (number | null)[] {
  if (blob === undefined) return [null, null, 0, 0, 0, 0, 0, 0];
  const { pointer, length, headerSize, unit } = blob;
  if (typeof unit === "number") return [pointer, length, headerSize, unit, 0, 0, 0, 0];
  return [pointer, length, headerSize, 0, unit.word, unit.bit, unit.shortBit, unit.shortHeaderSize];
}
