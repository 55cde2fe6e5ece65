/** What comes and goes while it is sampled: threads, and code. */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import type { Run } from "../../src/cli/engine.ts";
import { attach } from "../../src/sampler/start.ts";
import type { PythonFrame, Sample, Stack } from "../../src/types.ts";
import { assertUntouched } from "../support/proc.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const OPTIONS = { interval: 1000, kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: false };
const DUMPS = 20;

testEachPython("threads that come and go are sampled, and end nothing", async (python) => {
  await using target = await Target.start(python, "churn.py");
  await using run = await attach(target.pid, OPTIONS);
  const tids = new Set<number>();
  await collect(run, (sample) => {
    if (sample.stack.proof.flaw === null && has(sample.stack, "short_life")) tids.add(sample.tid);
    return tids.size >= 100;
  });
  assertUntouched(target.pid);
  const { proved, truncated, samples } = run.statistics;
  // In the first instruction of a new thread (and in its parent's, after clone) the C library has no unwind table.
  assert.ok(truncated / samples < 0.1, JSON.stringify(run.statistics));
  assert.ok((proved + truncated) / samples >= 0.99, JSON.stringify(run.statistics));
});

testEachPython("where() of a program whose threads come and go", async (python) => {
  await using target = await Target.start(python, "churn.py");
  for (let i = 0; i < DUMPS; i++) {
    const { threads } = await where(target.pid);
    const main = threads.find(({ tid }) => tid === target.pid)!;
    // For truncated, see above. Its Python frames are there all the same.
    assert.ok([null, "truncated"].includes(main.stack.proof.flaw), `${main.stack.proof.flaw}`);
    assert.ok(has(main.stack, "raise_threads"));
  }
  assertUntouched(target.pid);
});

testEachPython("generated code is never called by the name of code that was there before it", async (python) => {
  await using target = await Target.start(python, "generated.py");
  await using run = await attach(target.pid, OPTIONS);
  const seen = new Set<string>();
  await collect(run, ({ stack }) => {
    if (stack.proof.flaw !== null) return false;
    for (const frame of pythonFrames(stack).filter(({ function: name }) => name.startsWith("call_"))) {
      const number = Number(frame.function.slice("call_".length));
      assert.equal(frame.file, `file_${number}`);
      assert.ok(frame.line === number + 1 || frame.line === number + 2, `${frame.function} at line ${frame.line}`);
      seen.add(frame.function);
    }
    return seen.size >= 100;
  });
});

/** Reads samples until `look` has seen enough. */
async function collect(run: Run, look: (sample: Sample) => boolean): Promise<void> {
  for await (const batch of run.batches()) {
    if (!batch.some(look)) continue;
    run.stop();
    return;
  }
  assert.fail(`sampling ended: ${JSON.stringify(run.statistics)}`);
}

function pythonFrames({ frames }: Stack): PythonFrame[] {
  return frames.filter((frame) => frame.kind === "python");
}

function has(stack: Stack, name: string): boolean {
  return pythonFrames(stack).some((frame) => frame.function === name);
}
