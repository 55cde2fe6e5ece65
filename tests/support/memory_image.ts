/**
 * Memory made by hand, a structure at a time:
 *
 * ```ts
 * const memory = image().struct(0x1000, { 0: 0x2000, 8: 1 }).bytes(0x2000, "text");
 * memory.capture()(0x1000, into);
 * ```
 *
 * Pages that nothing was written to cannot be read; the rest of a page that was is zero.
 * @module
 */

import type { Address, ByteCount, ReadMemory } from "../../src/types.ts";

const PAGE_SIZE = 4096;

/** A size in bytes of a number in memory. */
export type Width = 1 | 2 | 4 | 8;

/** Empty memory. */
export function image(): MemoryImage {
  return new MemoryImage();
}

/** Pages of memory, made as they are written to. */
export class MemoryImage {
  readonly #pages = new Map<Address, Uint8Array<ArrayBuffer>>();

  /** Writes 64-bit words at offsets from `address`. */
  struct(address: Address, words: Readonly<Record<number, number | bigint>>): this {
    for (const [offset, word] of Object.entries(words)) this.number(address + Number(offset), word);
    return this;
  }

  /** Writes a number, little-endian; a negative one as its two's complement. */
  number(address: Address, value: number | bigint, width: Width = 8): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (let i = 0; i < width; i++, rest >>= 8n) this.#write(address + i, Number(rest & 0xffn));
    return this;
  }

  /** Writes bytes, or the characters of a string as bytes. */
  bytes(address: Address, bytes: Uint8Array | string): this {
    const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    all.forEach((byte, i) => this.#write(address + i, byte));
    return this;
  }

  /** Makes memory readable that is all zero. */
  reserve(address: Address, size: ByteCount): this {
    for (let at = pageOf(address); at < address + size; at += PAGE_SIZE) this.#page(at);
    return this;
  }

  /** Makes a page unreadable. */
  forget(address: Address): this {
    this.#pages.delete(pageOf(address));
    return this;
  }

  /** What a capture of it reads, from now on; each capture has its own. */
  capture(): ReadMemory {
    return (address, into) => {
      for (let i = 0; i < into.length;) {
        const at = address + i;
        const page = this.#pages.get(pageOf(at));
        if (page === undefined) return false;
        const part = page.subarray(at - pageOf(at), at - pageOf(at) + into.length - i);
        into.set(part, i);
        i += part.length;
      }
      return true;
    };
  }

  /** The readable pages, ascending. */
  get pages(): [Address, Uint8Array<ArrayBuffer>][] {
    return [...this.#pages].sort(([a], [b]) => a - b);
  }

  #write(address: Address, byte: number): void {
    this.#page(pageOf(address))[address - pageOf(address)] = byte;
  }

  #page(address: Address): Uint8Array<ArrayBuffer> {
    const page = this.#pages.get(address) ?? new Uint8Array(PAGE_SIZE);
    this.#pages.set(address, page);
    return page;
  }
}

function pageOf(address: Address): Address {
  return address - address % PAGE_SIZE;
}
