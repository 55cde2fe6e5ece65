/** The truth stack: a program tells its own stack, and every way of looking at it must show the same. */

import assert from "node:assert/strict";
import { sample, where } from "../../mod.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { parseCollapsed } from "../support/collapsed.ts";
import { tasksOf, until } from "../support/proc.ts";
import { type Python, testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { assertKernelSleep, assertTruth, sleepCall, type Truth } from "../support/truth.ts";

const VARIANTS = [
  ["cold calls", []],
  ["specialised calls", ["--warm"]],
  ["a second thread", ["--warm", "--thread"]],
] as const;

/** Samples of a thread that sleeps and wakes; it enters no Python function, so that none of them may be flagged. */
const WAKEFUL_SAMPLES = 300;

const canReadKernelStacks = canRead(`/proc/${Deno.pid}/task/${Deno.pid}/stack`);

testEachPython("where() shows the truth stack", async (python, context) => {
  for (const [name, args] of VARIANTS) {
    await context.step(name, async () => {
      await using target = await startAsleep(python, args);
      const { threads } = await where(target.pid, { kernel: canReadKernelStacks });
      // Newest first: the thread that tells the truth.
      const { frames, proof } = threads[0].stack;
      assert.equal(threads.length, args.length > 1 ? 2 : 1);
      assert.equal(threads.at(-1)!.tid, target.pid);
      assertTruth(frames, truthOf(target, python), { asleep: true });
      if (canReadKernelStacks) assertKernelSleep(frames, python);
      assert.equal(proof.flaw, null);
      assert.equal(proof.expected, proof.matched);
      assert.ok(proof.matched > 3, `${proof.matched} activations`);
      assert.ok(threads[0].idle);
    });
  }
});

testEachPython("sample() shows the truth stack of a thread that keeps waking up", async (python) => {
  await using target = await Target.start(python, "truth.py", { args: ["--warm", "--pause", "0.0005"] });
  const truth = truthOf(target, python);
  let samples = 0;
  for await (const { tid, stack, time } of sample(target.pid, { interval: 1000 })) {
    assert.equal(tid, target.pid);
    // It says that it is ready just before it is.
    if (samples === 0 && stack.frames.some((frame) => frame.kind === "python" && frame.function === "announce")) {
      continue;
    }
    assert.equal(stack.proof.flaw, null);
    assert.ok(time >= 0);
    assertTruth(stack.frames, truth, { asleep: false });
    if (++samples === WAKEFUL_SAMPLES) break;
  }
  assert.equal(samples, WAKEFUL_SAMPLES);
});

testEachPython("the executable's samples show the truth stack", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using target = await startAsleep(python, ["--warm"]);
  const kernel = canReadKernelStacks ? ["-k"] : [];
  const { code, stdout, stderr } = await austinp([...kernel, "-x1", "-i", "5ms", "-o", file, "-p", `${target.pid}`]);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const { samples } = parseCollapsed(await Deno.readTextFile(file));
  assert.ok(samples.length > 20, `${samples.length} samples`);
  for (const { frames, pid, tid } of samples) {
    assert.deepEqual([pid, tid], [target.pid, target.pid]);
    assertTruth(frames, truthOf(target, python), { asleep: true });
  }
  if (!canReadKernelStacks) return;
  // The stop wakes the thread: until it gets a CPU to go back to its sleep, which a busy machine makes it wait for, it
  // is in no system call.
  const asleep = samples.filter(({ frames }) => frames.some(({ kind }) => kind === "kernel"));
  assert.ok(asleep.length > samples.length * 0.8, `${asleep.length} of ${samples.length} samples`);
  for (const { frames } of asleep) assertKernelSleep(frames, python);
});

testEachPython("the executable's where mode shows the truth stack", async (python) => {
  await using target = await startAsleep(python, ["--warm"]);
  const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`], { env: { NO_COLOR: "1" } });
  assert.equal(code, 0, stderr);
  const { frames } = truthOf(target, python);
  const expected = frames.map(({ function: name, file, line }) => `    ${name} (${file}:${line})`);
  assert.deepEqual(stdout.split("\n").filter((line) => line.includes(".py:")), expected);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stdout, /\x1b/);
  const order = [" Process ", "_start (", "outer (", "qsort_r (", "compare (", "leaf (", `${sleepCall(python)} (`];
  const places = order.map((text) => stdout.indexOf(text));
  assert.ok(places.every((place, i) => place > (places[i - 1] ?? -1)), `${order} at ${places}`);
});

/** Starts the program and waits until it has come to its sleep. */
async function startAsleep(python: Python, args: readonly string[]): Promise<Target> {
  const target = await Target.start(python, "truth.py", { args });
  await until(() => tasksOf(target.pid).every(({ state }) => state === "S"), "the program sleeps");
  return target;
}

function truthOf(target: Target, python: Python): Truth {
  const frames = JSON.parse(target.ready);
  const files = Deno.readTextFileSync(`/proc/${target.pid}/maps`);
  return { frames, python, thread: frames[0].function !== "<module>", files };
}

function canRead(path: string): boolean {
  try {
    return Deno.readTextFileSync(path).length > 0;
  } catch {
    return false;
  }
}
