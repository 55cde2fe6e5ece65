/**
 * The options that Austin does not have.
 * @module
 */

import { FORMATS } from "../output/formats.ts";
import { LOG_LEVELS } from "./log.ts";
import { type Option, SHELLS } from "./option.ts";
import { parseCompat } from "./program.ts";
import { SHAPE_OPTIONS } from "./shape_options.ts";
import { parseChoice, parseLimit, parsePid, parseShare, parseTime } from "./values.ts";

/** But for --quiet, they have no letters. */
const GENERAL: readonly Option[] = [
  {
    long: "allow-eintr",
    short: null,
    metavar: null,
    versions: [],
    help:
      "Where a native stack takes a stop to be followed, stop also threads that wait in system calls which return EINTR " +
      "then or begin their timeouts anew, as epoll_wait and recv. Without it such a stack has a gap.",
    set: (draft) => draft.allowEintr = true,
    nativeOnly: true,
  },
  {
    long: "check",
    short: null,
    metavar: "PID",
    versions: [],
    help:
      "Say what of process PID could be sampled with the other options and the rights that austinp has, and what is " +
      "missing; exit with 0 if nothing that is needed is, else with 1. Its threads are stopped once, for a moment.",
    set: (draft, value) => draft.check = parsePid(value),
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
    long: "diff",
    short: null,
    metavar: "FILE",
    versions: [],
    help: "Compare the samples in FILE with those in a second file, named behind it or by --convert, or in standard " +
      "input if that is -: write a table of what grew and shrank by more than noise, and with -o a flame graph of it. " +
      "With -w, show the threads that do something else than in FILE, a dump that --json wrote.",
    set: (draft, value) => draft.diff = value,
  },
  {
    long: "fail-if",
    short: null,
    metavar: "LIMIT",
    versions: [],
    help: "With --diff, exit with 1 if a function's share has grown by more than so much of what it was, and not by " +
      "noise: +5%:FUNCTION. May be given several times.",
    set: (draft, value) => draft.failIf = [...draft.failIf, parseLimit(value)],
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
    set: (draft) => draft.fullSymbols = true,
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
    long: "no-jitter",
    short: null,
    metavar: null,
    versions: [],
    help:
      "Take samples exactly an interval apart. Without it each comes at random within its interval, so that a program " +
      "which does the same things in the same rhythm is seen in all that it does.",
    set: (draft) => draft.jitter = false,
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
    long: "overhead-budget",
    short: null,
    metavar: "PCT",
    versions: [],
    help: "Leave out samples where the threads of a process would be stopped for more than this part of the time.",
    set: (draft, value) => draft.overheadBudget = parseShare(value, "overhead-budget"),
    nativeOnly: true,
  },
  {
    long: "quiet",
    short: "q",
    metavar: null,
    versions: [],
    help: "Say nothing on standard error but what is wrong: no progress, no figures.",
    set: (draft) => draft.quiet = true,
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
    long: "watch",
    short: null,
    metavar: "SECONDS",
    versions: [],
    help: "With -w, look again after so long, until the process has ended or Ctrl-C; JSON is a line a time then.",
    set: (draft, value) => draft.watch = parseTime(value, { name: "time of --watch", units: ["s", "ms"] }),
  },
];

/** By name. */
export const OWN_OPTIONS: readonly Option[] = [...GENERAL, ...SHAPE_OPTIONS]
  .toSorted((a, b) => a.long < b.long ? -1 : 1);
