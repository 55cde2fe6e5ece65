import assert from "node:assert/strict";
import { CallTree, ROOT } from "../../../src/output/profile/call_tree.ts";
import { largest } from "../../../src/output/profile/largest.ts";

Deno.test("largest() leaves out what weighs least, and gives its weight to what it is below", () => {
  const tree = new CallTree();
  const thread = tree.child(ROOT, 7);
  const weights = new Map([[[1], 10], [[1, 2], 100], [[1, 3], 1], [[4], 2], [[5, 6], 50], [[8], 0]] as const);
  const self = new Map([...weights].map(([frames, weight]) => [tree.leaf(thread, frames), weight as number]));
  const all = largest(tree, (node) => self.get(node) ?? 0, 100);
  assert.deepEqual([all.frames, all.parents], [[0, 7, 1, 2, 3, 4, 5, 6], [0, 0, 1, 2, 2, 1, 1, 6]]);
  assert.deepEqual([all.values, all.left], [[0, 0, 10, 100, 1, 2, 0, 50], 0]);
  const some = largest(tree, (node) => self.get(node) ?? 0, 6);
  assert.deepEqual([some.frames, some.values], [[0, 7, 1, 2, 5, 6], [0, 2, 11, 100, 0, 50]]);
  assert.equal(some.left, 2);
});
