/**
 * The threads of a recording, in the order of their first samples.
 * @module
 */

import type { Microseconds, Pid, RecordedSample, Tid } from "../../types.ts";
import { fullThreadName, isPowerOfTwo, type ThreadName, type ThreadNaming } from "../thread_names.ts";
import { printable } from "../text.ts";

/** One thread of one process. */
export interface Thread extends ThreadNaming {
  /** Its place in the order. */
  readonly index: number;
  readonly pid: Pid;
  readonly tid: Tid | string;
  readonly interpreter: number;
  /** What it is called; null where that is not known. */
  name: string | null;
  systemName: string | null;
  pythonName: string | null;
  samples: number;
  /** When its last sample ended, from the start of the recording. */
  clock: Microseconds;
}

/** Whence names are. */
export interface ThreadTableNames {
  /** The operating system's. */
  readonly threadName: ThreadName;
  /** Python's. */
  readonly pythonName?: ThreadName;
}

const NAMELESS = { name: null, systemName: null, pythonName: null };
/** How many threads are told apart. */
const MOST_THREADS = 2 ** 14;
const OTHERS = { pid: 0, tid: "other threads", interpreter: 0 } as const;

/**
 * Finds the thread of a sample, and tells when it was: a recording has only the times between samples. Where there are too
 * many, all that are new are one.
 */
export class ThreadTable {
  readonly #names: ThreadTableNames;
  readonly #threads = new Map<string, Thread>();
  #latest: Microseconds = 0;
  #cut = 0;

  constructor(names: ThreadTableNames) {
    this.#names = names;
  }

  /** All threads so far. */
  get all(): readonly Thread[] {
    return [...this.#threads.values()];
  }

  /** Whether there is no room for another one. */
  get isFull(): boolean {
    return this.#threads.size >= MOST_THREADS;
  }

  /** How many samples were of threads that there was no room for. */
  get cut(): number {
    return this.#cut;
  }

  /** The thread of the next sample. */
  next(sample: RecordedSample): Thread {
    const { time } = sample;
    let thread = this.#threads.get(keyOf(sample));
    if (thread === undefined && this.isFull) {
      this.#cut++;
      thread = this.#threads.get(keyOf(OTHERS));
    }
    thread ??= this.#begun(this.isFull ? OTHERS : sample, time);
    thread.clock += Math.max(0, time);
    this.#latest = Math.max(this.#latest, thread.clock);
    // A thread names itself a little after it has begun. To look is a system call, so not each time.
    if (isPowerOfTwo(++thread.samples)) this.#rename(thread);
    return thread;
  }

  #begun({ pid, tid, interpreter }: ThreadKey, time: Microseconds): Thread {
    // Where the others are by now, this one begins.
    const clock = Math.max(0, this.#latest - time);
    const thread = { index: this.#threads.size, pid, tid, interpreter, ...NAMELESS, samples: 0, clock };
    this.#threads.set(keyOf(thread), thread);
    return thread;
  }

  #rename(thread: Thread): void {
    const { pid, tid } = thread;
    const { threadName, pythonName = () => null } = this.#names;
    const told = (name: string | null) => name === null || name === "" ? null : printable(name);
    thread.systemName = told(typeof tid === "string" ? tid : threadName(pid, tid)) ?? thread.systemName;
    thread.pythonName = told(typeof tid === "string" ? null : pythonName(pid, tid)) ?? thread.pythonName;
    thread.name = fullThreadName(thread, told(threadName(pid, pid)));
  }
}

type ThreadKey = Pick<RecordedSample, "pid" | "tid" | "interpreter">;

function keyOf({ pid, tid, interpreter }: ThreadKey): string {
  return `${pid} ${interpreter} ${tid}`;
}

/** A thread and its process: `process 22 thread 24 worker`. */
export function processThreadText(thread: Thread): string {
  return `process ${thread.pid} thread ${threadText(thread)}`;
}

/** A thread for people: `24 worker`. */
export function threadText({ tid, name, interpreter }: Thread): string {
  const number = typeof tid === "string" ? printable(tid) : String(tid);
  const named = name === null || name === number ? number : `${number} ${name}`;
  return interpreter === 0 ? named : `${named} (interpreter ${interpreter})`;
}
