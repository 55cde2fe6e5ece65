/**
 * The texts of `--help`, `--usage`, `--version` and of a call without arguments, laid out as glibc's argp lays them
 * out (argp-help.c); a test compares them with argp's own.
 * @module
 */

import type { Option } from "./options.ts";

/** What Austin calls itself in messages, whatever name it was started by. */
export const PROGRAM = "austinp";

/** The version of Austin whose behaviour this program has. */
export const VERSION = "3.7.0";

/** The forms of a command line, without the options. */
export const FORMS: readonly string[] = ["command [ARG...]", "-p PID", "-w PID"];

/** The paragraph above the options. */
export const SUMMARY: string =
  "Samples the stacks of a Python program from outside: Python, native and kernel frames in one.";

/** The paragraph below the options. */
export const NOTES: string =
  "Samples go to standard output, one line for each stack, outermost frame first, with the time in " +
  "microseconds at its end. Everything from the first word that is not an option belongs to the command.";

/** Where to turn to. */
export const BUG_ADDRESS = "the issue tracker of the austinp project";

const WIDTH = 79;
const LONG_ONLY_COLUMN = 6;
const HELP_COLUMN = 29;
const USAGE_INDENT = 12;

/** The line that follows an error in the command line. */
export const TRY: string = `Try \`${PROGRAM} --help' or \`${PROGRAM} --usage' for more information.\n`;

/** What `--version` prints. */
export function versionText(): string {
  return `${PROGRAM} ${VERSION}\n`;
}

/** What a call without arguments prints. */
export function shortUsage(): string {
  return FORMS.map((form, i) => `${i === 0 ? "Usage:" : "  or: "} ${PROGRAM} [OPTION...] ${form}\n`).join("");
}

/** What `--usage` prints: every option in the first form. */
export function usage(options: readonly Option[]): string {
  const letters = options.filter(({ short, metavar }) => short !== null && metavar === null);
  const words = [
    `[-${letters.map(({ short }) => short).join("")}]`,
    ...options.flatMap(({ short, metavar }) => short !== null && metavar !== null ? [`[-${short} ${metavar}]`] : []),
    ...options.map(({ long, metavar }) => metavar === null ? `[--${long}]` : `[--${long}=${metavar}]`),
    ...FORMS[0].split(" "),
  ];
  const [, ...others] = shortUsage().split(/^/m);
  return fill(words, { start: `Usage: ${PROGRAM}`, indent: USAGE_INDENT }) + others.join("");
}

/** What `--help` prints. */
export function help(options: readonly Option[]): string {
  return [
    shortUsage() + fill(SUMMARY.split(" "), { start: "", indent: 0 }),
    options.map(helpOfOption).join(""),
    "Mandatory or optional arguments to long options are also mandatory or optional\n" +
    "for any corresponding short options.\n",
    fill(NOTES.split(" "), { start: "", indent: 0 }),
    `Report bugs to ${BUG_ADDRESS}.\n`,
  ].join("\n");
}

function helpOfOption({ long, short, metavar, help }: Option): string {
  const names = (short === null ? " ".repeat(LONG_ONLY_COLUMN) : `  -${short}, `) + `--${long}` +
    (metavar === null ? "" : `=${metavar}`);
  const start = names.padEnd(HELP_COLUMN - 1); // `fill` adds the blank before a word
  return fill(help.split(" "), { start, indent: HELP_COLUMN });
}

/** Sets words behind `start` and in as many lines below it, indented, as they need. */
function fill(words: readonly string[], { start, indent }: { start: string; indent: number }): string {
  const lines: string[] = [];
  let line = start;
  for (const word of words) {
    if (line === "") {
      line = word;
    } else if (line.length + 1 + word.length < WIDTH) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = " ".repeat(indent) + word;
    }
  }
  return [...lines, line].join("\n") + "\n";
}
