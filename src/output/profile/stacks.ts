/**
 * What profiles are made of: the stacks of a recording, each kept once, with what they weigh.
 * @module
 */

import type { ByteCount, Microseconds, Mode, RecordedSample } from "../../types.ts";
import type { Chunk } from "../chunk.ts";
import type { ProfileFormat, ProfileHeader } from "../format.ts";
import { counted } from "../text.ts";
import type { ThreadName } from "../thread_names.ts";
import { CallTree, ROOT } from "./call_tree.ts";
import { FrameTable } from "./frames.ts";
import { processThreadText, type Thread, ThreadTable } from "./threads.ts";

/** What a profile needs to know of where its samples come from. */
export interface ProfileContext {
  /** The operating system's name of a thread. */
  readonly threadName: ThreadName;
  /** What Python calls it; it is not known if this is left out. */
  readonly pythonName?: ThreadName;
  /** Whether the samples come from a file, which tells only in some modes whether a thread was idle. */
  readonly isRecorded: boolean;
  /** Whether lines of one function are told apart by its name. */
  readonly byLine?: boolean;
  /** Whether threads are kept apart also where their stacks are added up. */
  readonly splitThreads?: boolean;
}

/** What of the frames is kept. */
export interface StackOptions {
  /** Tells addresses apart. */
  readonly addresses?: boolean;
  /** Puts a frame behind those of idle threads. */
  readonly idle?: boolean;
  /** Puts a frame before all others for the thread, where that is asked for. */
  readonly addsUp?: boolean;
}

/** The stacks of all threads in one tree: those of a thread are below its node. */
export class Stacks {
  readonly tree: CallTree = new CallTree();
  readonly frames: FrameTable;
  readonly #threads: ThreadTable;
  readonly #hasThreadFrames: boolean;
  #cut = 0;

  constructor(context: Omit<ProfileContext, "isRecorded">, { addsUp = false, ...options }: StackOptions = {}) {
    const { byLine = false, splitThreads = false } = context;
    this.frames = new FrameTable({ ...options, byLine });
    this.#hasThreadFrames = addsUp && splitThreads;
    this.#threads = new ThreadTable(context);
  }

  /** All threads so far. */
  get threads(): readonly Thread[] {
    return this.#threads.all;
  }

  /** The thread of the next sample, and the node of its stack. */
  add(sample: RecordedSample): { thread: Thread; node: number } {
    const lost = this.#lost;
    const thread = this.#threads.next(sample);
    let node = this.tree.child(ROOT, thread.index);
    if (this.#hasThreadFrames) node = this.tree.child(node, this.frames.thread(processThreadText(thread)));
    node = this.tree.leaf(node, this.frames.of(sample));
    if (this.#lost > lost) this.#cut++;
    return { thread, node };
  }

  /** What to say of samples that there was no room for. */
  get warnings(): readonly string[] {
    return cutWarnings(this.#cut);
  }

  get #lost(): number {
    return this.#threads.cut + this.frames.cut + this.tree.cut;
  }
}

/** What to say of samples whose stacks are there only in part. */
export function cutWarnings(count: number): readonly string[] {
  if (count === 0) return [];
  const what = `the stacks of ${counted(count, "sample")} are cut`;
  return [`${what}: there are too many different ones. --no-lines or --python-only make them fewer`];
}

/** What a sample weighs, in microseconds or bytes. */
export interface Weight {
  readonly unit: "microseconds" | "bytes";
  of(sample: RecordedSample): Microseconds | ByteCount;
}

/** Time, where it is measured, else what memory has grown by. What it has shrunk by weighs nothing. */
export function weightOf(mode: Mode): Weight {
  if (mode === "memory") return { unit: "bytes", of: ({ memory }) => Math.max(0, memory) };
  return { unit: "microseconds", of: ({ time }) => Math.max(0, Math.round(time)) };
}

/** What is known of a recording. */
export interface About extends ProfileHeader {
  readonly weight: Weight;
  readonly samples: number;
}

/** A sample in its place. */
export interface PlacedSample {
  readonly thread: Thread;
  /** Of its stack. */
  readonly node: number;
  readonly value: Microseconds | ByteCount;
  /** From the start of the recording. */
  readonly start: Microseconds;
}

/** What a profile does with the samples of a recording, and in the end. */
export interface StackProfile {
  add(sample: PlacedSample): void;
  end(about: About): Iterable<Chunk>;
  /** What to say beside what is to be said of the stacks. */
  warnings?(): readonly string[];
}

/** A profile that is written when all its stacks are known. */
export function stackProfile(stacks: Stacks, { add, end, warnings = () => [] }: StackProfile): ProfileFormat {
  let header: ProfileHeader = { interval: 0, mode: "wall", python: null };
  let weight = weightOf(header.mode);
  let samples = 0;
  return {
    header(known) {
      header = known;
      weight = weightOf(known.mode);
      return "";
    },
    mappings: (files) => stacks.frames.map(files),
    warnings: () => [...stacks.warnings, ...warnings()],
    sample(sample) {
      samples++;
      const { thread, node } = stacks.add(sample);
      add({ thread, node, value: weight.of(sample), start: thread.clock - Math.max(0, sample.time) });
      return "";
    },
    end: () => end({ ...header, weight, samples }),
  };
}

/** Sums by number; numbers that nothing was added to have 0. */
export class Sums {
  #values = new Float64Array(2 ** 10);

  /** Adds to the sum of `index`. */
  add(index: number, value: number): void {
    if (index >= this.#values.length) {
      const larger = new Float64Array(Math.max(index + 1, this.#values.length * 2));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[index] += value;
  }

  /** The sum of `index`. */
  of(index: number): number {
    return index < this.#values.length ? this.#values[index] : 0;
  }
}
