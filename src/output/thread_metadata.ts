/**
 * The names of threads in forms that have only their numbers: metadata, before a thread's first sample and where its name
 * changes later.
 *
 *     # thread: <pid> <tid> python="Thread-1 (worker)" system="pool-1"
 *
 * Names are strings of JSON; one that is not known is left out. The quotes keep a name that ends in a number from being
 * taken for a sample's metric.
 * @module
 */

import type { Pid, RecordedSample, Tid } from "../types.ts";
import type { Metadata } from "./metadata.ts";
import { printable } from "./text.ts";
import { isPowerOfTwo, type ThreadName, type ThreadNaming } from "./thread_names.ts";

const KEY = "thread";
const STRING = `"(?:[^"\\\\]|\\\\.)*"`;
const VALUE = new RegExp(`^(\\d{1,10}) (\\d{1,10})(?: python=(${STRING}))?(?: system=(${STRING}))?$`);
/** More threads than this are not remembered. */
const MOST_THREADS = 2 ** 14;

/** Whence names are. */
export interface ThreadTellerNames {
  /** The operating system's. */
  readonly threadName: ThreadName;
  /** Python's. */
  readonly pythonName: ThreadName;
}

interface ToldThread {
  samples: number;
  /** What was told of it last. */
  value: string | null;
}

/** Tells names while a run is written. */
export class ThreadTeller {
  readonly #names: ThreadTellerNames;
  readonly #threads = new Map<string, ToldThread>();

  constructor(names: ThreadTellerNames) {
    this.#names = names;
  }

  /** What is to be said of the thread of a sample before that is written; null for nothing new. */
  next({ pid, tid }: RecordedSample): Metadata | null {
    if (typeof tid === "string") return null;
    const key = keyOf(pid, tid);
    let thread = this.#threads.get(key);
    if (thread === undefined) {
      if (this.#threads.size >= MOST_THREADS) this.#threads.clear();
      this.#threads.set(key, thread = { samples: 0, value: null });
    }
    // A thread names itself a little after it has begun. To look is a system call, so not each time.
    if (!isPowerOfTwo(++thread.samples)) return null;
    const value = this.#valueOf(pid, tid);
    if (value === null || value === thread.value) return null;
    thread.value = value;
    return [KEY, value];
  }

  #valueOf(pid: Pid, tid: Tid): string | null {
    const { threadName, pythonName } = this.#names;
    const python = pythonName(pid, tid);
    const system = threadName(pid, tid);
    // A thread that nobody named has the first one's, which is none of its own.
    const isOwn = tid === pid || system !== threadName(pid, pid);
    const parts = [quoted("python", python), isOwn ? quoted("system", system) : ""].filter((part) => part !== "");
    return parts.length === 0 ? null : [pid, tid, ...parts].join(" ");
  }
}

function quoted(kind: string, name: string | null): string {
  return name === null || name === "" ? "" : `${kind}=${JSON.stringify(printable(name))}`;
}

/** The names that a recording has told so far. */
export class RecordedThreads {
  readonly #threads = new Map<string, ThreadNaming>();

  /** To be told of all metadata. What is no name, or malformed, says nothing. */
  learn(key: string, value: string): void {
    if (key !== KEY) return;
    const [, pid, tid, python, system] = VALUE.exec(value) ?? [];
    if (pid === undefined) return;
    if (this.#threads.size >= MOST_THREADS) this.#threads.clear();
    this.#threads.set(`${pid} ${tid}`, { systemName: parsed(system), pythonName: parsed(python) });
  }

  /** The operating system's name. */
  readonly threadName: ThreadName = (pid, tid) => this.#threads.get(keyOf(pid, tid))?.systemName ?? null;

  /** Python's name. */
  readonly pythonName: ThreadName = (pid, tid) => this.#threads.get(keyOf(pid, tid))?.pythonName ?? null;
}

function keyOf(pid: Pid, tid: Tid): string {
  return `${pid} ${tid}`;
}

function parsed(text: string | undefined): string | null {
  if (text === undefined) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
