/** Stopped, continued, killed or crashed under sampling: the target's parent is told exactly what it is told without. */

import assert from "node:assert/strict";
import { austinp } from "../support/austinp.ts";
import { tasksOf, until } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

/** A process that counts, and its parent, which tells what wait() tells it. */
class Family implements AsyncDisposable {
  private constructor(readonly parent: Target, readonly child: number) {}

  static async start(python: Python): Promise<Family> {
    const parent = await Target.start(python, "supervisor.py");
    return new Family(parent, Number(parent.ready));
  }

  /** How far the child has got. */
  async count(): Promise<number> {
    await this.parent.send("count");
    const line = await this.parent.line();
    assert.match(line, /^count \d+$/);
    return Number(line.slice("count ".length));
  }

  /** Sends the child a signal, and claims that its parent hears of it as expected. */
  async signal(name: Deno.Signal, event: string): Promise<void> {
    Deno.kill(this.child, name);
    assert.equal(await this.parent.line(), event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (tasksOf(this.child).length > 0) Deno.kill(this.child, "SIGKILL");
    await this.parent[Symbol.asyncDispose]();
  }
}

/** All threads are stopped, by the signal or, for a moment, by us on top of it. */
function assertStopped(pid: number): void {
  const states = tasksOf(pid).map(({ state }) => state);
  assert.match(states.join(""), /^[Tt]+$/);
}

for (const [name, event] of [["SIGSTOP", "stopped 19"], ["SIGTSTP", "stopped 20"]] as const) {
  testTypicalPythons(`${name} stops a sampled target until SIGCONT`, async (python) => {
    await using family = await Family.start(python);
    await using profiler = await Profiler.attach(family.child);
    await profiler.samples(100);
    await family.signal(name, event);
    await until(() => tasksOf(family.child).every(({ state }) => /[Tt]/.test(state)), "the target is stopped");
    const before = await family.count();
    for (let look = 0; look < 20; look++) {
      await profiler.samples(20);
      assertStopped(family.child);
    }
    assert.equal(await family.count(), before, "it ran on");
    await family.signal("SIGCONT", "continued");
    await profiler.samples(100);
    assert.ok(await family.count() > before, "it did not run on");
    const { code } = await profiler.stop();
    assert.equal(code, 254);
    await family.signal("SIGTERM", "killed 15");
  });
}

testTypicalPythons("a stopped target can be dumped, is shown as stopped, and stays so", async (python) => {
  await using family = await Family.start(python);
  await family.signal("SIGSTOP", "stopped 19");
  const before = await family.count();
  const { code, stdout } = await austinp(["-w", `${family.child}`]);
  assert.equal(code, 0);
  assert.equal(stdout.match(/ spin /g)?.length, 2, stdout);
  assert.equal(stdout.match(/^ +⏸️ stopped by a signal, until SIGCONT$/gm)?.length, 2, stdout);
  assert.deepEqual(tasksOf(family.child).map(({ state, tracer }) => [state, tracer]), [["T", 0], ["T", 0]]);
  assert.equal(await family.count(), before);
  await family.signal("SIGCONT", "continued");
});

testTypicalPythons("a target stopped before the attach, and left stopped, is still stopped", async (python) => {
  await using family = await Family.start(python);
  await family.signal("SIGSTOP", "stopped 19");
  await using profiler = await Profiler.attach(family.child);
  await profiler.samples(50);
  assert.equal((await profiler.stop()).code, 254);
  assert.deepEqual(tasksOf(family.child).map(({ state, tracer }) => [state, tracer]), [["T", 0], ["T", 0]]);
  await family.signal("SIGCONT", "continued");
});

for (const [name, event] of [["SIGUSR1", "killed 11"], ["SIGKILL", "killed 9"], ["SIGTERM", "killed 15"]] as const) {
  const what = name === "SIGUSR1" ? "a segmentation fault" : name;
  testTypicalPythons(`${what} ends a sampled target, and the run with it`, async (python) => {
    await using family = await Family.start(python);
    await using profiler = await Profiler.attach(family.child);
    await profiler.samples(100);
    await family.signal(name, event);
    const { code, stderr } = await profiler.end();
    assert.equal(code, 0, stderr);
    assert.equal((await family.parent.end()).code, 0);
  });
}
