import assert from "node:assert/strict";
import { ThreadNames } from "../../src/output/thread_names.ts";

const NAMES = new Map([[7, "python3"], [8, "w;1\n"], [9, "python3"], [10, "ab"], [11, "w;1\n"], [12, ""]]);

Deno.test("ThreadNames.get() gives each thread a name of its own, or none", () => {
  const names = new ThreadNames((_, tid) => NAMES.get(tid) ?? null);
  const given = [7, 8, 9, 10, 11, 12, 13, 8, 11].map((tid) => names.get(7, tid));
  assert.deepEqual(given, [
    "python3",
    "w\\x3b1\\x0a",
    null, // inherited
    "ab-a", // could be a number
    "w\\x3b1\\x0a-b",
    null,
    null,
    "w\\x3b1\\x0a",
    "w\\x3b1\\x0a-b",
  ]);
  assert.equal(names.get(8, 8), "w\\x3b1\\x0a", "another process has names of its own");
});

Deno.test("ThreadNames.get() looks again, less and less often", () => {
  let looks = 0;
  let name = "python3";
  const names = new ThreadNames((_, tid) => {
    if (tid === 7) return "python3";
    looks++;
    return name;
  });
  const given = [];
  for (let i = 0; i < 1000; i++) {
    if (i === 1) name = "worker";
    if (i === 900) name = "late";
    given.push(names.get(7, 8));
  }
  assert.deepEqual([given[0], given[1], given[899], given[999]], [null, "worker", "worker", "worker"]);
  assert.equal(looks, 10);
});

Deno.test("ThreadNames.get() frees the names of threads that were not asked for in long", () => {
  const names = new ThreadNames((_, tid) => tid === 1 ? "main" : tid < 100 ? "worker" : `thread ${tid}`);
  assert.deepEqual([names.get(1, 8), names.get(1, 9)], ["worker", "worker-9"]);
  for (let tid = 100; tid < 6000; tid++) {
    names.get(1, tid);
    if (tid % 1000 === 0) names.get(1, 8);
  }
  assert.equal(names.get(1, 8), "worker");
  for (let tid = 6000; tid < 12_000; tid++) names.get(1, tid);
  assert.equal(names.get(1, 9), "worker");
});
