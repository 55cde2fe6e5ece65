/** Sub-interpreters: each thread shows the one that it runs, and the frames of all that it is in. */

import assert from "node:assert/strict";
import { sample, where } from "../../mod.ts";
import type { Frame, ThreadDump } from "../../src/types.ts";
import { type Python, testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const skip = ({ major, minor }: Python) => major < 3 || minor < 8 ? "it has no module for sub-interpreters" : null;
/** Up to 3.9 nothing tells which of several interpreters of a thread is inside which. */
const isOrdered = (python: Python) => python.minor >= 10;

const SAMPLES = 20;
/** What a thread has of each interpreter that it runs. */
const FUNCTIONS = ["outer", "<lambda>", "middle", "inner"];
const MODES = [
  ["nested", ["main", "a", "b"]],
  ["swapped", ["main", "b", "a"]],
  ["done", ["main"]],
] as const;

for (const [mode, names] of MODES) {
  testEachPython(`where() and sample() show interpreters that are ${mode}`, async (python) => {
    await using target = await Target.start(python, "subinterpreters.py", { args: [mode] });
    const { threads: [thread] } = await where(target.pid);
    if (names.length > 1 && !isOrdered(python)) return assert.equal(thread.stack.proof.flaw, "unmatched");
    assertInside(thread, names, Number(target.ready));
    let samples = 0;
    for await (const { interpreter, tid, stack } of sample(target.pid, { interval: 1000 })) {
      assert.deepEqual([interpreter, tid], [Number(target.ready), target.pid]);
      assert.deepEqual(functionsOf(stack.frames), expected(names));
      if (++samples === SAMPLES) break;
    }
  }, { skip });
}

testEachPython("where() shows an interpreter that a second thread runs", async (python) => {
  await using target = await Target.start(python, "subinterpreters.py", { args: ["thread"] });
  const { threads: [second, main] } = await where(target.pid);
  if (isOrdered(python)) {
    assertInside(second, ["main", "a"], Number(target.ready));
    assert.deepEqual([main.stack.proof.flaw, main.tid, main.interpreter], [null, target.pid, 0]);
  } else {
    // The interpreter's one thread state names the thread that made it: nothing fits, and that is said.
    assert.deepEqual([second, main].map(({ stack }) => stack.proof.flaw), ["unmatched", "unmatched"]);
  }
}, { skip });

function assertInside({ stack, interpreter }: ThreadDump, names: readonly string[], id: number): void {
  assert.equal(stack.proof.flaw, null);
  assert.deepEqual(functionsOf(stack.frames), expected(names));
  assert.equal(interpreter, id);
  // What runs an interpreter is native, between the frames of two.
  for (const name of names.slice(1)) {
    const outer = stack.frames.findIndex((frame) => frame.kind === "python" && frame.function === `outer_${name}`);
    const module = stack.frames.findLastIndex((frame, i) =>
      i < outer && frame.kind === "python" && frame.function === "<module>"
    );
    assert.equal(stack.frames[module - 1].kind, "native");
  }
}

/** The functions of the fixture, without those of modules and threads. */
function functionsOf(frames: readonly Frame[]): string[] {
  const names = frames.flatMap((frame) => frame.kind === "python" ? [frame.function.replace(/.*\./, "")] : []);
  return names.filter((name) => /^(outer|middle|inner)_|^<lambda>$/.test(name));
}

function expected(names: readonly string[]): string[] {
  return names.flatMap((name) => FUNCTIONS.map((word) => word === "<lambda>" ? word : `${word}_${name}`));
}
