/**
 * A comparison as a flame graph: as wide as the recording that is compared, coloured by what has changed.
 * @module
 */

import { MOST_NODES, page } from "../profile/flamegraph.ts";
import { largest, otherValues } from "../profile/largest.ts";
import type { About } from "../profile/stacks.ts";
import type { Comparison } from "./comparison.ts";

/** The page, in pieces. */
export function* diffPage({ stacks, sums }: Comparison, about: About): Generator<string> {
  const kept = largest(stacks.tree, (node) => Math.max(sums.before.of(node), sums.after.of(node)), MOST_NODES);
  const values = otherValues(kept, (node) => sums.after.of(node));
  const before = otherValues(kept, (node) => sums.before.of(node));
  yield* page(stacks, about, { ...kept, values, before });
}
