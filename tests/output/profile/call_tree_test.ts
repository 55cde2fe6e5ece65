import assert from "node:assert/strict";
import { CallTree, ROOT } from "../../../src/output/profile/call_tree.ts";
import { Random } from "../../support/random.ts";

Deno.test("CallTree keeps each stack once, whatever came before", () => {
  const random = new Random(1);
  const tree = new CallTree();
  const leaves = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const frames = Array.from({ length: random.below(12) }, () => random.below(5));
    const thread = random.below(3);
    const leaf = tree.leaf(tree.child(ROOT, thread), frames);
    const key = [thread, ...frames].join();
    assert.equal(leaf, leaves.get(key) ?? leaf);
    leaves.set(key, leaf);
  }
  assert.equal(new Set(leaves.values()).size, leaves.size);
  const { size } = tree;
  for (const [key, leaf] of leaves) {
    assert.equal([tree.thread(leaf), ...tree.stack(leaf)].join(), key);
    const [thread, ...frames] = key.split(",").map(Number);
    assert.equal(tree.leaf(tree.child(ROOT, thread), frames), leaf);
  }
  assert.equal(tree.size, size);
  for (let node = 1; node < tree.size; node++) assert.ok(tree.parent(node) < node);
  assert.equal(tree.cut, 0);
});

Deno.test("CallTree.totals() has each node's own value and that of all below", () => {
  const tree = new CallTree();
  const thread = tree.child(ROOT, 0);
  const [a, ab, ac] = [[1], [1, 2], [1, 3]].map((frames) => tree.leaf(thread, frames));
  const self = new Map([[a, 1], [ab, 10], [ac, 100]]);
  const totals = tree.totals((node) => self.get(node) ?? 0);
  assert.deepEqual([totals[ROOT], totals[thread], totals[a], totals[ab], totals[ac]], [111, 111, 111, 10, 100]);
});

Deno.test("CallTree cuts stacks where there is no room, and counts", () => {
  const tree = new CallTree(4);
  const thread = tree.child(ROOT, 0);
  const leaf = tree.leaf(thread, [1, 2, 3, 4]);
  assert.deepEqual([tree.stack(leaf), tree.cut, tree.size], [[1, 2], 1, 4]);
  assert.deepEqual(tree.stack(tree.leaf(thread, [1, 2])), [1, 2]);
});
