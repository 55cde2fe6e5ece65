/**
 * The wire format of protocol buffers, as far as pprof needs it: https://protobuf.dev/programming-guides/encoding
 * @module
 */

const WIRE = { varint: 0, bytes: 2 } as const;
/** In bytes: 64 bits, seven in each. */
const LONGEST_VARINT = 10;

/** Puts a message together, field by field. */
export class MessageWriter {
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(64);
  #size = 0;

  /** An integer within ±2^53; 0 is left out, being what a field has that is not there. */
  integer(field: number, value: number): void {
    if (value === 0) return;
    this.#tag(field, WIRE.varint);
    this.#varint(value);
  }

  /** A boolean. */
  boolean(field: number, value: boolean): void {
    this.integer(field, value ? 1 : 0);
  }

  /** Several integers in one field. */
  packed(field: number, values: readonly number[]): void {
    const writer = new MessageWriter();
    for (const value of values) writer.#varint(value);
    this.#block(field, writer.bytes);
  }

  /** Text. */
  string(field: number, text: string): void {
    this.#block(field, this.#encoder.encode(text));
  }

  /** A message in this one. */
  message(field: number, write: (writer: MessageWriter) => void): void {
    const writer = new MessageWriter();
    write(writer);
    this.#block(field, writer.bytes);
  }

  /** All of it. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#size);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #block(field: number, bytes: Uint8Array): void {
    this.#tag(field, WIRE.bytes);
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Seven bits a byte, the lowest first; negative ones as two's complement of 64 bits. */
  #varint(value: number): void {
    this.#reserve(LONGEST_VARINT);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      for (; rest >= 128n; rest >>= 7n) this.#bytes[this.#size++] = Number(rest & 127n) + 128;
      this.#bytes[this.#size++] = Number(rest);
      return;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#size++] = rest % 128 + 128;
    this.#bytes[this.#size++] = rest;
  }

  #reserve(size: number): void {
    if (this.#size + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + size));
    larger.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = larger;
  }
}
