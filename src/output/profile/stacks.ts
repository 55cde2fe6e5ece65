/**
 * What profiles are made of: the stacks of a recording, each kept once, with what they weigh.
 * @module
 */

import type { ByteCount, Microseconds, Mode, RecordedSample } from "../../types.ts";
import type { Chunk } from "../chunk.ts";
import type { ProfileFormat, ProfileHeader } from "../format.ts";
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
    const thread = this.#threads.next(sample);
    let node = this.tree.child(ROOT, thread.index);
    if (this.#hasThreadFrames) node = this.tree.child(node, this.frames.thread(processThreadText(thread)));
    return { thread, node: this.tree.leaf(node, this.frames.of(sample)) };
  }
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
}

/** A profile that is written when all its stacks are known. */
export function stackProfile(stacks: Stacks, { add, end }: StackProfile): ProfileFormat {
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
    cut: () => stacks.tree.cut,
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

/** The stacks of one thread in the order of its samples; equal ones that follow each other are one. */
export class Timeline {
  #nodes = new Uint32Array(2 ** 6);
  #weights = new Float64Array(2 ** 6);
  #length = 0;

  /** Adds a sample. */
  add(node: number, weight: number): void {
    const last = this.#length - 1;
    if (last >= 0 && this.#nodes[last] === node) {
      this.#weights[last] += weight;
      return;
    }
    if (this.#length === this.#nodes.length) this.#grow();
    this.#nodes[this.#length] = node;
    this.#weights[this.#length++] = weight;
  }

  /** Stacks and what they weigh. */
  *runs(): Generator<readonly [node: number, weight: number]> {
    for (let i = 0; i < this.#length; i++) yield [this.#nodes[i], this.#weights[i]];
  }

  /** All that it weighs. */
  get total(): number {
    return this.#weights.subarray(0, this.#length).reduce((sum, weight) => sum + weight, 0);
  }

  #grow(): void {
    const [nodes, weights] = [this.#nodes, this.#weights];
    this.#nodes = new Uint32Array(nodes.length * 2);
    this.#nodes.set(nodes);
    this.#weights = new Float64Array(weights.length * 2);
    this.#weights.set(weights);
  }
}
