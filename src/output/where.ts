/**
 * A dump in, the text of where mode out: a block for each thread, its frames outermost first.
 * @module
 */

import type { Dump, Flaw, Frame, MarkFrame, NativeFrame, Pid, Proof, ThreadDump } from "../types.ts";
import { counted, printable } from "./text.ts";
import { fullThreadName, ThreadNames } from "./thread_names.ts";

/** Select Graphic Rendition parameters (ECMA-48 §8.3.117) of each part, as Austin 3.7 chooses them. */
const COLOURS = {
  process: "35;1",
  thread: "34;1",
  function: "33;1",
  file: "36;1",
  line: "32;1",
  symbol: "38;5;246",
  module: "38;5;248;1",
  offset: "38;5;246",
  kernel: "38;5;159",
  collector: "35",
  stopped: "35",
  warning: "31;1",
} as const;

type Part = keyof typeof COLOURS;
type Paint = (part: Part, text: string | number) => string;

const FLAWS: Readonly<Record<Flaw, string>> = {
  torn: "the Python frames were caught half-built",
  unmatched: "Python and native frames do not fit together",
  truncated: "the native stack could not be followed to its end",
  blocked: "the thread did not stop: it sleeps uninterruptibly in the kernel",
};

const MARKS: Readonly<Record<MarkFrame["mark"], string>> = {
  invalid: "frames are missing here: they did not prove",
  truncated: "outer frames are missing here",
  gap: "native frames may be missing here: this code has no unwind information",
};

/** What `threading` calls the first thread. */
const PYTHON_MAIN = "MainThread";

const COLLECTING = "garbage is being collected";

/** A group stop, `proc_pid_stat(5)`: by SIGSTOP, Ctrl-Z or the like. */
const STATE_STOPPED = "T";
const STOPPED = "stopped by a signal, until SIGCONT";

/** How a dump is written. */
export interface WhereStyle {
  readonly colour: boolean;
  /** Leaves out threads that wait. */
  readonly hideIdle: boolean;
  /** Shows the folders of binaries. */
  readonly fullPaths?: boolean;
  /** How a symbol is told; as it is by default. */
  readonly nameOf?: (symbol: string) => string;
  /** Whether threads go by their names, as in Austin 4, where they have one. */
  readonly threadNames?: boolean;
  /** Marks the process as a child of the one that was asked for. */
  readonly isChild?: boolean;
}

/** How one thread is written. */
interface ThreadStyle {
  /** Stands for the thread. */
  readonly label: string;
  /** Stands beside that; empty where there is nothing to add. */
  readonly name: string;
  readonly paint: Paint;
  readonly fullPaths: boolean;
  readonly nameOf: (symbol: string) => string;
  readonly isChild: boolean;
}

/** The text of a whole dump. */
export function whereText(dump: Dump, style: WhereStyle): string {
  const { colour, hideIdle, fullPaths = false, nameOf = (symbol) => symbol, isChild = false } = style;
  const paint: Paint = colour ? paintAnsi : paintNothing;
  const labels = labelThreads(dump, style.threadNames ?? false);
  return dump.threads
    .filter(({ idle }) => !(hideIdle && idle))
    .map((thread) => {
      const label = labels.get(thread)!;
      const name = style.threadNames ? "" : nameBeside(thread, dump);
      return threadText(thread, dump.pid, { label, name, paint, fullPaths, nameOf, isChild });
    })
    .join("");
}

/** What Python and the system call a thread, unless each thread in its place would be called that. */
function nameBeside({ name, pythonName }: ThreadDump, { pid, threads }: Dump): string {
  const mainName = threads.find(({ tid }) => tid === pid)?.name || name || null;
  const full = fullThreadName({ systemName: name || null, pythonName: pythonName || null }, mainName);
  return full === null || full === mainName || full === PYTHON_MAIN ? "" : ` (${printable(full)})`;
}

/** The number of each thread, or its name. */
function labelThreads({ pid, threads }: Dump, byName: boolean): Map<ThreadDump, string> {
  const names = new ThreadNames((_, id) => threads.find(({ tid }) => tid === id)?.name ?? null);
  // The main thread comes last, but has the first claim to its name.
  return new Map(
    threads.toReversed().map((thread) => [thread, byName && names.get(pid, thread.tid) || String(thread.tid)]),
  );
}

function threadText(thread: ThreadDump, pid: Pid, style: ThreadStyle): string {
  const { label, name, paint, isChild } = style;
  const state = (thread.idle ? "💤" : "🚀") + (isChild ? "🧒" : "");
  const id = `${thread.interpreter}:${label}`;
  const { frames, proof } = thread.stack;
  const lines = [
    ...(proof.flaw === null ? [] : [warningText(flawText(proof.flaw, proof), paint)]),
    ...frames.map((frame) => frameText(frame, style)),
    ...(thread.gc ? [`♻️ ${paint("collector", COLLECTING)}`] : []),
    ...(thread.activity?.state === STATE_STOPPED ? [`⏸️ ${paint("stopped", STOPPED)}`] : []),
  ];
  return `\n\n${state} Process ${paint("process", pid)} 🧵 Thread ${paint("thread", id)}${name}\n\n` +
    lines.map((line) => `    ${line}\n`).join("");
}

function frameText(frame: Frame, style: ThreadStyle): string {
  const { paint } = style;
  switch (frame.kind) {
    case "python":
      return `${paint("function", frame.function)} (${paint("file", frame.file)}:${paint("line", frame.line)})`;
    case "native":
      return nativeText(frame, style);
    case "kernel":
      return `${paint("kernel", frame.symbol)} 🐧`;
    case "mark":
      return warningText(MARKS[frame.mark], paint);
  }
}

/** With the source line where it is known, else with the binary and the offset in the function. */
function nativeText(frame: NativeFrame, { paint, fullPaths, nameOf }: ThreadStyle): string {
  const { symbol, named, module, offset, source, inlined = false } = frame;
  const binary = fullPaths ? module : fileName(module);
  const [file, number] = source === undefined ? [binary, offset] : [source.file, source.line];
  const place = `${paint("module", file)}:${paint("offset", number)}`;
  return `${paint("symbol", named ? nameOf(symbol) : symbol)} (${place})${inlined ? " [inlined]" : ""}`;
}

/** The last part of a path. */
function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function flawText(flaw: Flaw, { matched, expected }: Proof): string {
  return `this stack is not reliable: ${FLAWS[flaw]} (proved ${matched} of ${counted(expected, "activation")})`;
}

function warningText(text: string, paint: Paint): string {
  return `❗ ${paint("warning", text)}`;
}

function paintAnsi(part: Part, text: string | number): string {
  return `\x1b[${COLOURS[part]}m${printable(String(text))}\x1b[0m`;
}

function paintNothing(_part: Part, text: string | number): string {
  return printable(String(text));
}
