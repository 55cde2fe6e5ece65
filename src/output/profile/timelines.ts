/**
 * What threads did, in the order of their samples.
 * @module
 */

import type { ByteCount, Microseconds } from "../../types.ts";
import { counted } from "../text.ts";
import { type PlacedSample, Sums } from "./stacks.ts";
import type { Thread } from "./threads.ts";

/** Of this many runs the times are kept, of all threads together: some 50 MB. */
const MOST_RUNS = 2 ** 21;

/** A stack that a thread was seen with for some time, and what that weighs. */
export type Run = readonly [node: number, weight: Microseconds | ByteCount];

/** The runs of one thread. */
class Timeline {
  readonly start: Microseconds;
  #nodes = new Uint32Array(2 ** 4);
  #weights = new Float64Array(2 ** 4);
  #length = 0;

  constructor(start: Microseconds) {
    this.start = start;
  }

  /** Whether the last run is one of this stack, which then weighs more. */
  extends(node: number, weight: number): boolean {
    const last = this.#length - 1;
    if (last < 0 || this.#nodes[last] !== node) return false;
    this.#weights[last] += weight;
    return true;
  }

  add(node: number, weight: number): void {
    if (this.#length === this.#nodes.length) this.#grow();
    this.#nodes[this.#length] = node;
    this.#weights[this.#length++] = weight;
  }

  *runs(): Generator<Run> {
    for (let i = 0; i < this.#length; i++) yield [this.#nodes[i], this.#weights[i]];
  }

  #grow(): void {
    const [nodes, weights] = [this.#nodes, this.#weights];
    this.#nodes = new Uint32Array(nodes.length * 2);
    this.#nodes.set(nodes);
    this.#weights = new Float64Array(weights.length * 2);
    this.#weights.set(weights);
  }
}

/**
 * The timelines of all threads. Where there are too many runs, those that come later are added up by stack: they weigh what
 * they weigh, behind the others.
 */
export class Timelines {
  readonly #most: number;
  readonly #timelines: Timeline[] = [];
  readonly #later = new Sums();
  #runs = 0;
  #unordered = 0;

  /** `most` is of how many runs the times are kept. */
  constructor(most: number = MOST_RUNS) {
    this.#most = most;
  }

  /** Adds a sample. */
  add({ thread, node, value, start }: PlacedSample): void {
    const timeline = this.#timelines[thread.index] ??= new Timeline(start);
    if (timeline.extends(node, value)) return;
    if (this.#runs >= this.#most) {
      this.#unordered++;
      this.#later.add(node, value);
      return;
    }
    this.#runs++;
    timeline.add(node, value);
  }

  /** When the first sample of a thread began. */
  start({ index }: Thread): Microseconds {
    return this.#timelines[index].start;
  }

  /** What a thread did; `nodes` are those of its stacks. */
  *runs({ index }: Thread, nodes: Iterable<number>): Generator<Run> {
    yield* this.#timelines[index].runs();
    if (this.#unordered === 0) return;
    for (const node of nodes) if (this.#later.of(node) !== 0) yield [node, this.#later.of(node)];
  }

  /** What to say of samples whose times there was no room for. */
  get warnings(): readonly string[] {
    if (this.#unordered === 0) return [];
    return [`the times of ${counted(this.#unordered, "sample")} are not told: there are too many. What they weigh is`];
  }
}
