/**
 * Numbers and CPython's own objects, read from memory that may hold anything.
 * @module
 */

import { type Address, ADDRESS_LIMIT, type ByteCount, type ReadMemory } from "../types.ts";

const HIGH_WORD = 2 ** 32;
const PAGE_SIZE = 4096;

/** A copy of one structure; fields are read by offset. */
export class StructReader {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;

  /** Makes room for a structure of `size` bytes. */
  constructor(size: ByteCount) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Fills it from `address`; false if that cannot be read. */
  load(read: ReadMemory, address: Address): boolean {
    return isAddress(address) && read(address, this.bytes);
  }

  /** An unsigned 64-bit word, exact below 2^53. */
  word(offset: ByteCount): number {
    return this.#view.getUint32(offset, true) + this.#view.getUint32(offset + 4, true) * HIGH_WORD;
  }

  /** A signed 32-bit number. */
  i32(offset: ByteCount): number {
    return this.#view.getInt32(offset, true);
  }

  /** An unsigned 32-bit number. */
  u32(offset: ByteCount): number {
    return this.#view.getUint32(offset, true);
  }

  /** An unsigned byte. */
  u8(offset: ByteCount): number {
    return this.bytes[offset];
  }
}

/** Whether a word can be an address of user space at all. */
export function isAddress(word: number): boolean {
  return word >= PAGE_SIZE && word < ADDRESS_LIMIT;
}

/** `size` bytes at `address`, or null. */
export function readBytes(read: ReadMemory, address: Address, size: ByteCount): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(size);
  return isAddress(address) && read(address, bytes) ? bytes : null;
}

/** The 64-bit word at `address`, or null. */
export function readWord(read: ReadMemory, address: Address): number | null {
  const bytes = readBytes(read, address, 8);
  if (bytes === null) return null;
  const view = new DataView(bytes.buffer);
  return view.getUint32(0, true) + view.getUint32(4, true) * HIGH_WORD;
}

/** The 32-bit number at `address`, or null. */
export function readU32(read: ReadMemory, address: Address): number | null {
  const bytes = readBytes(read, address, 4);
  return bytes === null ? null : new DataView(bytes.buffer).getUint32(0, true);
}
