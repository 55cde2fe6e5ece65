/**
 * Stacks with a common beginning, kept once: a tree in a few flat arrays, since there may be millions of nodes.
 * @module
 */

/** The root of all: it has no frame, and its children are threads. */
export const ROOT = 0;
/** Beyond this, stacks are kept only as far as they are known: some 50 MB. */
const MOST_NODES = 2 ** 20;
const FIRST_CAPACITY = 2 ** 10;

/** Nodes are numbered in the order in which they come, so that each has a higher number than its parent. */
export class CallTree {
  readonly #most: number;
  #size = 1;
  #parents = new Uint32Array(FIRST_CAPACITY);
  #frames = new Uint32Array(FIRST_CAPACITY);
  /** Open addressing: numbers of nodes by parent and frame; 0 is free. */
  #slots = new Uint32Array(FIRST_CAPACITY * 2);
  #cut = 0;

  /** `most` is how many nodes there can be. */
  constructor(most: number = MOST_NODES) {
    this.#most = most;
  }

  /** How many nodes there are, the root included. */
  get size(): number {
    return this.#size;
  }

  /** How many stacks there was no room for. */
  get cut(): number {
    return this.#cut;
  }

  /** The node above. */
  parent(node: number): number {
    return this.#parents[node];
  }

  /** The number of a node's frame; of a child of the root, of a thread. */
  frame(node: number): number {
    return this.#frames[node];
  }

  /** The node of `frame` below `parent`, which is made if need be; `parent` itself where there is no room. */
  child(parent: number, frame: number): number {
    const known = this.#slots[this.#find(parent, frame)];
    if (known !== 0) return known;
    if (this.#size >= this.#most) {
      this.#cut++;
      return parent;
    }
    if (this.#size === this.#parents.length) this.#grow();
    const node = this.#size++;
    this.#slots[this.#find(parent, frame)] = node;
    this.#parents[node] = parent;
    this.#frames[node] = frame;
    return node;
  }

  /** The node of a whole stack, outermost first. */
  leaf(from: number, frames: readonly number[]): number {
    let node = from;
    for (const frame of frames) {
      const next = this.child(node, frame);
      if (next === node) break;
      node = next;
    }
    return node;
  }

  /** The frames from below the thread down to `node`, outermost first. */
  stack(node: number): number[] {
    const frames: number[] = [];
    for (let at = node; this.#parents[at] !== ROOT; at = this.#parents[at]) frames.push(this.#frames[at]);
    return frames.reverse();
  }

  /** All nodes below each of the first `count` threads, in ascending order, and where each is in the list of its thread. */
  byThread(count: number): { readonly nodes: readonly Uint32Array[]; readonly places: Uint32Array } {
    const owners = new Uint32Array(this.#size);
    const places = new Uint32Array(this.#size);
    const sizes = new Uint32Array(count);
    for (let node = 1; node < this.#size; node++) {
      const parent = this.#parents[node];
      owners[node] = parent === ROOT ? this.#frames[node] : owners[parent];
      if (parent !== ROOT) places[node] = sizes[owners[node]]++;
    }
    const nodes = Array.from(sizes, (size) => new Uint32Array(size));
    for (let node = 1; node < this.#size; node++) {
      if (this.#parents[node] !== ROOT) nodes[owners[node]][places[node]] = node;
    }
    return { nodes, places };
  }

  /** The thread that `node` is of; `node` is not the root. */
  thread(node: number): number {
    let at = node;
    while (this.#parents[at] !== ROOT) at = this.#parents[at];
    return this.#frames[at];
  }

  /** Adds up values of nodes with those below them. */
  totals(self: (node: number) => number): Float64Array {
    const totals = new Float64Array(this.#size);
    for (let node = this.#size - 1; node > ROOT; node--) {
      totals[node] += self(node);
      totals[this.#parents[node]] += totals[node];
    }
    return totals;
  }

  #find(parent: number, frame: number): number {
    const mask = this.#slots.length - 1;
    let hash = Math.imul(parent, 0x9e3779b1) ^ Math.imul(frame, 0x85ebca6b);
    hash ^= hash >>> 15;
    for (let slot = hash & mask;; slot = (slot + 1) & mask) {
      const node = this.#slots[slot];
      if (node === 0 || (this.#parents[node] === parent && this.#frames[node] === frame)) return slot;
    }
  }

  #grow(): void {
    const capacity = this.#parents.length * 2;
    this.#parents = enlarged(this.#parents, capacity);
    this.#frames = enlarged(this.#frames, capacity);
    this.#slots = new Uint32Array(capacity * 2);
    for (let node = 1; node < this.#size; node++) {
      this.#slots[this.#find(this.#parents[node], this.#frames[node])] = node;
    }
  }
}

function enlarged(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
