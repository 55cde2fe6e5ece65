/**
 * What threads do that did something else when a dump was saved.
 * @module
 */

import { InputError } from "../../errors.ts";
import type { Dump, Frame } from "../../types.ts";
import { counted, printable } from "../text.ts";

/** What of a saved dump is compared: a line for each frame, by process and thread. */
export type SavedDump = ReadonlyMap<number, ReadonlyMap<number, readonly string[]>>;

// deno-lint-ignore no-explicit-any
type Json = any;

/** Processes have children, and these; deeper ones are none. */
const MOST_DEPTH = 1000;

/**
 * Reads what `--json` has written.
 *
 * @throws {InputError} if it is something else.
 */
export function parseSaved(text: string): SavedDump {
  const saved = new Map<number, Map<number, string[]>>();
  function add(process: Json, depth: number): void {
    if (depth > MOST_DEPTH) throw new TypeError("processes are too many generations deep");
    const threads = new Map<number, string[]>();
    for (const { tid, frames } of process.threads) threads.set(Number(tid), frames.map(savedLine));
    saved.set(Number(process.pid), threads);
    for (const child of process.children ?? []) add(child, depth + 1);
  }
  try {
    for (const process of JSON.parse(text).processes) add(process, 0);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause;
    throw new InputError(`The saved dump is none that -w --json has written: ${cause.message}`, 0, { cause });
  }
  return saved;
}

/** Each thread that has moved, come or ended; then how many have not. */
export function movedText(saved: SavedDump, dumps: readonly Dump[]): string {
  const parts: string[] = [];
  let same = 0;
  for (const { pid, threads } of dumps) {
    const before = saved.get(pid);
    for (const { tid, name, stack } of threads) {
      const [was, is] = [before?.get(tid), stack.frames.map(line)];
      const common = was === undefined ? 0 : sharedLength(was, is);
      if (was !== undefined && common === was.length && common === is.length) same++;
      else parts.push(threadText(`Process ${pid} thread ${tid} ${printable(name)}`, { was, is, common }));
    }
    const living = new Set(threads.map(({ tid }) => tid));
    for (const tid of before?.keys() ?? []) {
      if (!living.has(tid)) parts.push(`\nProcess ${pid} thread ${tid}: ended\n`);
    }
  }
  const known = new Set(dumps.map(({ pid }) => pid));
  for (const pid of saved.keys()) if (!known.has(pid)) parts.push(`\nProcess ${pid}: not there any more\n`);
  return `${parts.join("")}\n${counted(same, "thread")} where ${same === 1 ? "it was" : "they were"}\n`;
}

interface Stacks {
  readonly was: readonly string[] | undefined;
  readonly is: readonly string[];
  /** How many of the outermost frames both have. */
  readonly common: number;
}

function threadText(title: string, { was, is, common }: Stacks): string {
  if (was === undefined) return `\n${title}: new\n${is.map((text) => `  + ${text}\n`).join("")}`;
  return `\n${title}: moved\n` +
    (common > 0 ? `    ${counted(common, "frame")} as before, to ${is[common - 1]}\n` : "") +
    was.slice(common).map((text) => `  - ${text}\n`).join("") +
    is.slice(common).map((text) => `  + ${text}\n`).join("");
}

function sharedLength(one: readonly string[], other: readonly string[]): number {
  let count = 0;
  while (count < one.length && one[count] === other[count]) count++;
  return count;
}

/** A frame as `savedLine` has it. */
function line(frame: Frame): string {
  switch (frame.kind) {
    case "python":
      return placed(frame.function, frame.file, frame.line);
    case "native":
      return placed(frame.symbol, frame.source?.file ?? frame.module, frame.source?.line ?? frame.offset);
    case "kernel":
      return placed(frame.symbol, "kernel", 0);
    case "mark":
      return placed(frame.mark, "mark", 0);
  }
}

function savedLine({ kind, mark, function: name, file, line, module = "", offset = 0 }: Json): string {
  if (kind === "mark" || kind === "kernel") return placed(String(name ?? mark), kind, 0);
  return placed(String(name), String(file ?? module), Number(line ?? offset));
}

function placed(name: string, file: string, number: number): string {
  return printable(`${name} (${file}${number > 0 ? `:${number}` : ""})`);
}
