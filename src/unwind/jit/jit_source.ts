/**
 * What a source of names for made code is, and whose code it names.
 * @module
 */

import type { Address, Mapping, Pid, ReadMemory } from "../../types.ts";
import type { NamedCode } from "./code_ranges.ts";

/** The process that makes code. */
export interface Writer {
  readonly pid: Pid;
  /** Its id as it sees it itself. */
  readonly namespacePid: Pid;
  /** Its effective user, as we see it. */
  readonly user: number;
  /** Where we see its root directory. */
  readonly root: string;
  readonly readMaps: () => readonly Mapping[];
  readonly readMemory: ReadMemory;
}

/** A file in which a program tells. */
export interface JitSource {
  /** Where it is, as the program sees it; empty while there is none. */
  readonly path: string;
  /** Reads what is new; whether there was anything. */
  refresh(): boolean;
  find(address: Address): NamedCode | null;
}
