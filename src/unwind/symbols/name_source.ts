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

/** Several sources one after another. */
export class NameChain implements NameSource {
  readonly #unopened: (() => NameSource | null)[];
  readonly #open: NameSource[] = [];

  /** Each of `sources` is called at most once, and gives null where the file has nothing of the kind. */
  constructor(sources: readonly (() => NameSource | null)[]) {
    this.#unopened = [...sources];
  }

  /** Asks the sources in order. */
  lookup(address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    for (const source of this.#open) {
      const found = source.lookup(address, functionStart);
      if (found !== null) return found;
    }
    for (let open = this.#unopened.shift(); open !== undefined; open = this.#unopened.shift()) {
      const source = open();
      if (source === null) continue;
      this.#open.push(source);
      const found = source.lookup(address, functionStart);
      if (found !== null) return found;
    }
    return null;
  }

  /** Asks `source` too, after all others. */
  append(source: () => NameSource | null): void {
    this.#unopened.push(source);
  }
}
