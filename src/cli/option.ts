/**
 * A row of the option table, and the values that the rows set.
 * @module
 */

import type { FormatName } from "../output/formats.ts";
import type { Shape } from "../output/shape.ts";
import type { Microseconds, Pid } from "../types.ts";
import type { Spelling } from "./getopt.ts";
import type { LogLevel } from "./log.ts";
import type { Compat } from "./program.ts";

/** The texts that a command line can ask for in place of a run. */
export type TextKind = "completion" | "help" | "man" | "usage" | "version";

/** A shell that there is completion for. */
export type Shell = "bash" | "fish" | "zsh";

/** All of them. */
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** By how much a function's share may grow, of what it was: 0.05 for 5 %. */
export interface Limit {
  readonly growth: number;
  readonly function: string;
}

/** The values so far; null where the default holds, which a later option may choose. */
export interface Draft {
  compat: Compat;
  mojo: Compat | null;
  format: FormatName | null;
  shape: Shape;
  json: boolean;
  children: boolean;
  native: boolean | null;
  interval: Microseconds | null;
  timeout: Microseconds | null;
  exposure: Microseconds;
  kernel: boolean;
  lines: boolean;
  pipe: boolean;
  quiet: boolean;
  sleepless: boolean;
  memory: boolean;
  full: boolean;
  gc: boolean;
  jitter: boolean;
  overheadBudget: number | null;
  allowEintr: boolean;
  fullSymbols: boolean;
  fullPaths: boolean;
  output: string | null;
  logFile: string | null;
  logLevel: LogLevel;
  pid: Pid | null;
  check: Pid | null;
  where: boolean;
  convert: string | null;
  /** What is compared with: an earlier recording, or with -w a dump. */
  diff: string | null;
  failIf: readonly Limit[];
  watch: Microseconds | null;
  resolve: string | null;
  debugFolder: string | null;
}

/** What options do while they are parsed, beside setting a value. */
export interface Effects {
  /** Called for each `-o` in its turn: before an error in a later option is found. */
  createOutput(path: string): void;
}

/** One row of the table. */
export interface Option extends Spelling {
  readonly metavar:
    | "DIR"
    | "FILE"
    | "LEVEL"
    | "LIMIT"
    | "MB"
    | "NAME"
    | "PCT"
    | "PID"
    | "REGEX"
    | "SECONDS"
    | "SHELL"
    | "TIME"
    | "VERSION"
    | null;
  /** Where it holds `{interval}` or `{timeout}`, the program's default stands. */
  readonly help: string;
  /** The versions of Austin that have it; both if this is left out, and none for our own, which are long-only. */
  readonly versions?: readonly Compat[];
  /** Whether austin lacks it, and only austinp has it. */
  readonly nativeOnly?: boolean;
  /** The values that there are, where they can be listed. */
  readonly choices?: readonly string[];
  /** The text that is printed at once, whatever follows. */
  readonly prints?: TextKind;
  /** Notes the value; the empty string where the option takes none. */
  readonly set?: (draft: Draft, value: string, effects: Effects) => void;
}
