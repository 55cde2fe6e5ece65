/**
 * Austin's options, of 3.7 and of 4.1.
 * @module
 */

import type { Option } from "./option.ts";
import { parseCount, parsePid, parseTime } from "./values.ts";

/** By letter, small before capital. */
export const AUSTIN_OPTIONS: readonly Option[] = [
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
    set: setPid({ where: false }),
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
    set: setPid({ where: true }),
  },
  {
    long: "exposure",
    short: "x",
    metavar: "SECONDS",
    help: "Stop sampling after so many seconds (default: 0, which is never).",
    set: (draft, value) => draft.exposure = parseTime(value, { name: "exposure", units: ["s"] }),
  },
];

/** Names the process, and says how it is looked at; the last of such options counts. */
function setPid({ where }: { where: boolean }): Option["set"] {
  return (draft, value) => {
    draft.pid = parsePid(value);
    draft.where = where;
  };
}
