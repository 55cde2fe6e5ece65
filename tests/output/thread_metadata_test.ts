/** Names of threads that a recording tells are those that were given, whatever is in them. */
import assert from "node:assert/strict";
import { RecordedThreads, ThreadTeller } from "../../src/output/thread_metadata.ts";
import { sample } from "./fixtures.ts";

/** Tells of one thread as it has its `n`th sample, and what a reader makes of all that. */
function tell(names: { python: string | null; system: string | null; main?: string }, samples = 1) {
  const { python, system, main = "python3" } = names;
  const teller = new ThreadTeller({
    threadName: (pid, tid) => pid === tid ? main : system,
    pythonName: () => python,
  });
  const told = Array.from({ length: samples }, () => teller.next(sample([], { pid: 7, tid: 8 })));
  const threads = new RecordedThreads();
  for (const metadata of told) if (metadata !== null) threads.learn(...metadata);
  return { told, read: [threads.pythonName(7, 8), threads.threadName(7, 8)] };
}

Deno.test("a thread's names are told and read, one of them or both", () => {
  const rows: [python: string | null, system: string | null, text: string | null][] = [
    ["Thread-1 (worker)", "pool-1", `7 8 python="Thread-1 (worker)" system="pool-1"`],
    ["Thread-1", null, `7 8 python="Thread-1"`],
    [null, "pool 1", `7 8 system="pool 1"`],
    [null, null, null],
    ["", "", null],
    [`a "b" \\ python="c" 5`, "x", `7 8 python="a \\"b\\" \\\\ python=\\"c\\" 5" system="x"`],
  ];
  for (const [python, system, text] of rows) {
    const { told: [metadata], read } = tell({ python, system });
    assert.deepEqual(metadata, text === null ? null : ["thread", text]);
    assert.deepEqual(read, [python || null, system || null]);
  }
});

Deno.test("the name that a thread has from the first one is not its own", () => {
  assert.deepEqual(tell({ python: "w", system: "python3" }).read, ["w", null]);
  assert.deepEqual(tell({ python: null, system: "python3" }).told, [null]);
});

Deno.test("names are told without what a terminal or a reader of lines would act on", () => {
  const { told: [metadata], read } = tell({ python: "a\nP1;T0:1;x 5\x1b[2J", system: null });
  assert.match(metadata![1], /^[ -~]*"$/);
  assert.deepEqual(read, ["a\\x0aP1;T0:1;x 5\\x1b[2J", null]);
});

Deno.test("a name is told once, and again where it has changed when it is looked at again", () => {
  assert.equal(tell({ python: "w", system: null }, 100).told.filter((one) => one !== null).length, 1);
  const names = ["first", "second"];
  const teller = new ThreadTeller({ threadName: () => null, pythonName: () => names.shift() ?? "last" });
  const told = Array.from({ length: 5 }, () => teller.next(sample([], { pid: 7, tid: 8 }))?.[1]);
  assert.deepEqual(told, [`7 8 python="first"`, `7 8 python="second"`, undefined, `7 8 python="last"`, undefined]);
});

Deno.test("what is no name of a thread says nothing", () => {
  const threads = new RecordedThreads();
  for (
    const value of [
      "",
      "7",
      "7 x",
      `7 8 python=w`,
      `7 8 python="w`,
      `7 8 python="\\x" `,
      `7 8 python="\\x"`,
      `7 8  python="w"`,
    ]
  ) {
    threads.learn("thread", value);
  }
  threads.learn("threads", `7 8 python="w"`);
  assert.deepEqual([threads.pythonName(7, 8), threads.threadName(7, 8)], [null, null]);
});
