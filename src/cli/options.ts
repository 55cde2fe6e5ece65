/**
 * The option table, from which parser, help, usage, man page and shell completion are made, and the typed options that
 * it yields.
 * @module
 */

import { UsageError } from "../errors.ts";
import { type FormatName, formatOfFile } from "../output/formats.ts";
import { type Shape, WHOLE } from "../output/shape.ts";
import type { Microseconds, Mode, Pid } from "../types.ts";
import { AUSTIN_OPTIONS } from "./austin_options.ts";
import { scan } from "./getopt.ts";
import type { LogLevel } from "./log.ts";
import type { Draft, Effects, Limit, Option, TextKind } from "./option.ts";
import { OWN_OPTIONS } from "./own_options.ts";
import { type Compat, defaultsOf, type Program, programAt } from "./program.ts";

/**
 * What to look at: a running process for good, a running process once, the rights to do so, a command to run, or a file
 * of samples; null if nothing is named.
 */
export type Target =
  | { readonly kind: "attach"; readonly pid: Pid }
  | { readonly kind: "where"; readonly pid: Pid }
  | { readonly kind: "check"; readonly pid: Pid }
  | { readonly kind: "launch"; readonly command: readonly string[] }
  | { readonly kind: "convert" | "resolve"; readonly path: string }
  | { readonly kind: "diff"; readonly before: string; readonly path: string }
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
  /** What a dump is compared with; null for nothing. */
  readonly saved: string | null;
  /** What a comparison of samples fails for. */
  readonly failIf: readonly Limit[];
  /** How long to wait until the next dump; null where there is to be none. */
  readonly watch: Microseconds | null;
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
  /** Says nothing to people but what is wrong. */
  readonly quiet: boolean;
  readonly sleepless: boolean;
  /** Measure memory. */
  readonly memory: boolean;
  /** Measure time, idleness and memory. */
  readonly full: boolean;
  /** Mark threads that collect garbage. */
  readonly gc: boolean;
  /** Whether ticks come at random within each interval. */
  readonly jitter: boolean;
  /** The share of the time that threads may be stopped; null for any. */
  readonly overheadBudget: number | null;
  /** Whether threads may be stopped for their registers in calls that return EINTR then. */
  readonly allowEintr: boolean;
  /** In a dump, whether symbols of native functions are told with everything, and binaries with their folders. */
  readonly fullSymbols: boolean;
  readonly fullPaths: boolean;
  /** Where to look for debug files first; null for nowhere but in the usual places. */
  readonly debugFolder: string | null;
  /** Where the samples go; null for standard output. */
  readonly output: string | null;
  /** Where the log goes, beside syslog: `-` for standard error, null for nowhere else. */
  readonly logFile: string | null;
  readonly logLevel: LogLevel;
}

/** Such a text, as the options before it made it. */
export interface Text {
  readonly prints: TextKind;
  readonly program: Program;
  readonly value: string | null;
}

/** What a command line is parsed for, and what options do meanwhile, beside setting a value. */
export interface ParseOptions extends Effects {
  /** What the program stands in for, unless the options say otherwise; austinp 3.7 if it is left out. */
  readonly program?: Program;
}

/** In the order of `--help`: Austin's, then our own, then what only informs. */
export const OPTIONS: readonly Option[] = [
  ...AUSTIN_OPTIONS,
  ...OWN_OPTIONS,
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
    quiet: false,
    sleepless: false,
    memory: false,
    full: false,
    gc: false,
    jitter: true,
    overheadBudget: null,
    allowEintr: false,
    fullSymbols: false,
    fullPaths: false,
    output: null,
    logFile: null,
    logLevel: "info",
    pid: null,
    check: null,
    where: false,
    convert: null,
    diff: null,
    failIf: [],
    watch: null,
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
  const { pid, check, where, convert, resolve, diff, compat: _, ...rest } = draft;
  if (draft.json && !where) throw new UsageError("option --json goes with -w; for samples there is --format jsonl");
  if (draft.watch !== null && !where) throw new UsageError("option --watch goes with -w");
  if (draft.json && diff !== null) throw new UsageError("option --diff writes text: not with --json");
  const defaults = defaultsOf(program);
  const native = draft.native ?? defaults.native;
  if (draft.shape.cpu === "off" && draft.sleepless && !draft.full) {
    throw new UsageError("option --off-cpu writes what -s leaves out; -f has both");
  }
  const target = chooseTarget({ pid, check, where, convert, resolve, diff, command });
  if (draft.failIf.length > 0 && target?.kind !== "diff") {
    throw new UsageError("option --fail-if goes with --diff, which compares two files of samples");
  }
  if (draft.kernel && !native) {
    throw new UsageError("option -k shows kernel frames below native ones: not with --no-native");
  }
  return {
    ...rest,
    program,
    target,
    saved: where ? diff : null,
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

/** What may name a target. */
interface Named extends Pick<Draft, "pid" | "check" | "where" | "convert" | "resolve" | "diff"> {
  readonly command: readonly string[];
}

/** @throws {UsageError} where more than one is named that cannot be one beside another. */
function chooseTarget({ pid, check, where, convert, resolve, diff, command }: Named): Target {
  if (diff !== null && !where) {
    const path = convert ?? (command.length === 1 && pid === null ? command[0] : null);
    if (path === null) {
      throw new UsageError("option --diff compares two files: --diff BEFORE AFTER, other options first");
    }
    return { kind: "diff", before: diff, path };
  }
  const candidates: (readonly [name: string, target: NonNullable<Target>])[] = [];
  if (check !== null) candidates.push(["option --check", { kind: "check", pid: check }]);
  if (resolve !== null) candidates.push(["option --resolve", { kind: "resolve", path: resolve }]);
  else if (convert !== null) candidates.push(["option --convert", { kind: "convert", path: convert }]);
  if (pid !== null) {
    candidates.push([`option ${where ? "-w" : "-p"} ${pid}`, { kind: where ? "where" : "attach", pid }]);
  }
  if (command.length > 0) candidates.push([`the command '${command[0]}'`, { kind: "launch", command }]);
  const [first, second] = candidates;
  if (second !== undefined) throw new UsageError(`${first[0]} is incompatible with ${second[0]}`);
  return first?.[1] ?? null;
}
