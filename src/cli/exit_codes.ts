/**
 * Errors in, exit codes and lines for people out. The codes are Austin's.
 * @module
 */

import {
  AustinpError,
  ClosedOutputError,
  LaunchError,
  NoSuchProcessError,
  NotPythonError,
  OutputError,
  PermissionError,
  UnsupportedVersionError,
  UsageError,
} from "../errors.ts";
import { printable } from "../output/text.ts";
import { PROGRAM, TRY } from "./help.ts";
import type { EndingSignal, Platform } from "./platform.ts";

/** Austin's -1, for all that has no code of its own. */
export const EXIT_FAILURE = 255;

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

// Subclasses before their bases.
const EXIT_CODES = [
  [UsageError, 64],
  [NoSuchProcessError, 36],
  [NotPythonError, 32],
  [PermissionError, 37],
  [LaunchError, 33],
  [UnsupportedVersionError, 3],
  [ClosedOutputError, EXIT_CLOSED_OUTPUT],
  [OutputError, EXIT_FAILURE],
  [AustinpError, EXIT_FAILURE],
] as const;

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  return EXIT_CODES.find(([type]) => error instanceof type)?.[1] ?? EXIT_INTERNAL;
}

/** Says what went wrong on standard error, in one line, and returns the exit code for it. */
export function reportError(error: unknown, { stderr, environment }: Platform): number {
  stderr.print(messageOf(error));
  const isDebugging = Boolean(environment("AUSTINP_DEBUG"));
  if (isDebugging && error instanceof Error) stderr.print(`${error.stack}\n`);
  return exitCodeOf(error);
}

/** One line in the program's name. */
export function messageLine(text: string): string {
  return `${PROGRAM}: ${printable(text)}\n`;
}

function messageOf(error: unknown): string {
  if (error instanceof ClosedOutputError) return ""; // nobody is there to be told
  if (error instanceof UsageError) return messageLine(error.message) + TRY;
  if (error instanceof AustinpError) return messageLine(error.message);
  return messageLine(`internal error: ${error instanceof Error ? error.message : String(error)}`);
}
