/**
 * The numbers and strings that MOJO is made of, put together to bytes.
 * @module
 */

import { escapeCharacter } from "./text.ts";

/** What ends a string, and lone surrogates, which UTF-8 cannot carry. */
const UNWRITABLE = /[\0\p{Cs}]/gu;
/** In bytes: austin-python fails at a longer one. Austin 3.7 has no names of this length either. */
const LONGEST_STRING = 1024;

/** Puts events together. */
export class EventWriter {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(4096);
  #size = 0;

  /** The byte that begins an event. */
  event(id: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = id;
  }

  /**
   * Six bits in the first byte, after one that says that more follow and one for the sign; then seven a byte, the
   * lowest first.
   */
  varint(value: number): void {
    let rest = Math.abs(value);
    let byte = rest % 64 + (value < 0 ? 64 : 0);
    rest = Math.floor(rest / 64);
    this.#reserve(10);
    while (rest > 0) {
      this.#bytes[this.#size++] = byte + 128;
      byte = rest % 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#size++] = byte;
  }

  /** Ends with a 0, which a name that holds one would do too early; escaped as in collapsed text, and cut if long. */
  string(text: string): void {
    const start = this.#size;
    this.raw(text.replace(UNWRITABLE, escapeCharacter));
    if (this.#size - start > LONGEST_STRING) this.#cut(start);
    this.event(0);
  }

  /** Text as it is. */
  raw(text: string): void {
    this.#reserve(text.length * 3);
    this.#size += this.#encoder.encodeInto(text, this.#bytes.subarray(this.#size)).written;
  }

  /** Bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** A copy of what was put together since the last `take()`. */
  written(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }

  /** Shortens the string from `start` on, between two characters. */
  #cut(start: number): void {
    const mark = this.#encoder.encode("…");
    this.#size = start + LONGEST_STRING - mark.length;
    while (isContinuation(this.#bytes[this.#size])) this.#size--;
    this.#bytes.set(mark, this.#size);
    this.#size += mark.length;
  }

  /** What was put together since the last call. */
  take(): Uint8Array {
    const bytes = this.written();
    this.#size = 0;
    return bytes;
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + size));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}

/** Whether a byte of UTF-8 continues a character. */
function isContinuation(byte: number): boolean {
  return byte >= 0x80 && byte < 0xc0;
}
