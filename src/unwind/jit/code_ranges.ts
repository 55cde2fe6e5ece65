/**
 * Names of code that is made while a program runs. The same memory may hold another function later: the newest counts.
 * @module
 */

import { type Address, ADDRESS_LIMIT, type ByteCount } from "../../types.ts";

/** A piece of code with a name. */
export interface NamedCode {
  readonly name: string;
  readonly start: Address;
}

const PAGE: ByteCount = 4096;
/** A piece of more pages than this is kept in a list of its own. */
const MAX_PAGES = 64;
const MAX_COUNT = 2 ** 20;
const MAX_NAME = 4096;

/** Named pieces of code, the later ones above the earlier; piece `i` covers `starts[i]` up to `ends[i]`. */
export class CodeRanges {
  readonly #starts: Address[] = [];
  readonly #ends: Address[] = [];
  readonly #names: string[] = [];
  /** The pieces on each page, ascending. */
  readonly #byPage = new Map<number, number[]>();
  readonly #large: number[] = [];

  /** Adds a piece; one that no program can have, and what goes beyond a million, is left out. */
  add({ name, start }: NamedCode, size: ByteCount): void {
    const end = start + size;
    if (!(start >= 0 && size > 0 && end <= ADDRESS_LIMIT) || this.#starts.length >= MAX_COUNT) return;
    const piece = this.#starts.length;
    this.#starts.push(start);
    this.#ends.push(end);
    this.#names.push(name.slice(0, MAX_NAME));
    const first = Math.floor(start / PAGE);
    const last = Math.floor((end - 1) / PAGE);
    if (last - first >= MAX_PAGES) {
      this.#large.push(piece);
      return;
    }
    for (let page = first; page <= last; page++) {
      const pieces = this.#byPage.get(page);
      if (pieces === undefined) this.#byPage.set(page, [piece]);
      else pieces.push(piece);
    }
  }

  /** The newest piece that holds an address, or null. */
  find(address: Address): NamedCode | null {
    const holds = (piece: number) => this.#starts[piece] <= address && address < this.#ends[piece];
    const onPage = this.#byPage.get(Math.floor(address / PAGE))?.findLast(holds) ?? -1;
    const piece = Math.max(onPage, this.#large.findLast(holds) ?? -1);
    return piece < 0 ? null : { name: this.#names[piece], start: this.#starts[piece] };
  }
}
