/**
 * What version 4 of MOJO says of threads: their names, and which frames a sample repeats.
 *
 * Readers tell threads apart by process, interpreter and name, and STACK_REPEAT stands for the frames of the sample
 * before that has the same three. So no two threads may have one name here.
 * @module
 */

import type { Frame, Pid, Sample, Tid } from "../types.ts";
import { escapeCharacter, printable } from "./text.ts";

/** The operating system's name of a thread, or null when it has ended. */
export type ThreadName = (pid: Pid, tid: Tid) => string | null;

/** What a sample's STACK says, and how many of its outermost frames STACK_REPEAT stands for. */
export interface ThreadEvent {
  readonly label: string;
  readonly repeated: number;
}

interface Thread {
  /** What it is called; null for a thread that has only its number. */
  name: string | null;
  samples: number;
  /** Of its last sample. */
  interpreter: number;
  /** The frames that STACK_REPEAT would stand for; none where readers do not agree on them. */
  repeatable: readonly Frame[];
}

/** Threads that end are forgotten when this many others have come. */
const MOST_THREADS = 4096;

/** Names and repeated frames, of the threads of all processes. */
export class MojoThreads {
  readonly #nameOf: ThreadName;
  /** By process and thread; the one that was sampled last comes last. */
  readonly #threads = new Map<string, Thread>();
  /** Who has a name: by process and name. */
  readonly #owners = new Map<string, Thread>();

  constructor(nameOf: ThreadName) {
    this.#nameOf = nameOf;
  }

  /** What to write for a sample, which is to be written after those that were asked about before. */
  next({ pid, tid, interpreter, stack }: Sample): ThreadEvent {
    const thread = this.#find(pid, tid);
    // A thread names itself a little after it has begun. To look is a system call, so not each time.
    if (isPowerOfTwo(++thread.samples)) this.#rename(thread, pid, tid);
    const repeated = thread.interpreter === interpreter && stack.proof.flaw === null &&
        thread.repeatable.every((frame, i) => frame === stack.frames[i])
      ? thread.repeatable.length
      : 0;
    thread.interpreter = interpreter;
    thread.repeatable = stack.proof.flaw === null ? repeatable(stack.frames) : [];
    return { label: thread.name ?? tid.toString(16), repeated };
  }

  #find(pid: Pid, tid: Tid): Thread {
    const key = `${pid} ${tid}`;
    const thread = this.#threads.get(key) ?? { name: null, samples: 0, interpreter: 0, repeatable: [] };
    this.#threads.delete(key);
    this.#threads.set(key, thread);
    if (this.#threads.size > MOST_THREADS) this.#forget();
    return thread;
  }

  #forget(): void {
    const [[key, thread]] = this.#threads;
    this.#threads.delete(key);
    if (thread.name !== null) this.#owners.delete(`${key.split(" ")[0]} ${thread.name}`);
  }

  #rename(thread: Thread, pid: Pid, tid: Tid): void {
    const name = this.#chooseName(thread, pid, tid);
    if (name === null || name === thread.name) return;
    if (thread.name !== null) this.#owners.delete(`${pid} ${thread.name}`);
    this.#owners.set(`${pid} ${name}`, thread);
    thread.name = name;
    thread.repeatable = []; // to readers this is another thread
  }

  /** The name that it has given itself, made its own by its number where another has it too. */
  #chooseName(thread: Thread, pid: Pid, tid: Tid): string | null {
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

/**
 * The frames of a sample but for the native ones at its end. What is native is for the reader to tell; some go by the
 * file, so a stack whose innermost Python file does not look like one is never repeated.
 */
function repeatable(frames: readonly Frame[]): readonly Frame[] {
  const last = frames.findLastIndex(({ kind }) => kind === "python");
  const frame = frames[last];
  if (frame?.kind !== "python" || !/\.py$|^<.*>$/s.test(frame.file)) return [];
  return frames.slice(0, last + 1);
}

function isPowerOfTwo(count: number): boolean {
  return (count & (count - 1)) === 0;
}
