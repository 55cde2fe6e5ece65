/**
 * What threads are called, where Austin 4 shows their names. Readers tell threads apart by process, interpreter and
 * name, so no two threads of a process get the same one.
 * @module
 */

import type { Pid, Tid } from "../types.ts";
import { escapeCharacter, printable } from "./text.ts";

/** The operating system's name of a thread, or null when it has ended. */
export type ThreadName = (pid: Pid, tid: Tid) => string | null;

/** What a thread is called by those who name it; null where it has no name from them. */
export interface ThreadNaming {
  readonly systemName: string | null;
  readonly pythonName: string | null;
}

/**
 * Python's name, and the system's where that tells more: it is not the beginning of the other, as in 3.14, nor what a
 * thread that nobody named has from the first one, which is called `mainName`.
 */
export function fullThreadName({ systemName, pythonName }: ThreadNaming, mainName: string | null): string | null {
  if (pythonName === null || systemName === null) return pythonName ?? systemName;
  const tellsMore = systemName !== mainName && !pythonName.startsWith(systemName);
  return tellsMore ? `${pythonName} (${systemName})` : pythonName;
}

interface Thread {
  /** Null for a thread that has only its number. */
  name: string | null;
  /** How often it was asked for. */
  asked: number;
}

/** Threads that end are forgotten when this many others have come. */
const MOST_THREADS = 4096;

/** The names of the threads of all processes. */
export class ThreadNames {
  readonly #nameOf: ThreadName;
  /** By process and thread; the one that was asked for last comes last. */
  readonly #threads = new Map<string, Thread>();
  /** Who has a name: by process and name. */
  readonly #owners = new Map<string, Thread>();

  constructor(nameOf: ThreadName) {
    this.#nameOf = nameOf;
  }

  /** The name that a thread has given itself, or null if it has none. */
  get(pid: Pid, tid: Tid): string | null {
    const key = `${pid} ${tid}`;
    const thread = this.#threads.get(key) ?? { name: null, asked: 0 };
    this.#threads.delete(key);
    this.#threads.set(key, thread);
    if (this.#threads.size > MOST_THREADS) this.#forget();
    // A thread names itself a little after it has begun. To look is a system call, so not each time.
    if (isPowerOfTwo(++thread.asked)) this.#rename(thread, pid, tid);
    return thread.name;
  }

  #forget(): void {
    const [[key, { name }]] = this.#threads;
    this.#threads.delete(key);
    if (name !== null) this.#owners.delete(`${key.split(" ")[0]} ${name}`);
  }

  #rename(thread: Thread, pid: Pid, tid: Tid): void {
    const name = this.#choose(thread, pid, tid);
    if (name === null || name === thread.name) return;
    if (thread.name !== null) this.#owners.delete(`${pid} ${thread.name}`);
    this.#owners.set(`${pid} ${name}`, thread);
    thread.name = name;
  }

  /** A name that another thread has too is made its own by its number. */
  #choose(thread: Thread, pid: Pid, tid: Tid): string | null {
    const name = this.#nameOf(pid, tid);
    if (name === null || name === "") return null;
    // A thread begins with its creator's name, which is none of its own.
    if (tid !== pid && name === this.#nameOf(pid, pid)) return null;
    const text = printable(name).replace(/;/g, escapeCharacter);
    const owner = this.#owners.get(`${pid} ${text}`);
    // What looks like a number would be taken for one.
    const isFree = (owner === undefined || owner === thread) && !/^[0-9a-f]+$/.test(text);
    return isFree ? text : `${text}-${tid.toString(16)}`;
  }
}

/** Names as they were when each thread was asked for the first, second, fourth time and so on. */
export function rarelyAsked(nameOf: ThreadName): ThreadName {
  const threads = new Map<string, Thread>();
  return (pid, tid) => {
    const key = `${pid} ${tid}`;
    let thread = threads.get(key);
    if (thread === undefined) {
      if (threads.size >= MOST_THREADS) threads.clear();
      threads.set(key, thread = { name: null, asked: 0 });
    }
    if (isPowerOfTwo(++thread.asked)) thread.name = nameOf(pid, tid) ?? thread.name;
    return thread.name;
  };
}

/** Whether it is time to ask for a name again: a thread names itself a little after it has begun. */
export function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
