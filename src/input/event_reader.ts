/**
 * The numbers and strings that MOJO is made of, from bytes that come in pieces.
 * @module
 */

import { InputError } from "../errors.ts";
import type { ByteCount } from "../types.ts";

/** 64 bits: six in the first byte and seven in each other. */
const VARINT_BYTES = 10;
/** More than the longest name that is read from a target; without a limit, a file without a 0 is collected whole. */
const LONGEST_EVENT: ByteCount = 2 ** 23;

/** Takes pieces of any size, and gives out the fields of one event after another. */
export class EventReader {
  // A BOM at the start of a name is part of it.
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #bytes: Uint8Array = new Uint8Array(0);
  /** Where in the whole input `#bytes` begins. */
  #base: ByteCount = 0;
  #at = 0;
  #eventStart = 0;

  /** Adds a piece behind what has not been read yet. */
  push(piece: Uint8Array): void {
    const rest = this.#bytes.subarray(this.#eventStart);
    this.#base += this.#eventStart;
    this.#at -= this.#eventStart;
    this.#eventStart = 0;
    this.#bytes = rest.length === 0 ? piece : concatenate(rest, piece);
  }

  /** Where the current event begins in the input. */
  get offset(): ByteCount {
    return this.#base + this.#eventStart;
  }

  /** Whether all has been read. */
  get isEmpty(): boolean {
    return this.#eventStart === this.#bytes.length;
  }

  /**
   * What `read` makes of the next event; null, with nothing read, where the event is not there whole yet. `read` may be
   * called again for the same event, so it must change nothing before its last field.
   *
   * @throws {InputError} from `read`, and for an event that does not end.
   */
  event<T>(read: () => T): T | null {
    try {
      const result = read();
      this.#eventStart = this.#at;
      return result;
    } catch (error) {
      if (!(error instanceof IncompleteError)) throw error;
      if (this.#bytes.length - this.#eventStart > LONGEST_EVENT) this.fail("an event does not end");
      this.#at = this.#eventStart;
      return null;
    }
  }

  /** The next byte. */
  byte(): number {
    if (this.#at >= this.#bytes.length) throw new IncompleteError();
    return this.#bytes[this.#at++];
  }

  /**
   * A number: six bits in the first byte, below one for the sign and one that says that more follow; then seven a
   * byte, the lowest first. Exact within ±2^53.
   */
  varint(): number {
    let byte = this.byte();
    const isNegative = (byte & 0x40) !== 0;
    let value = byte & 0x3f;
    let scale = 64;
    for (let count = 1; byte & 0x80; count++) {
      if (count === VARINT_BYTES) this.fail("a number of more than 64 bits");
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    return isNegative && value !== 0 ? -value : value;
  }

  /** Text up to a 0; what is not UTF-8 becomes U+FFFD. */
  string(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new IncompleteError();
    const text = this.#decoder.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end + 1;
    return text;
  }

  /** @throws {InputError} always, naming the current event. */
  fail(what: string): never {
    throw new InputError(`Cannot read MOJO at byte ${this.offset}: ${what}`, this.offset);
  }
}

/** The event goes on beyond what has come. Never leaves this module. */
class IncompleteError extends Error {}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
