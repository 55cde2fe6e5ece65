/**
 * Errors in, exit codes and lines for people out. The codes are Austin's.
 * @module
 */

import {
  AustinpError,
  ClosedOutputError,
  InputError,
  LaunchError,
  NoPythonFamilyError,
  NoSuchProcessError,
  NotPythonError,
  OutputError,
  PermissionError,
  UnsupportedVersionError,
  UsageError,
} from "../errors.ts";
import { printable } from "../output/text.ts";
import { OptionSyntaxError } from "./getopt.ts";
import { tryText } from "./help.ts";
import type { Log } from "./log.ts";
import type { EndingSignal, Platform } from "./platform.ts";
import { type Program, shortName } from "./program.ts";

/** Austin's -1, for all that has no code of its own. */
export const EXIT_FAILURE = 255;

/** Something is missing that `--check` has looked for. */
export const EXIT_CHECK_FAILED = 1;

/** A function has grown by more than `--fail-if` allows. */
export const EXIT_LIMIT_EXCEEDED = 1;

/** EX_SOFTWARE of sysexits.h. */
export const EXIT_INTERNAL = 70;

/** What a shell shows for a program that died of SIGPIPE. */
const EXIT_CLOSED_OUTPUT = 128 + 13;

/** Minus the signal, in 8 bits; for SIGHUP, which ends Austin without further ado, what a shell shows then. */
export const EXIT_SIGNAL: Readonly<Record<EndingSignal, number>> = {
  SIGHUP: 128 + 1,
  SIGINT: 256 - 2,
  SIGTERM: 256 - 15,
};

/** By error; subclasses before their bases. */
export const EXIT_CODES: readonly (readonly [type: new (...args: never[]) => Error, code: number])[] = [
  [UsageError, 64],
  [NoSuchProcessError, 36],
  [NoPythonFamilyError, 39],
  [NotPythonError, 32],
  [PermissionError, 37],
  [LaunchError, 33],
  [UnsupportedVersionError, 3],
  [ClosedOutputError, EXIT_CLOSED_OUTPUT],
  [OutputError, EXIT_FAILURE],
  [InputError, EXIT_FAILURE],
  [AustinpError, EXIT_FAILURE],
];

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  return EXIT_CODES.find(([type]) => error instanceof type)?.[1] ?? EXIT_INTERNAL;
}

/** Who reports, and where. */
export interface Reporter {
  readonly platform: Platform;
  readonly program: Program;
  /** Told, too; null where there is none yet. */
  readonly log: Log | null;
}

/** Says what went wrong on standard error, in one line, and returns the exit code for it. */
export function reportError(
  error: unknown,
  { platform: { stderr, environment }, program, log }: Reporter,
): number {
  stderr.print(messageOf(error, program));
  log?.error(error instanceof Error ? error.message : String(error));
  const isDebugging = Boolean(environment("AUSTINP_DEBUG"));
  if (isDebugging && error instanceof Error) stderr.print(`${error.stack}\n`);
  return exitCodeOf(error);
}

/** One line in the program's name. */
export function messageLine(text: string, { name }: Pick<Program, "name">): string {
  return line(name, text);
}

function messageOf(error: unknown, program: Program): string {
  if (error instanceof ClosedOutputError) return ""; // nobody is there to be told
  if (error instanceof UsageError) {
    const speaker = error instanceof OptionSyntaxError ? program.path : shortName(program);
    return line(speaker, error.message) + tryText(shortName(program));
  }
  if (error instanceof AustinpError) return messageLine(error.message, program);
  return messageLine(`internal error: ${error instanceof Error ? error.message : String(error)}`, program);
}

function line(speaker: string, text: string): string {
  return `${printable(speaker)}: ${printable(text)}\n`;
}
