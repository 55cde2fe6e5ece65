import assert from "node:assert/strict";
import { ThreadTable } from "../../../src/output/profile/threads.ts";
import { sample } from "../fixtures.ts";

Deno.test("ThreadTable makes one of all threads that there is no room for", () => {
  const threads = new ThreadTable({ threadName: () => null });
  const first = threads.next(sample([], { tid: 1 }));
  for (let tid = 2; !threads.isFull; tid++) threads.next(sample([], { tid }));
  const { length } = threads.all;
  assert.equal(threads.cut, 0);
  const other = threads.next(sample([], { tid: 10 ** 6 }));
  assert.equal(threads.next(sample([], { tid: 10 ** 6 + 1 })), other);
  assert.equal(threads.next(sample([], { tid: 1 })), first);
  assert.deepEqual([other.name, other.index, threads.all.length, threads.cut], [
    "other threads",
    length,
    length + 1,
    2,
  ]);
});

Deno.test("ThreadTable calls a thread as Python does, and says what else the system calls it", () => {
  const rows: readonly (readonly [python: string | null, system: string | null, name: string | null])[] = [
    ["worker", "python3", "worker"], // the system's is the main thread's
    ["worker", "io-pool", "worker (io-pool)"],
    ["a name that is long", "a name that is ", "a name that is long"],
    [null, "io-pool", "io-pool"],
    ["worker", null, "worker"],
    ["a\nb", "python3", "a\\x0ab"],
    [null, null, null],
  ];
  for (const [python, system, name] of rows) {
    const threads = new ThreadTable({
      threadName: (pid, tid) => tid === pid ? "python3" : system,
      pythonName: () => python,
    });
    assert.equal(threads.next(sample([])).name, name);
  }
  const unasked = new ThreadTable({ threadName: () => "python3" });
  assert.equal(unasked.next(sample([])).name, "python3");
});
