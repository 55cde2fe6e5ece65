/**
 * The part of a tree that can be seen.
 * @module
 */

import type { CallTree } from "./call_tree.ts";

/** A tree of the same form, in lists: the root is node 0, and each node comes behind its parent. */
export interface Kept {
  readonly parents: readonly number[];
  /** Numbers of frames; of the nodes below the root, of threads. */
  readonly frames: readonly number[];
  /** What each weighs by itself. */
  readonly values: readonly number[];
  /** Which node of these each node of the tree is in. */
  readonly places: Uint32Array;
  /** How many nodes were left out; what they weigh is with their parents. */
  readonly left: number;
}

/** The nodes that weigh most with all below them, `most` of them at most. Those that weigh nothing are left out. */
export function largest(tree: CallTree, self: (node: number) => number, most: number): Kept {
  const totals = tree.totals(self);
  const limit = tree.size <= most ? 0 : totals.toSorted()[tree.size - most - 1];
  const places = new Uint32Array(tree.size);
  const kept = { parents: [0], frames: [0], values: [0] };
  let left = 0;
  for (let node = 1; node < tree.size; node++) {
    const parent = places[tree.parent(node)];
    if (totals[node] > limit) {
      places[node] = kept.parents.push(parent) - 1;
      kept.frames.push(tree.frame(node));
      kept.values.push(self(node));
    } else {
      places[node] = parent;
      kept.values[parent] += self(node);
      if (totals[node] > 0) left++;
    }
  }
  return { ...kept, places, left };
}

/** What each of the kept nodes weighs by another measure. */
export function otherValues({ places, parents }: Kept, self: (node: number) => number): number[] {
  const values = parents.map(() => 0);
  for (let node = 1; node < places.length; node++) values[places[node]] += self(node);
  return values;
}
