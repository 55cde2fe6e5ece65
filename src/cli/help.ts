/**
 * The texts of `--help`, `--usage`, `--version` and of a call without arguments, laid out as glibc's argp lays them
 * out (argp-help.c); a test compares them with argp's own.
 * @module
 */

import { timeText } from "../output/text.ts";
import type { Option } from "./option.ts";
import { optionsOf } from "./options.ts";
import { defaultsOf, type Program, releaseOf, shortName } from "./program.ts";

/** The forms of a command line, without the options. */
export const FORMS: readonly string[] = ["command [ARG...]", "-p PID", "-w PID"];

/** The paragraph above the options. */
export const SUMMARY: string =
  "Samples the stacks of a Python program from outside: Python, native and kernel frames in one.";

/** The paragraph below the options. */
export const NOTES: string =
  "Samples go to standard output, one line for each stack, outermost frame first, with the time in " +
  "microseconds at its end. Everything from the first word that is not an option belongs to the command.";

/** Above the options that Austin does not have. */
export const OUR_OPTIONS = "Not in Austin:";

/** What a report of a bug needs, where argp puts an address. */
export const BUG_ADDRESS = "whoever gave you this program, with the output of its --version and of python3 -VV";

const WIDTH = 79;
const LONG_ONLY_COLUMN = 6;
const HELP_COLUMN = 29;
const USAGE_INDENT = 12;

/** The line that follows an error in the command line; `name` as argp calls the program. */
export function tryText(name: string): string {
  return `Try \`${name} --help' or \`${name} --usage' for more information.\n`;
}

/** What `--version` prints. */
export function versionText(program: Program): string {
  return `${program.name} ${releaseOf(program)}\n`;
}

/** What a call without arguments prints. */
export function shortUsage(name: string): string {
  return FORMS.map((form, i) => `${i === 0 ? "Usage:" : "  or: "} ${name} [OPTION...] ${form}\n`).join("");
}

/** What `--usage` prints: every option in the first form. */
export function usage(program: Program): string {
  const options = optionsOf(program);
  const name = shortName(program);
  const letters = options.filter(({ short, metavar }) => short !== null && metavar === null);
  const words = [
    `[-${letters.map(({ short }) => short).join("")}]`,
    ...options.flatMap(({ short, metavar }) => short !== null && metavar !== null ? [`[-${short} ${metavar}]`] : []),
    ...options.map(({ long, metavar }) => metavar === null ? `[--${long}]` : `[--${long}=${metavar}]`),
    FORMS[0], // in one piece
  ];
  const [, ...others] = shortUsage(name).split(/^/m);
  return fill(words, { start: `Usage: ${name}`, indent: USAGE_INDENT, mayFill: areLong }) + others.join("");
}

/** What `--help` prints. */
export function help(program: Program): string {
  const [austins, ours, texts] = groups(program).map((rows) => rows.map((row) => helpOfOption(row, program)).join(""));
  return [
    shortUsage(shortName(program)) + fill(SUMMARY.split(" "), { start: "", indent: 0 }),
    austins,
    ` ${OUR_OPTIONS}\n${ours}`,
    texts,
    "Mandatory or optional arguments to long options are also mandatory or optional\n" +
    "for any corresponding short options.\n",
    fill(NOTES.split(" "), { start: "", indent: 0 }),
    fill(`Report bugs to ${BUG_ADDRESS}.`.split(" "), { start: "", indent: 0 }),
  ].join("\n");
}

/** The rows of a program: Austin's, of any version; our own; and those of argp, which only print. */
export function groups(program: Program): readonly [Option[], Option[], Option[]] {
  const groups: [Option[], Option[], Option[]] = [[], [], []];
  for (const option of optionsOf(program)) {
    const { versions, prints } = option;
    groups[versions?.length === 0 ? 1 : prints === undefined ? 0 : 2].push(option);
  }
  return groups;
}

/** What an option does, with the defaults of `program`. */
export function description({ help }: Option, program: Program): string {
  const { interval, timeout } = defaultsOf(program);
  return help.replace("{interval}", timeWord(interval)).replace("{timeout}", timeWord(timeout));
}

function timeWord(time: number): string {
  return timeText(time).replace(" ", "");
}

function helpOfOption(option: Option, program: Program): string {
  const { long, short, metavar } = option;
  const names = (short === null ? " ".repeat(LONG_ONLY_COLUMN) : `  -${short}, `) + `--${long}` +
    (metavar === null ? "" : `=${metavar}`);
  const start = names.padEnd(HELP_COLUMN - 1); // `fill` adds the blank before a word
  return fill(description(option, program).split(" "), { start, indent: HELP_COLUMN });
}

function areLong(word: string, next: string | undefined): boolean {
  return [word, next].every((each) => each?.startsWith("[--"));
}

/** How to set words. */
interface Layout {
  readonly start: string;
  readonly indent: number;
  /** Whether argp sets a word where it fills the line; by default, if more words follow. */
  readonly mayFill?: (word: string, next: string | undefined) => boolean;
}

/** Sets words behind `start` and in as many lines below it, indented, as they need. */
function fill(words: readonly string[], { start, indent, mayFill = (_, next) => next !== undefined }: Layout): string {
  const lines: string[] = [];
  let line = start;
  words.forEach((word, i) => {
    const width = line.length + 1 + word.length;
    if (line === "") {
      line = word;
    } else if (width < WIDTH || width === WIDTH && mayFill(word, words[i + 1])) {
      line += ` ${word}`;
    } else {
      lines.push(line);
      line = " ".repeat(indent) + word;
    }
  });
  return [...lines, line].join("\n") + "\n";
}
