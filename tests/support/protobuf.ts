/**
 * Reads messages of protocol buffers: which fields there are, and what they hold. Knows nothing of our writer.
 * @module
 */

/** A field: its number, and an integer or bytes. */
export interface Field {
  readonly number: number;
  readonly integer: number;
  readonly bytes: Uint8Array;
}

/** The fields of a message, in their order. */
export function fieldsOf(message: Uint8Array): Field[] {
  const reader = new Reader(message);
  const fields: Field[] = [];
  while (!reader.isAtEnd) {
    const tag = reader.varint();
    const type = tag % 8;
    if (type !== 0 && type !== 2) throw new Error(`wire type ${type}`);
    const integer = type === 0 ? reader.varint() : 0;
    const bytes = type === 2 ? reader.bytes(reader.varint()) : new Uint8Array();
    fields.push({ number: Math.floor(tag / 8), integer, bytes });
  }
  return fields;
}

/** Integers that one field holds. */
export function packed(bytes: Uint8Array): number[] {
  const reader = new Reader(bytes);
  const all: number[] = [];
  while (!reader.isAtEnd) all.push(reader.varint());
  return all;
}

class Reader {
  #at = 0;

  constructor(readonly message: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.message.length;
  }

  varint(): number {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = this.message[this.#at++];
      value += BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  }

  bytes(size: number): Uint8Array {
    if (this.#at + size > this.message.length) throw new Error("beyond the end");
    return this.message.subarray(this.#at, this.#at += size);
  }
}
