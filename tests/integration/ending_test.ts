/** Every way for a run to end leaves a whole file behind, and a target that nobody stops or traces. */

import assert from "node:assert/strict";
import { isFile } from "../../tools/files.ts";
import { AUSTINP, startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { type Collapsed, parseCollapsed, samplesIn } from "../support/collapsed.ts";
import { assertUntouched, tasksOf, until } from "../support/proc.ts";
import type { Python } from "../support/pythons.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const ENOUGH = 20;

/** Attaches to a program, waits for samples, ends the run by `end`, and reads what it has left. */
async function runUntil(
  python: Python,
  end: (target: Target, signal: (name: Deno.Signal) => void) => Promise<unknown> | void,
): Promise<{ code: number; stderr: string; collapsed: Collapsed; target: Target }> {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using cleanup = new AsyncDisposableStack();
  const target = cleanup.use(await Target.start(python, "steps.py"));
  await using run = startAustinp(["-i", "1ms", "-o", file, "-p", `${target.pid}`]);
  await until(() => samplesIn(file) >= ENOUGH, "there are samples");
  await end(target, run.signal);
  const { code, stderr, stdout } = await run.outcome;
  assert.equal(stdout, "");
  const collapsed = parseCollapsed(await Deno.readTextFile(file));
  assert.ok(collapsed.samples.length >= ENOUGH);
  assert.ok(Number(collapsed.closing.get("duration")) > 0);
  cleanup.move();
  return { code, stderr, collapsed, target };
}

testTypicalPythons("the run ends when its target does", async (python) => {
  const { code, stderr, target } = await runUntil(python, (target) => target.send());
  await using _target = target;
  assert.equal(code, 0, stderr);
  assert.equal((await target.end()).code, 7);
});

for (const [name, expected] of [["SIGINT", 254], ["SIGTERM", 241], ["SIGHUP", 129]] as const) {
  testTypicalPythons(`${name} ends the run and not its target`, async (python) => {
    const { code, stderr, target } = await runUntil(python, (_target, signal) => signal(name));
    await using _target = target;
    assert.equal(code, expected, stderr);
    assertUntouched(target.pid);
    await target.send();
    assert.equal((await target.end()).code, 7);
  });
}

testTypicalPythons("under nohup, SIGHUP ends nothing", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using target = await Target.start(python, "steps.py");
  const args = [AUSTINP, "-P", "-i", "1ms", "-o", file, "-p", `${target.pid}`];
  const profiler = new Deno.Command("nohup", { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  await until(() => samplesIn(file) >= ENOUGH, "there are samples");
  profiler.kill("SIGHUP");
  const before = samplesIn(file);
  await until(() => samplesIn(file) > before + ENOUGH, "there are more");
  profiler.kill("SIGTERM");
  assert.equal((await profiler.status).code, 241);
});

testTypicalPythons("the second Ctrl-C ends a run whose program does not heed the first", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const program = `import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
with open(sys.argv[1] + ".new", "w") as ready: ready.write(str(os.getpid()))
os.rename(sys.argv[1] + ".new", sys.argv[1])
while True: pass`;
  const ready = folder.file("ready");
  await using run = startAustinp(["-P", "-i", "1ms", "-o", file, python.path, "-c", program, ready]);
  await until(() => samplesIn(file) >= ENOUGH && isFile(ready), "there are samples");
  const pid = Number(Deno.readTextFileSync(ready));
  try {
    run.signal("SIGINT");
    // The first has been dealt with when the closing metadata is there; then the target is waited for.
    await until(() => Deno.readTextFileSync(file).includes("\n# duration: "), "the run has ended");
    run.signal("SIGINT");
    await until(() => tasksOf(run.pid).length === 0, "it is gone");
    assertUntouched(pid);
  } finally {
    Deno.kill(pid, "SIGKILL"); // it has our standard error open
  }
  const { code, stderr } = await run.outcome;
  assert.deepEqual([code, stderr], [254, ""]);
});
