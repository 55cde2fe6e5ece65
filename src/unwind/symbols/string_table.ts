/**
 * A section of strings, each ended by a NUL, read as far as it is asked for: the names of a large library are a hundred
 * megabytes, and those of a few functions in them are wanted.
 * @module
 */

import type { ByteCount, FileOffset } from "../../types.ts";
import type { ReadAt } from "../elf.ts";

const MAX_STRING: ByteCount = 65536;
/** What is larger is read in pieces. */
const MAX_WHOLE: ByteCount = 4 * 2 ** 20;
const PIECE: ByteCount = 65536;
const MAX_PIECES = 64;
const UTF8 = new TextDecoder();

/** Where a section of strings is in a file. */
export interface StringSection {
  readonly readAt: ReadAt;
  readonly offset: FileOffset;
  readonly size: ByteCount;
}

/** Strings by where they begin. */
export class StringTable {
  readonly #section: StringSection | null;
  readonly #pieces = new Map<number, Uint8Array>();
  #whole: Uint8Array | null;

  /** Takes the strings themselves, or a section, which is read when it is asked for first. */
  constructor(strings: Uint8Array | StringSection) {
    this.#whole = strings instanceof Uint8Array ? strings : null;
    this.#section = strings instanceof Uint8Array ? null : strings;
  }

  /** How many bytes they are. */
  get size(): ByteCount {
    return this.#section?.size ?? this.#whole!.length;
  }

  /** Whether they are at hand, or few enough to be read at once. */
  get isSmall(): boolean {
    return this.#whole !== null || this.size <= MAX_WHOLE;
  }

  /** All of them. @throws {RangeError} when the file ends early */
  get bytes(): Uint8Array {
    const section = this.#section;
    return this.#whole ??= section!.readAt(section!.offset, section!.size);
  }

  /** The string at `start`; one of absurd length is cut. Empty beyond the end, and where the file has shrunk since. */
  at(start: number): string {
    try {
      return this.isSmall ? stringAt(this.bytes, start) : this.#inPieces(start);
    } catch (error) {
      if (error instanceof RangeError) return "";
      throw error;
    }
  }

  #inPieces(start: number): string {
    let text = "";
    for (let from = start; from < this.size && text.length < MAX_STRING; from += PIECE - from % PIECE) {
      const piece = this.#piece(Math.floor(from / PIECE));
      const end = piece.indexOf(0, from % PIECE);
      // A character that lies in two pieces is not worth it: names are ASCII.
      text += UTF8.decode(piece.subarray(from % PIECE, end < 0 ? piece.length : end));
      if (end >= 0) break;
    }
    return text;
  }

  #piece(number: number): Uint8Array {
    let piece = this.#pieces.get(number);
    if (piece === undefined) {
      if (this.#pieces.size >= MAX_PIECES) this.#pieces.clear();
      const { readAt, offset, size } = this.#section!;
      piece = readAt(offset + number * PIECE, Math.min(PIECE, size - number * PIECE));
      this.#pieces.set(number, piece);
    }
    return piece;
  }
}

function stringAt(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return UTF8.decode(bytes.subarray(start, Math.min(end < 0 ? Infinity : end, start + MAX_STRING)));
}
