/**
 * Lines of text that were left out.
 * @module
 */

import type { BadLine } from "../input/collapsed.ts";
import { counted } from "../output/text.ts";

/** So many are told of one by one. */
const TOLD_LINES = 5;

/** Tells of lines that were left out: of the first ones each, then how many there were. */
export class BadLines {
  readonly #say: (text: string) => void;
  #count = 0;

  /** `say` prints a message. */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Tells of one, if there were few before. */
  add({ line, reason }: BadLine): void {
    this.#count++;
    if (this.#count <= TOLD_LINES) this.#say(`Line ${line} was left out: ${reason}`);
  }

  /** Tells how many there were. */
  end(): void {
    if (this.#count > TOLD_LINES) this.#say(`${counted(this.#count, "line")} were left out in all`);
  }
}
