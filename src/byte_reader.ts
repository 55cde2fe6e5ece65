/**
 * A bounds-checked cursor over little-endian bytes: ELF headers, capture records, line tables.
 * @module
 */

import type { ByteCount } from "./types.ts";

const HIGH_WORD = 2 ** 32;

/** Reads numbers and strings one after another; every read past the end throws a `RangeError`. */
export class ByteReader {
  readonly #view: DataView;
  /** Position of the next read, in bytes from the start. */
  offset: ByteCount;

  /** Reads `bytes`, starting at `offset`. The bytes are not copied. */
  constructor(readonly bytes: Uint8Array, offset: ByteCount = 0) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  /** How many bytes are left. */
  get remaining(): ByteCount {
    return this.bytes.length - this.offset;
  }

  /** @throws {RangeError} past the end, as all reads here. */
  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  /** A signed 8-bit number. */
  i8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  /** An unsigned 16-bit number. */
  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  /** An unsigned 32-bit number. */
  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A signed 32-bit number. */
  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /**
   * An unsigned 64-bit number as a double: exact below 2^53, which holds every address; larger words lose their
   * low bits and are no addresses anyhow.
   */
  u64(): number {
    const at = this.#advance(8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * HIGH_WORD;
  }

  /** A signed 64-bit number as a double, exact within ±2^53. */
  i64(): number {
    const at = this.#advance(8);
    return this.#view.getUint32(at, true) + this.#view.getInt32(at + 4, true) * HIGH_WORD;
  }

  /** The next `size` bytes, not copied. */
  take(size: ByteCount): Uint8Array {
    const at = this.#advance(size);
    return this.bytes.subarray(at, at + size);
  }

  /** Moves on by `size` bytes. */
  skip(size: ByteCount): void {
    this.#advance(size);
  }

  #advance(size: ByteCount): ByteCount {
    const at = this.offset;
    // Put so that NaN, which compares false with everything, is refused, too.
    if (!(size >= 0 && at >= 0 && at + size <= this.bytes.length)) {
      throw new RangeError(`Cannot read ${size} bytes at offset ${at} of ${this.bytes.length}`);
    }
    this.offset = at + size;
    return at;
  }
}
