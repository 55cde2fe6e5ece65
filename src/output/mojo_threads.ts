/**
 * What version 4 of MOJO says of threads: their names, and which frames a sample repeats.
 * @module
 */

import type { Frame, Sample } from "../types.ts";
import { type ThreadName, ThreadNames } from "./thread_names.ts";

/** What a sample's STACK says, and how many of its outermost frames STACK_REPEAT stands for. */
export interface ThreadEvent {
  readonly label: string;
  readonly repeated: number;
}

/** Threads that end are forgotten when this many others have come. */
const MOST_THREADS = 4096;

/** Names and repeated frames, of the threads of all processes. */
export class MojoThreads {
  readonly #names: ThreadNames;
  /**
   * The frames that STACK_REPEAT would stand for, by what readers tell threads apart by: process, interpreter and label.
   * The thread that was sampled last comes last.
   */
  readonly #repeatable = new Map<string, readonly Frame[]>();

  constructor(nameOf: ThreadName) {
    this.#names = new ThreadNames(nameOf);
  }

  /** What to write for a sample, which is to be written after those that were asked about before. */
  next({ pid, tid, interpreter, stack }: Sample): ThreadEvent {
    const label = this.#names.get(pid, tid) ?? tid.toString(16);
    const key = `${pid} ${interpreter} ${label}`;
    const before = this.#repeatable.get(key) ?? [];
    // Some readers put the frames of the sample before in the place of one that did not prove.
    const isSound = stack.proof.flaw === null;
    const isRepeated = isSound && before.every((frame, i) => frame === stack.frames[i]);
    this.#repeatable.delete(key);
    this.#repeatable.set(key, isSound ? repeatable(stack.frames) : []);
    if (this.#repeatable.size > MOST_THREADS) this.#repeatable.delete(this.#repeatable.keys().next().value!);
    return { label, repeated: isRepeated ? before.length : 0 };
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
  // With its source line, a native frame is none to those that go by its address.
  if (frames.slice(last + 1).some((frame) => frame.kind === "native" && frame.source !== undefined)) return [];
  return frames.slice(0, last + 1);
}
