/**
 * The options that choose samples, and what of them is written, while sampling and converting.
 * @module
 */

import type { Option } from "./option.ts";
import { parsePattern } from "./values.ts";

/** By name. */
export const SHAPE_OPTIONS: readonly Option[] = [
  {
    long: "by-line",
    short: null,
    metavar: null,
    versions: [],
    help:
      "Have each line of a function for a function of its own in pictures and tables, as f:12. Text and MOJO have the " +
      "lines in any case.",
    set: (draft) => draft.shape = { ...draft.shape, byLine: true },
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
    long: "fold-native",
    short: null,
    metavar: null,
    versions: [],
    help: "Leave out the interpreter's own calls between two Python functions; builtins and functions of extension " +
      "modules stay.",
    set: (draft) => draft.shape = { ...draft.shape, foldNative: true },
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
    long: "off-cpu",
    short: null,
    metavar: null,
    versions: [],
    help: "Write only samples of threads that waited.",
    set: (draft) => draft.shape = { ...draft.shape, cpu: "off" },
  },
  {
    long: "on-cpu",
    short: null,
    metavar: null,
    versions: [],
    help: "Write only samples of threads that ran.",
    set: (draft) => draft.shape = { ...draft.shape, cpu: "on" },
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
    long: "split-threads",
    short: null,
    metavar: null,
    versions: [],
    help: "Keep threads apart where a format adds them up: in callgrind and pprof, each stack begins with its thread.",
    set: (draft) => draft.shape = { ...draft.shape, splitThreads: true },
  },
  {
    long: "thread",
    short: null,
    metavar: "NAME",
    versions: [],
    help: "Write only the samples of the thread with this name or number; may be given several times.",
    set: (draft, value) => draft.shape = { ...draft.shape, threads: [...draft.shape.threads, value] },
  },
];
