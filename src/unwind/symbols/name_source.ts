/**
 * What names the code of one file. There are several sources, from cheap to costly: each is opened when the ones before
 * it were asked and knew nothing.
 * @module
 */

import type { ByteCount, FileAddress } from "../../types.ts";

/** A name that was proved to hold an address. */
export interface FoundSymbol {
  /** Without the version that a linker may have appended (`memcpy@@GLIBC_2.14`). */
  readonly name: string;
  readonly start: FileAddress;
  /** 0 where the symbol does not say. */
  readonly size: ByteCount;
}

/** Something that knows names. */
export interface NameSource {
  /**
   * The name of `address`, or null where none is proved. `functionStart` is the start of the FDE that holds the address,
   * if there is one.
   */
  lookup(address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null;
}

/** What a source that is not there yet, but may come, gives for itself. */
export type Later = "later";

/** Several sources one after another. */
export class NameChain implements NameSource {
  #unopened: readonly (() => NameSource | Later | null)[];
  readonly #open: NameSource[] = [];

  /** Each of `sources` is opened when it is needed first; it gives null where the file has nothing of the kind. */
  constructor(sources: readonly (() => NameSource | Later | null)[]) {
    this.#unopened = sources;
  }

  /** Asks the sources in order; those that were opened first, first. */
  lookup(address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    for (const source of this.#open) {
      const found = source.lookup(address, functionStart);
      if (found !== null) return found;
    }
    const later: (() => NameSource | Later | null)[] = [];
    let found: FoundSymbol | null = null;
    let next = 0;
    while (found === null && next < this.#unopened.length) {
      const open = this.#unopened[next++];
      const source = open();
      if (source === "later") {
        later.push(open);
      } else if (source !== null) {
        this.#open.push(source);
        found = source.lookup(address, functionStart);
      }
    }
    this.#unopened = [...later, ...this.#unopened.slice(next)];
    return found;
  }
}
