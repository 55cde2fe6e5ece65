/**
 * The option table, from which parser, help, usage, man page and shell completion are made, and the typed options that
 * it yields.
 * @module
 */

import { UsageError } from "../errors.ts";
import { type FormatName, formatOfFile, FORMATS } from "../output/formats.ts";
import { type Shape, WHOLE } from "../output/shape.ts";
import type { Microseconds, Mode, Pid } from "../types.ts";
import { scan, type Spelling } from "./getopt.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";
import { type Compat, defaultsOf, parseCompat, type Program, programAt } from "./program.ts";
import { parseChoice, parseCount, parsePattern, parsePid, parseTime } from "./values.ts";

/**
 * What to look at: a running process for good, a running process once, a command to run, or a file of samples; null if
 * nothing is named.
 */
export type Target =
  | { readonly kind: "attach"; readonly pid: Pid }
  | { readonly kind: "where"; readonly pid: Pid }
  | { readonly kind: "launch"; readonly command: readonly string[] }
  | { readonly kind: "convert" | "resolve"; readonly path: string }
  | null;

/** What a command line asks for. */
export interface Options {
  /** What is stood in for, after all options. */
  readonly program: Program;
  readonly target: Target;
  readonly interval: Microseconds;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
  /** How long to sample; 0 for as long as the target lives. */
  readonly exposure: Microseconds;
  /** What the samples are written in. */
  readonly format: FormatName;
  /** Descendants too. */
  readonly children: boolean;
  /** Whether a dump is written as JSON. */
  readonly json: boolean;
  /** Which samples are written, and what of them. */
  readonly shape: Shape;
  /** The version of MOJO. */
  readonly mojo: Compat;
  /** Whether native frames are shown, for which threads are stopped. */
  readonly native: boolean;
  readonly kernel: boolean;
  /** Source lines of native frames while sampling; where mode has them anyway. */
  readonly lines: boolean;
  readonly pipe: boolean;
  readonly sleepless: boolean;
  /** Measure memory. */
  readonly memory: boolean;
  /** Measure time, idleness and memory. */
  readonly full: boolean;
  /** Mark threads that collect garbage. */
  readonly gc: boolean;
  /** In a dump, whether names of native functions are told with everything, and files with their folders. */
  readonly fullNames: boolean;
  readonly fullPaths: boolean;
  /** Where to look for debug files first; null for nowhere but in the usual places. */
  readonly debugFolder: string | null;
  /** Where the samples go; null for standard output. */
  readonly output: string | null;
  /** Where the log goes, beside syslog: `-` for standard error, null for nowhere else. */
  readonly logFile: string | null;
  readonly logLevel: LogLevel;
}

/** The texts that a command line can ask for in place of a run. */
export type TextKind = "completion" | "help" | "man" | "usage" | "version";

/** A shell that there is completion for. */
export type Shell = "bash" | "fish" | "zsh";
const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/** Such a text, as the options before it made it. */
export interface Text {
  readonly prints: TextKind;
  readonly program: Program;
  readonly value: string | null;
}

/** What a command line is parsed for, and what options do meanwhile, beside setting a value. */
export interface ParseOptions {
  /** What the program stands in for, unless the options say otherwise; austinp 3.7 if it is left out. */
  readonly program?: Program;
  /** Called for each `-o` in its turn: before an error in a later option is found. */
  createOutput(path: string): void;
}

/** The values so far; null where the default holds, which a later option may choose. */
interface Draft {
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
  sleepless: boolean;
  memory: boolean;
  full: boolean;
  gc: boolean;
  fullNames: boolean;
  fullPaths: boolean;
  output: string | null;
  logFile: string | null;
  logLevel: LogLevel;
  pid: Pid | null;
  where: boolean;
  convert: string | null;
  resolve: string | null;
  debugFolder: string | null;
}

/** One row of the table. */
export interface Option extends Spelling {
  readonly metavar:
    | "DIR"
    | "FILE"
    | "LEVEL"
    | "MB"
    | "NAME"
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
  readonly set?: (draft: Draft, value: string, effects: Pick<ParseOptions, "createOutput">) => void;
}

