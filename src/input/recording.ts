/**
 * A recording of either form: MOJO tells itself by its first three bytes, and all else is taken for collapsed text.
 * @module
 */

import { isMojo, MAGIC } from "../mojo_events.ts";
import type { Recorded } from "../types.ts";
import { type BadLine, CollapsedReader } from "./collapsed.ts";
import { MojoReader } from "./mojo.ts";

/** Reads one file, in pieces of any size. */
export class RecordingReader {
  readonly #onBadLine: (line: BadLine) => void;
  #reader: MojoReader | CollapsedReader | null = null;
  #beginning = new Uint8Array(0);

  /** `onBadLine` is told of each line of text that is left out. */
  constructor(onBadLine: (line: BadLine) => void) {
    this.#onBadLine = onBadLine;
  }

  /**
   * What is whole with this piece, in order.
   *
   * @throws {InputError} where the file is malformed; what was given out before stands.
   */
  *read(piece: Uint8Array): Generator<Recorded> {
    if (this.#reader !== null) return yield* this.#reader.read(piece);
    this.#beginning = new Uint8Array([...this.#beginning, ...piece]);
    if (this.#beginning.length >= MAGIC.length) yield* this.#begin().read(this.#beginning);
  }

  /**
   * What is left.
   *
   * @throws {InputError} where the file is cut off, or holds nothing that can be read.
   */
  *end(): Generator<Recorded> {
    if (this.#reader === null) yield* this.#begin().read(this.#beginning);
    yield* this.#reader!.end();
  }

  #begin(): MojoReader | CollapsedReader {
    return this.#reader = isMojo(this.#beginning) ? new MojoReader() : new CollapsedReader(this.#onBadLine);
  }
}
