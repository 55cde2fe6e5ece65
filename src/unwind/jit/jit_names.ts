/**
 * Names of code that is in no file: programs that make code while they run tell what they made.
 * @module
 */

import type { Address, Microseconds } from "../../types.ts";
import type { NamedCode } from "./code_ranges.ts";
import type { JitSource, Writer } from "./jit_source.ts";
import { JitDump } from "./jitdump.ts";
import { PerfMap } from "./perf_map.ts";

/** What names a piece of code, and the file that says so. */
export interface JitName extends NamedCode {
  readonly file: string;
}

/** Looking for new code takes some 200 us, for the mappings. */
const REFRESH_PAUSE: Microseconds = 100_000;

/** Names from all files in which a process tells. */
export class JitNames {
  readonly #sources: readonly JitSource[];
  readonly #now: () => Microseconds;
  #refreshed = -Infinity;

  /** `now` is a clock; it decides how often files are looked at. */
  constructor(writer: Writer, now: () => Microseconds = () => performance.now() * 1000) {
    this.#sources = [new JitDump(writer), new PerfMap(writer)];
    this.#now = now;
  }

  /** Looks for new code, unless it has done so just now. Whether there is any: then an address may have a new name. */
  refresh(): boolean {
    if (this.#now() - this.#refreshed < REFRESH_PAUSE) return false;
    this.#refreshed = this.#now();
    return this.#sources.map((source) => source.refresh()).includes(true);
  }

  /** The name of an address that is in no file, or null. */
  find(address: Address): JitName | null {
    for (const source of this.#sources) {
      const found = source.find(address);
      if (found !== null) return { ...found, file: source.path };
    }
    return null;
  }
}
