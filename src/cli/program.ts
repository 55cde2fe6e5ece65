/**
 * What this program stands in for: by the name that it was started under, its environment and `--compat`. From there
 * come the defaults of the options.
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Microseconds } from "../types.ts";

/** A major version of Austin: that of the command line, the metadata and MOJO. */
export type Compat = 3 | 4;

/** Which of Austin's programs this is, and which version of it. */
export interface Program {
  /** What it calls itself in its own messages, whatever it was started as. */
  readonly name: "austinp" | "austin";
  /** What it was started as: argv[0]. */
  readonly path: string;
  readonly compat: Compat;
}

/** What holds where no option says otherwise. */
export interface Defaults {
  readonly interval: Microseconds;
  readonly timeout: Microseconds;
  /** MOJO in place of text. */
  readonly format: "collapsed" | "mojo";
  /** The version of MOJO. */
  readonly mojo: Compat;
  /** Whether native frames are shown, for which threads are stopped. */
  readonly native: boolean;
}

/** The names that choose something; under any other it is austinp. */
export const PROGRAM_NAMES: readonly string[] = ["austinp", "austin", "austin4"];

/** The releases whose behaviour this program has. */
const RELEASES: Readonly<Record<Compat, string>> = { 3: "3.7.0", 4: "4.1.0" };

/** The program that `path` names, its last part deciding. */
export function programAt(path: string): Program {
  const name = shortName({ path });
  return { name: name === "austin" ? "austin" : "austinp", path, compat: name === "austin4" ? 4 : 3 };
}

/**
 * `program` with the version that AUSTINP_COMPAT asks for, if it is set and not empty.
 *
 * @throws {UsageError} if that is no version.
 */
export function withEnvironment(program: Program, environment: (name: string) => string | undefined): Program {
  const value = environment("AUSTINP_COMPAT");
  return value ? { ...program, compat: parseCompat(value, "AUSTINP_COMPAT") } : program;
}

/**
 * Parses a major version of Austin; `name` is what the message calls it.
 *
 * @throws {UsageError} if it is neither 3 nor 4.
 */
export function parseCompat(text: string, name: string): Compat {
  if (text === "3") return 3;
  if (text === "4") return 4;
  throw new UsageError(`${name} must be 3 or 4, not '${text}'`);
}

/** What argp calls the program: the last part of argv[0]. */
export function shortName({ path }: Pick<Program, "path">): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** The release whose behaviour a program has, as `3.7.0`. */
export function releaseOf({ compat }: Program): string {
  return RELEASES[compat];
}

/** The defaults of a program, which are those of Austin's. */
export function defaultsOf({ name, compat }: Program): Defaults {
  return {
    interval: name === "austin" ? 100 : 10_000,
    timeout: compat === 4 ? 3_000_000 : 1_000_000,
    format: compat === 4 ? "mojo" : "collapsed",
    mojo: compat,
    native: name === "austinp",
  };
}
