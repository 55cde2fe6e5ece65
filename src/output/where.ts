/**
 * A dump in, the text of where mode out: a block for each thread, its frames outermost first.
 * @module
 */

import type { Dump, Flaw, Frame, MarkFrame, Proof, ThreadDump } from "../types.ts";
import { counted, printable } from "./text.ts";

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

const COLLECTING = "garbage is being collected";

/** Whether to colour, and which threads to leave out. */
export interface WhereStyle {
  readonly colour: boolean;
  readonly hideIdle: boolean;
}

/** The text of a whole dump. */
export function whereText(dump: Dump, { colour, hideIdle }: WhereStyle): string {
  const paint: Paint = colour ? paintAnsi : paintNothing;
  return dump.threads
    .filter(({ idle }) => !(hideIdle && idle))
    .map((thread) => threadText(thread, { pid: dump.pid, paint }))
    .join("");
}

function threadText(thread: ThreadDump, { pid, paint }: { pid: number; paint: Paint }): string {
  const state = thread.idle ? "💤" : "🚀";
  const id = `${thread.interpreter}:${thread.tid}`;
  const { frames, proof } = thread.stack;
  const lines = [
    ...(proof.flaw === null ? [] : [warningText(flawText(proof.flaw, proof), paint)]),
    ...frames.map((frame) => frameText(frame, paint)),
    ...(thread.gc ? [`♻️ ${paint("collector", COLLECTING)}`] : []),
  ];
  return `\n\n${state} Process ${paint("process", pid)} 🧵 Thread ${paint("thread", id)}\n\n` +
    lines.map((line) => `    ${line}\n`).join("");
}

function frameText(frame: Frame, paint: Paint): string {
  switch (frame.kind) {
    case "python":
      return `${paint("function", frame.function)} (${paint("file", frame.file)}:${paint("line", frame.line)})`;
    case "native":
      return `${paint("symbol", frame.symbol)} (${paint("module", frame.module)}:${paint("offset", frame.offset)})`;
    case "kernel":
      return `${paint("kernel", frame.symbol)} 🐧`;
    case "mark":
      return warningText(MARKS[frame.mark], paint);
  }
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
