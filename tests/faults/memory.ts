/** Faults of memory and of stacks: they go away, are huge, or are where none is looked for. @module */

import assert from "node:assert/strict";
import { buildC, buildLibrary } from "../support/c_program.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { Target } from "../support/target.ts";
import { assertEach, type Fault, underSampling } from "./fault.ts";

const THREADS = 10_000;
/** Of tests/fixtures/split_stacks.c. */
const ROUTINES = ["a", "b", "c"];

/** A library of tests/fixtures/through.c, whose function is called `name`. */
export function throughLibrary(name: string, padding: number): string {
  const flags = ["-shared", "-fPIC", "-O1", `-DNAME=${name}`, `-DPADDING=${padding}`];
  return buildC(`${name}.so`, ["tests/fixtures/through.c"], flags);
}

/** So long the profiler may take to notice that one library takes the other's place; it looks every 50 ms. */
const NOTICED_US = 2_000_000;

/** A stale cache of unwind tables or names would show one library's frames in the other's place. */
async function reloadLibraries(python: Python): Promise<void> {
  await underSampling(python, {
    thing: "reload_libraries",
    args: [throughLibrary("through_a", 64), throughLibrary("through_b", 5000), "800"],
    expected: 800,
    check(all) {
      const lines = after(all, NOTICED_US);
      for (const [own, other] of [["a", "b"], ["b", "a"]]) {
        const stacks = lines.filter((line) => line.includes(`:in_${own}:`) && !line.includes(":INVALID:"));
        assert.ok(stacks.length > 0, `no sample of in_${own} that proved`);
        const wrong = stacks.filter((line) => line.includes(`:through_${other}:`));
        assert.equal(wrong.length, 0, `${wrong.length} of ${stacks.length} have the other library: ${wrong[0]}`);
      }
    },
  });
}

/** The samples after the first that make up so much time; of a program with one thread. */
function after(lines: readonly string[], time: number): readonly string[] {
  let passed = 0;
  return lines.filter((line) => (passed += Number(line.slice(line.lastIndexOf(" ")))) > time);
}

/** Each routine is seen, in frames of its own alone. */
async function splitStacks(python: Python): Promise<void> {
  const turns = 200_000;
  await underSampling(python, {
    thing: "split_stacks",
    args: [buildLibrary("split_stacks.c"), `${turns}`],
    expected: turns - ROUTINES.length, // who gave their turn away last have not come back
    check(lines) {
      for (const name of ROUTINES) {
        assertEach(lines, `:step_${name}:`, new RegExp(`:run_split:\\d+;[^;]*:routine_${name}:\\d+;`));
        const others = ROUTINES.filter((other) => other !== name).join("");
        assertEach(lines, `:routine_${name}:`, new RegExp(`^(?!.*:(?:step|routine)_[${others}]:)`));
      }
    },
  });
}

async function manyThreads(python: Python): Promise<void> {
  const args = ["many_threads", buildLibrary("faults.c"), `${THREADS}`];
  await using target = await Target.start(python, "faults.py", { args });
  await target.send("go");
  assert.equal(await target.line(), "started");
  // Each tick has a sample of every thread.
  await using profiler = await Profiler.attach(target.pid, ["-i", "1s"]);
  await profiler.samples(THREADS + 100);
  const { code, stderr } = await profiler.stop();
  assert.equal(code, 254, stderr);
  assert.ok(new Set(profiler.lines.map((line) => line.split(";", 2)[1])).size > THREADS);
  await target.send();
  assert.equal(await target.line(), `${THREADS}`);
  assert.equal((await target.end()).code, 0);
}

function cMemory(name: string, times: number, what: Omit<Parameters<typeof underSampling>[1], "needsLibrary">): Fault {
  return { name, times, once: (python) => underSampling(python, { ...what, needsLibrary: true }) };
}

/** Of the target's memory and stacks. */
export const MEMORY_FAULTS: readonly Fault[] = [
  cMemory("stacks unmapped while they are read", 20, { thing: "unmap_stacks", args: ["2000"], expected: 2000 }),
  {
    name: "Python frames unmapped while they are read",
    times: 20,
    once: (python) => underSampling(python, { thing: "deep", args: ["200"], expected: 200 }),
  },
  { name: "dlopen and dlclose of two libraries at one address", times: 20, once: reloadLibraries },
  cMemory("a sparse heap of 64 GB", 10, { thing: "sparse", expected: 64 }),
  { name: "10,000 threads", times: 3, once: manyThreads },
  cMemory("a stack at its guard page", 20, {
    thing: "guard_page",
    expected: true,
    check: (lines) => assertEach(lines, ":descend:", /:at_guard_page:/),
  }),
  cMemory("a signal handler in the middle of a stack", 20, {
    thing: "on_stack",
    args: ["50"],
    expected: 50,
    check: (lines) => assertEach(lines, ":in_handler:", /:interrupted_by_handler:.*:in_handler:/),
  }),
  cMemory("an alternate signal stack", 20, {
    thing: "on_alternate_stack",
    args: ["50"],
    expected: 50,
    check: (lines) => assertEach(lines, ":in_handler:", /:interrupted_on_alternate_stack:.*:in_handler:/),
  }),
  cMemory("longjmp out of deep stacks", 20, {
    thing: "longjmp",
    args: ["40000"],
    expected: 40000,
    check: (lines) => assertEach(lines, ":deep:", /:jump_out:.*:deep:/),
  }),
  cMemory("coroutines by setjmp on stacks of their own", 20, {
    thing: "coroutines",
    args: ["100000"],
    expected: 100000,
    check: (lines) => assert.ok(lines.some((line) => line.includes(":coroutine:"))),
  }),
  { name: "split stacks, as of greenlets", times: 20, once: splitStacks },
];
