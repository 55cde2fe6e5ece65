/** `--no-native`, which austin is: Python frames are read while threads run on, and what changed meanwhile is not shown. */

import assert from "node:assert/strict";
import { sample, where } from "../../mod.ts";
import { attach } from "../../src/sampler/start.ts";
import type { Frame } from "../../src/types.ts";
import { austinp, startAustinp } from "../support/austinp.ts";
import { tasksOf, until } from "../support/proc.ts";
import { testEachPython } from "../support/pythons.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const CHURN = new URL("../matrix/churn.py", import.meta.url).pathname;
const DEPTH = 9;
const SAMPLES = 1500;
const OPTIONS = {
  interval: 300,
  native: false,
  kernel: false,
  timeout: 1_000_000,
  skipIdle: false,
  gc: false,
  memory: false,
};

testEachPython("without a stop no stack is shown that the program cannot have", async (python) => {
  await using target = await Target.start(python, CHURN);
  await using run = await attach(target.pid, OPTIONS);
  const impossible: string[] = [];
  let whole = 0;
  for await (const batch of run.batches()) {
    for (const { stack } of batch) {
      if (stack.proof.flaw === null) {
        whole++;
        if (!isPossible(stack.frames)) impossible.push(namesOf(stack.frames).join(" > "));
      } else {
        assert.deepEqual(stack.frames, [{ kind: "mark", mark: "invalid" }]);
      }
    }
    if (run.statistics.samples >= SAMPLES) run.stop();
  }
  const { stops, samples, proved, torn, unstopped } = run.statistics;
  assert.deepEqual(impossible, []);
  assert.deepEqual([stops, unstopped, proved, proved + torn], [0, samples, whole, samples]);
  // Its functions are shorter than a copy takes: on an idle machine few are, but some must be.
  assert.ok(whole > 0, `none of ${samples} is whole`);
});

testEachPython(
  "without a stop each thread has its own frames, and threads that do not run keep theirs",
  async (python) => {
    await using target = await Target.start(python, "busy.py", { args: ["--threads", "1", "--idle", "2"] });
    const stopped = await where(target.pid);
    const expected = new Map(stopped.threads.map(({ tid, stack }) => [tid, rootOf(stack.frames)]));
    await until(() => tasksOf(target.pid).filter(({ state }) => state === "S").length >= 2, "threads sleep");
    const seen = new Map<number, number>();
    for await (const { tid, stack } of sample(target.pid, OPTIONS)) {
      if (stack.proof.flaw !== null) continue;
      assert.deepEqual(rootOf(stack.frames), expected.get(tid));
      seen.set(tid, (seen.get(tid) ?? 0) + 1);
      if ([...expected.keys()].every((tid) => (seen.get(tid) ?? 0) >= 20)) break;
    }
    assert.deepEqual([...seen.keys()].sort(), [...expected.keys()].sort());
  },
);

testTypicalPythons(
  "--no-native writes Python frames and no mappings, and says that nothing was stopped",
  async (python) => {
    await using target = await Target.start(python, "steady.py");
    const pid = `${target.pid}`;
    await using run = startAustinp(["--no-native", "-i", "1ms", "-x", "1", "-p", pid]);
    const { code, stdout, stderr } = await run.outcome;
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^# austin: 3\.7\.0\n# interval: 1000\n# mode: wall\n\n(# thread: .*\n)?P/);
    assert.match(stdout, /^P\d+;T0:\d+;[^;]*steady\.py:<module>:\d+.* \d+$/m);
    assert.doesNotMatch(stdout, /native@|kernel:/);
    assert.match(stderr, /^Threads stopped for +none was stopped$/m);

    const dump = await austinp(["--no-native", "-w", pid], { env: { NO_COLOR: "1" } });
    assert.match(dump.stdout, /Thread 0:\d+\n\n {4}<module> \(.*steady\.py:\d+\)\n/);
    assert.doesNotMatch(dump.stdout, /libc|python3\.\d+:/);
    assert.match(dump.stderr, /The threads were not stopped\.\n$/);
  },
);

Deno.test("--no-native cannot show kernel frames", async () => {
  const { code, stderr } = await austinp(["--no-native", "-k", "-p", "1"]);
  assert.equal(code, 64);
  assert.match(stderr, /^austinp: option -k .* not with --no-native\n/);
});

/** What a thread never leaves: `<module> work`, or `_bootstrap _bootstrap_inner run`. */
function rootOf(frames: readonly Frame[]): string[] {
  const names = namesOf(frames);
  return names.slice(0, names[0] === "<module>" ? 2 : 3);
}

function namesOf(frames: readonly Frame[]): string[] {
  return frames.flatMap((frame) => frame.kind === "python" ? [frame.function] : []);
}

/** One family, its depths one after another. */
function isPossible(frames: readonly Frame[]): boolean {
  const [module, main, ...inner] = namesOf(frames);
  const family = inner[0]?.[0];
  const isRight = inner.every((name, i) =>
    name === `${family}_${i % 2 ? "step" : "call"}_${DEPTH - Math.floor(i / 2)}`
  );
  return module === "<module>" && (main ?? "main") === "main" && isRight;
}
