/**
 * The number formats of the command line: those of C's `strtol` in base 10, so leading blanks and a sign pass and
 * anything after the digits does not, but for a unit where one is allowed.
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Limit } from "./option.ts";
import type { Microseconds, Pid } from "../types.ts";

/** A unit of time as the command line spells it. */
export type TimeUnit = "us" | "ms" | "s";

const MICROSECONDS: Readonly<Record<TimeUnit, Microseconds>> = { us: 1, ms: 1_000, s: 1_000_000 };

/** About 31 years; still a 64-bit number when the shim counts it in nanoseconds from any clock's start. */
const LONGEST_TIME: Microseconds = 1e15;

/** pid_t is a signed 32-bit integer. */
const HIGHEST_PID: Pid = 2 ** 31 - 1;

const INTEGER = /^[ \t\n\v\f\r]*([+-]?[0-9]+)([a-z]*)$/;

/** What a time option takes. */
export interface TimeFormat {
  /** What the option sets, for the message: `interval`. */
  readonly name: string;
  /** The units that may follow the number; the first is that of a plain number. */
  readonly units: readonly TimeUnit[];
}

/**
 * Parses a time such as `5`, `5ms` or `+5s`.
 *
 * @throws {UsageError} if it is malformed, negative, in a unit that is not allowed, or out of all proportion.
 */
export function parseTime(text: string, { name, units }: TimeFormat): Microseconds {
  const [, digits, suffix] = INTEGER.exec(text) ?? [];
  const unit = suffix === "" ? units[0] : units.find((candidate) => candidate === suffix);
  const time = unit === undefined ? NaN : Number(digits) * MICROSECONDS[unit];
  if (!(time >= 0 && time <= LONGEST_TIME)) {
    const form = units.length === 1 ? "" : `, by itself or with a unit (${units.join(", ")})`;
    throw new UsageError(`the ${name} must be a positive integer${form}, not '${text}'`);
  }
  return time + 0; // "-0" is 0, as for strtol
}

/**
 * Parses a count that may be 0.
 *
 * @throws {UsageError} if it is malformed or negative.
 */
export function parseCount(text: string, name: string): number {
  const [, digits, suffix] = INTEGER.exec(text) ?? [];
  const count = suffix === "" ? Number(digits) : NaN;
  if (!(count >= 0 && count <= Number.MAX_SAFE_INTEGER)) {
    throw new UsageError(`the ${name} must be a positive integer, not '${text}'`);
  }
  return count + 0;
}

/**
 * Parses the id of a process.
 *
 * @throws {UsageError} if it is no integer from 1 to 2^31 - 1.
 */
export function parsePid(text: string): Pid {
  const [, digits, suffix] = INTEGER.exec(text) ?? [];
  const pid = suffix === "" ? Number(digits) : NaN;
  if (!(pid > 0 && pid <= HIGHEST_PID)) {
    throw new UsageError(`invalid PID '${text}': it must be an integer from 1 to ${HIGHEST_PID}`);
  }
  return pid;
}

/**
 * Parses a word of which there are few.
 *
 * @throws {UsageError} if it is another.
 */
export function parseChoice<T extends string>(
  text: string,
  { name, choices }: { name: string; choices: readonly T[] },
): T {
  const choice = choices.find((choice) => choice === text);
  if (choice === undefined) throw new UsageError(`the ${name} must be one of ${choices.join(", ")}, not '${text}'`);
  return choice;
}

/**
 * Parses a limit such as `+5%:main`.
 *
 * @throws {UsageError} if it is malformed.
 */
export function parseLimit(text: string): Limit {
  const [, percent, name] = /^\+?(\d{1,6}(?:\.\d{1,6})?)%:(.+)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--fail-if takes a limit such as +5%:FUNCTION, not '${text}'`);
  return { growth: Number(percent) / 100, function: name };
}

/**
 * Parses a share such as `2` or `0.5%`.
 *
 * @returns it as a part of 1.
 * @throws {UsageError} if it is malformed, nothing, or all.
 */
export function parseShare(text: string, name: string): number {
  const share = /^\d{1,2}(?:\.\d{1,6})?%?$/.test(text) ? parseFloat(text) / 100 : NaN;
  if (!(share > 0)) throw new UsageError(`--${name} takes a percentage above 0 and below 100, not '${text}'`);
  return share;
}

/**
 * Parses a regular expression, as JavaScript has them.
 *
 * @throws {UsageError} if it is malformed.
 */
export function parsePattern(text: string, name: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw new UsageError(`--${name} takes a regular expression: ${error instanceof Error ? error.message : error}`);
  }
}