/** In the order of `--help`: Austin's by letter, small before capital; then our own; then what only informs. */
export const OPTIONS: readonly Option[] = [
  {
    long: "binary",
    short: "b",
    metavar: null,
    versions: [3],
    help: "Write the samples in the binary MOJO format.",
    set: (draft) => draft.format = "mojo",
  },
  {
    long: "cpu",
    short: "c",
    metavar: null,
    versions: [4],
    help: "The same as -s, as Austin 4 spells it.",
    set: (draft) => draft.sleepless = true,
  },
  {
    long: "children",
    short: "C",
    metavar: null,
    help: "Look at the process's descendants too: those that are Python are sampled as it is.",
    set: (draft) => draft.children = true,
  },
  {
    long: "full",
    short: "f",
    metavar: null,
    help: "Measure time, whether the thread is idle, and memory. Implies -m.",
    set: (draft) => draft.full = true,
  },
  {
    long: "gc",
    short: "g",
    metavar: null,
    help: "Mark the samples of threads that are collecting garbage.",
    set: (draft) => draft.gc = true,
  },
  {
    long: "heap",
    short: "h",
    metavar: "MB",
    versions: [3],
    help: "Accepted for compatibility; has no effect.",
    set: (_, value) => void parseCount(value, "heap size"),
  },
  {
    long: "interval",
    short: "i",
    metavar: "TIME",
    help:
      "Take a sample this often (default: {interval}). A plain number is in microseconds; us, ms or s may follow it.",
    set: (draft, value) => draft.interval = parseTime(value, { name: "sampling interval", units: ["us", "ms", "s"] }),
  },
  {
    long: "kernel",
    short: "k",
    metavar: null,
    versions: [3],
    nativeOnly: true,
    help: "Show the frames of the kernel too.",
    set: (draft) => draft.kernel = true,
  },
  {
    long: "memory",
    short: "m",
    metavar: null,
    help:
      "Measure memory: by how much that of the process has changed, in bytes, told of the thread that holds the GIL.",
    set: (draft) => draft.memory = true,
  },
  {
    long: "native",
    short: "n",
    metavar: null,
    versions: [4],
    help: "Show native frames, as austinp does anyway; here because Austin 4 has it.",
    set: (draft) => draft.native = true,
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
    versions: [3],
    help: "Leave out threads that are idle, so that the metric is CPU time.",
    set: (draft) => draft.sleepless = true,
  },
  {
    long: "timeout",
    short: "t",
    metavar: "TIME",
    help: "Look this long for a Python interpreter in the process (default: {timeout}). A plain number is in " +
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
  {
    long: "compat",
    short: null,
    metavar: "VERSION",
    versions: [],
    choices: ["3", "4"],
    help: "Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1): its metadata, formats and defaults. The " +
      "variable AUSTINP_COMPAT does the same, and so does the name austin4 for the program.",
    set: (draft, value) => draft.compat = parseCompat(value, "the version of --compat"),
  },
  {
    long: "completion",
    short: null,
    metavar: "SHELL",
    versions: [],
    choices: SHELLS,
    help: "Print a script that completes command lines in bash, zsh or fish.",
    prints: "completion",
  },
  {
    long: "convert",
    short: null,
    metavar: "FILE",
    versions: [],
    help: "Write the samples that are in FILE, or in standard input if that is -, in another format: FILE holds " +
      "MOJO or collapsed text. Nothing is sampled.",
    set: (draft, value) => draft.convert = value,
  },
  {
    long: "debug-dir",
    short: null,
    metavar: "DIR",
    versions: [],
    help: "Where --resolve looks for debug files first: by build-id, or as they lay below the root of the machine " +
      "that was sampled.",
    set: (draft, value) => draft.debugFolder = value,
  },
  {
    long: "exclude",
    short: null,
    metavar: "REGEX",
    versions: [],
    help: "Leave out samples with a matching function, file or binary in their stacks.",
    set: (draft, value) => draft.shape = { ...draft.shape, exclude: parsePattern(value, "exclude") },
  },
  {
    long: "format",
    short: null,
    metavar: "NAME",
    versions: [],
    choices: FORMATS,
    help: `Write the samples in this format: ${FORMATS.join(", ")}. Without it, the end of the name that -o gives ` +
      "chooses.",
    set: (draft, value) => draft.format = parseChoice(value, { name: "format", choices: FORMATS }),
  },
  {
    long: "full-paths",
    short: null,
    metavar: null,
    versions: [],
    help: "With -w, show the folders of binaries too.",
    set: (draft) => draft.fullPaths = true,
  },
  {
    long: "full-symbols",
    short: null,
    metavar: null,
    versions: [],
    help: "With -w, show the symbols of C++, Rust and Cython functions in full.",
    set: (draft) => draft.fullNames = true,
  },
  {
    long: "include",
    short: null,
    metavar: "REGEX",
    versions: [],
    help: "Write only samples with a matching function, file or binary in their stacks.",
    set: (draft, value) => draft.shape = { ...draft.shape, include: parsePattern(value, "include") },
  },
  {
    long: "json",
    short: null,
    metavar: null,
    versions: [],
    help: "With -w, write JSON, with all that is known.",
    set: (draft) => draft.json = true,
  },
  {
    long: "lines",
    short: null,
    metavar: null,
    versions: [],
    help:
      "Write native frames with their source lines, and the calls that were inlined there, where debug information " +
      "tells them. With -w they are shown in any case.",
    set: (draft) => draft.lines = true,
  },
  {
    long: "log-file",
    short: null,
    metavar: "FILE",
    versions: [],
    help: "Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the " +
      "variable AUSTIN_NO_LOGGING switches off.",
    set: (draft, value) => draft.logFile = value,
  },
  {
    long: "log-level",
    short: null,
    metavar: "LEVEL",
    versions: [],
    choices: LOG_LEVELS,
    help: "Log what matters at least so much: error, warning, info (the default) or debug.",
    set: (draft, value) => draft.logLevel = parseChoice(value, { name: "log level", choices: LOG_LEVELS }),
  },
  {
    long: "man",
    short: null,
    metavar: null,
    versions: [],
    help: "Print the man page; to read it, austinp --man | man -l -",
    prints: "man",
  },
  {
    long: "mojo",
    short: null,
    metavar: "VERSION",
    versions: [],
    choices: ["3", "4"],
    help: "Write the samples in the binary MOJO format, version 3 or 4.",
    set: (draft, value) => {
      draft.mojo = parseCompat(value, "the version of --mojo");
      draft.format = "mojo";
    },
  },
  {
    long: "native-last",
    short: null,
    metavar: null,
    versions: [],
    help: "Leave out native frames that call Python: of those, only the ones behind the last Python frame stay.",
    set: (draft) => draft.shape = { ...draft.shape, nativeLast: true },
  },
  {
    long: "no-lines",
    short: null,
    metavar: null,
    versions: [],
    help: "Tell functions apart, not the lines and addresses in them.",
    set: (draft) => draft.shape = { ...draft.shape, noLines: true },
  },
  {
    long: "no-native",
    short: null,
    metavar: null,
    versions: [],
    help: "Do not stop threads, and show no native frames, as austin does.",
    set: (draft) => draft.native = false,
  },
  {
    long: "python-only",
    short: null,
    metavar: null,
    versions: [],
    help: "Leave out native and kernel frames.",
    set: (draft) => draft.shape = { ...draft.shape, pythonOnly: true },
  },
  {
    long: "resolve",
    short: null,
    metavar: "FILE",
    versions: [],
    help:
      "Write the samples in FILE (text or MOJO), or in standard input if that is -, as text with source lines for " +
      "the native frames. Nothing is sampled.",
    set: (draft, value) => draft.resolve = value,
  },
  {
    long: "thread",
    short: null,
    metavar: "NAME",
    versions: [],
    help: "Write only the samples of the thread with this name or number; may be given several times.",
    set: (draft, value) => draft.shape = { ...draft.shape, threads: [...draft.shape.threads, value] },
  },
  { long: "help", short: "?", metavar: null, help: "Give this help list", prints: "help" },
  { long: "usage", short: null, metavar: null, help: "Give a short usage message", prints: "usage" },
  { long: "version", short: "V", metavar: null, help: "Print program version", prints: "version" },
];

/** Whether an option is one of Austin's, in this version of it; the others are ours, or those of another version. */
export function isAustins({ versions }: Option, compat: Compat): boolean {
  return versions === undefined || versions.includes(compat);
}

/** The rows that a program has. */
export function optionsOf({ name }: Program): readonly Option[] {
  return name === "austinp" ? OPTIONS : OPTIONS.filter(({ nativeOnly }) => !nativeOnly);
}

/**
 * Parses a command line: options, or the text that it asks for.
 *
 * @throws {UsageError} at the first thing that is wrong with it; and whatever `createOutput` throws.
 */
export function parseOptions(
  args: readonly string[],
  { program = programAt("austinp"), createOutput }: ParseOptions,
): Options | Text {
  const draft: Draft = {
    compat: program.compat,
    mojo: null,
    format: null,
    shape: WHOLE,
    json: false,
    children: false,
    native: null,
    interval: null,
    timeout: null,
    exposure: 0,
    kernel: false,
    lines: false,
    pipe: false,
    sleepless: false,
    memory: false,
    full: false,
    gc: false,
    fullNames: false,
    fullPaths: false,
    output: null,
    logFile: null,
    logLevel: "info",
    pid: null,
    where: false,
    convert: null,
    resolve: null,
    debugFolder: null,
  };
  let command: readonly string[] = [];
  // An abbreviation means what it means to the Austin that is stood in for.
  const prefers = (option: Option) => isAustins(option, draft.compat);
  for (const item of scan(args, optionsOf(program), { prefers })) {
    if ("command" in item) {
      command = item.command;
    } else {
      const { option: { prints, set }, value } = item;
      if (prints !== undefined) return { prints, program: { ...program, compat: draft.compat }, value };
      set?.(draft, value ?? "", { createOutput });
    }
  }
  return complete(draft, { program: { ...program, compat: draft.compat }, command });
}

/** Fills in the defaults. */
function complete(draft: Draft, { program, command }: { program: Program; command: readonly string[] }): Options {
  const { pid, where, convert, resolve, compat: _, ...rest } = draft;
  if (draft.json && !where) throw new UsageError("option --json goes with -w; for samples there is --format jsonl");
  const defaults = defaultsOf(program);
  const native = draft.native ?? defaults.native;
  const target = chooseTarget({ pid, where, convert, resolve, command });
  if (draft.kernel && !native) {
    throw new UsageError("option -k shows kernel frames below native ones: not with --no-native");
  }
  return {
    ...rest,
    program,
    target,
    native,
    interval: draft.interval ?? defaults.interval,
    timeout: draft.timeout ?? defaults.timeout,
    format: draft.format ?? (draft.output === null ? null : formatOfFile(draft.output)) ?? defaults.format,
    mojo: draft.mojo ?? defaults.mojo,
  };
}

/** What a run measures: all if so asked, else memory; only then does leaving out idle threads count. */
export function modeOf({ full, memory, sleepless }: Options): Mode {
  return full ? "full" : memory ? "memory" : sleepless ? "cpu" : "wall";
}

function chooseTarget(
  { pid, where, convert, resolve, command }: Pick<Draft, "pid" | "where" | "convert" | "resolve"> & {
    readonly command: readonly string[];
  },
): Target {
  const path = resolve ?? convert;
  if (path !== null) {
    const kind = resolve === null ? "convert" : "resolve";
    const other = pid !== null
      ? `option ${where ? "-w" : "-p"} ${pid}`
      : command.length > 0
      ? `the command '${command[0]}'`
      : null;
    if (other !== null) throw new UsageError(`option --${kind} is incompatible with ${other}`);
    return { kind, path };
  }
  if (command.length === 0) return pid === null ? null : { kind: where ? "where" : "attach", pid };
  if (pid === null) return { kind: "launch", command };
  const option = where ? "-w" : "-p";
  throw new UsageError(`option ${option} ${pid} is incompatible with the command '${command[0]}'`);
}
