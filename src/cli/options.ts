/**
 * The option table, from which parser, help and usage are made, and the typed options that it yields.
 * @module
 */

import { UsageError } from "../errors.ts";
import type { Microseconds, Pid } from "../types.ts";
import { scan, type Spelling } from "./getopt.ts";
import { parseCount, parsePid, parseTime } from "./values.ts";

/** What to look at: a running process for good, a running process once, or a command to run; null if nothing is named. */
export type Target =
  | { readonly kind: "attach"; readonly pid: Pid }
  | { readonly kind: "where"; readonly pid: Pid }
  | { readonly kind: "launch"; readonly command: readonly string[] }
  | null;

/** What a command line asks for. */
export interface Options {
  readonly target: Target;
  readonly interval: Microseconds;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
  /** How long to sample; 0 for as long as the target lives. */
  readonly exposure: Microseconds;
  /** MOJO in place of text. */
  readonly binary: boolean;
  readonly kernel: boolean;
  readonly pipe: boolean;
  readonly sleepless: boolean;
  /** Where the samples go; null for standard output. */
  readonly output: string | null;
}

/** A text that the command line asks for in place of a run. */
export type Text = "help" | "usage" | "version";

/** What options do while they are parsed, beside setting a value. */
export interface Effects {
  /** Called for each `-o` in its turn: before an error in a later option is found. */
  createOutput(path: string): void;
}

interface Draft {
  binary: boolean;
  interval: Microseconds;
  timeout: Microseconds;
  exposure: Microseconds;
  kernel: boolean;
  pipe: boolean;
  sleepless: boolean;
  output: string | null;
  pid: Pid | null;
  where: boolean;
}

/** One row of the table. */
export interface Option extends Spelling {
  readonly metavar: "FILE" | "MB" | "PID" | "SECONDS" | "TIME" | null;
  readonly help: string;
  /** The text that is printed at once, whatever follows. */
  readonly prints?: Text;
  /** Notes the value; the empty string where the option takes none. */
  readonly set?: (draft: Draft, value: string, effects: Effects) => void;
}

/** In the order of `--help`: by letter, small before capital, then what only informs. */
export const OPTIONS: readonly Option[] = [
  {
    long: "binary",
    short: "b",
    metavar: null,
    help: "Write the samples in the binary MOJO format.",
    set: (draft) => draft.binary = true,
  },
  {
    long: "heap",
    short: "h",
    metavar: "MB",
    help: "Accepted for compatibility; has no effect.",
    set: (_, value) => void parseCount(value, "heap size"),
  },
  {
    long: "interval",
    short: "i",
    metavar: "TIME",
    help: "Take a sample this often (default: 10ms). A plain number is in microseconds; us, ms or s may follow it.",
    set: (draft, value) => draft.interval = parseTime(value, { name: "sampling interval", units: ["us", "ms", "s"] }),
  },
  {
    long: "kernel",
    short: "k",
    metavar: null,
    help: "Show the frames of the kernel too.",
    set: (draft) => draft.kernel = true,
  },
  {
    long: "output",
    short: "o",
    metavar: "FILE",
    help: "Write the samples to FILE in place of standard output, which is then left to the command.",
    set: (draft, value, effects) => {
      draft.output = value;
      effects.createOutput(value);
    },
  },
  {
    long: "pid",
    short: "p",
    metavar: "PID",
    help: "Attach to the running process PID.",
    set: (draft, value) => {
      draft.pid = parsePid(value);
      draft.where = false;
    },
  },
  {
    long: "pipe",
    short: "P",
    metavar: null,
    help: "Pipe mode, for programs that read the samples: nothing on standard error unless something fails; " +
      "version and statistics become metadata.",
    set: (draft) => draft.pipe = true,
  },
  {
    long: "sleepless",
    short: "s",
    metavar: null,
    help: "Leave out threads that are idle, so that the metric is CPU time.",
    set: (draft) => draft.sleepless = true,
  },
  {
    long: "timeout",
    short: "t",
    metavar: "TIME",
    help: "Look this long for a Python interpreter in the process (default: 1s). A plain number is in " +
      "milliseconds; us, ms or s may follow it.",
    set: (draft, value) => draft.timeout = parseTime(value, { name: "timeout", units: ["ms", "us", "s"] }),
  },
  {
    long: "where",
    short: "w",
    metavar: "PID",
    help: "Print the stack of every thread of process PID once.",
    set: (draft, value) => {
      draft.pid = parsePid(value);
      draft.where = true;
    },
  },
  {
    long: "exposure",
    short: "x",
    metavar: "SECONDS",
    help: "Stop sampling after so many seconds (default: 0, which is never).",
    set: (draft, value) => draft.exposure = parseTime(value, { name: "exposure", units: ["s"] }),
  },
  { long: "help", short: "?", metavar: null, help: "Give this help list", prints: "help" },
  { long: "usage", short: null, metavar: null, help: "Give a short usage message", prints: "usage" },
  { long: "version", short: "V", metavar: null, help: "Print program version", prints: "version" },
];

/**
 * Parses a command line: options, or the name of the text that it asks for.
 *
 * @throws {UsageError} at the first thing that is wrong with it; and whatever `effects` throws.
 */
export function parseOptions(args: readonly string[], effects: Effects): Options | Text {
  const draft: Draft = {
    binary: false,
    interval: 10_000,
    timeout: 1_000_000,
    exposure: 0,
    kernel: false,
    pipe: false,
    sleepless: false,
    output: null,
    pid: null,
    where: false,
  };
  let command: readonly string[] = [];
  for (const item of scan(args, OPTIONS)) {
    if ("command" in item) {
      command = item.command;
    } else {
      if (item.option.prints !== undefined) return item.option.prints;
      item.option.set?.(draft, item.value ?? "", effects);
    }
  }
  const { pid, where, ...rest } = draft;
  return { ...rest, target: chooseTarget({ pid, where, command }) };
}

function chooseTarget({ pid, where, command }: Pick<Draft, "pid" | "where"> & { command: readonly string[] }): Target {
  if (command.length === 0) return pid === null ? null : { kind: where ? "where" : "attach", pid };
  if (pid === null) return { kind: "launch", command };
  const option = where ? "-w" : "-p";
  throw new UsageError(`option ${option} ${pid} is incompatible with the command '${command[0]}'`);
}
