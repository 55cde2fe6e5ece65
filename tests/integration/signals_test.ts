/** Programs that live on signals and children do the same under sampling at 1 kHz as alone. */

import assert from "node:assert/strict";
import { AUSTINP } from "../support/austinp.ts";
import { buildLibrary } from "../support/c_program.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { fixture, patiently, Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const ITS_QUEUE = 35; // SIGRTMIN + 1, as Python has it
const SI_QUEUE = -1;
const BURST = 25;
const BURSTS = 20;
const LIBRARY = buildLibrary("waits.c");

// The C library stays loaded, which within a test would count as a leak.
const libc = Deno.dlopen("libc.so.6", {
  // int sigqueue(pid_t pid, int sig, const union sigval value): the union is passed as one word
  sigqueue: { parameters: ["i32", "i32", "u64"], result: "i32" },
}).symbols;

type Meanwhile = (target: Target, profiler: Profiler | null) => Promise<void>;

/** Has a program do its thing, alone or sampled, with `meanwhile` from outside, and returns what it writes. */
async function result(
  python: Python,
  thing: string,
  { sampled, meanwhile }: { sampled: boolean; meanwhile?: Meanwhile },
): Promise<Record<string, unknown>> {
  await using target = await Target.start(python, "signals.py", { args: [thing, LIBRARY] });
  await using profiler = sampled ? await Profiler.attach(target.pid) : null;
  await profiler?.samples(1);
  await target.send();
  await meanwhile?.(target, profiler);
  const line = await target.line();
  assert.equal((await target.end()).code, 0);
  const outcome = await profiler?.end();
  assert.equal(outcome?.code ?? 0, 0, outcome?.stderr);
  return JSON.parse(line);
}

function repeat<T>(count: number, value: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => value(i));
}

testTypicalPythons("300 alarms arrive, 10 ms apart", async (python) => {
  const runs = await Promise.all([
    result(python, "alarms_busy", { sampled: false }),
    result(python, "alarms_busy", { sampled: true }),
    result(python, "alarms_asleep", { sampled: true }),
  ]);
  console.log(`300 alarms in ${runs.map(({ seconds }) => seconds).join(", ")} s: alone, sampled, sampled asleep`);
  assert.deepEqual(runs.map(({ count }) => count), [300, 300, 300]);
});

testTypicalPythons("200 signals from outside arrive, one after another", async (python) => {
  async function meanwhile(target: Target): Promise<void> {
    assert.equal(await target.line(), "listening");
    for (let i = 1; i <= 200; i++) {
      target.signal("SIGUSR1");
      assert.equal(await target.line(), `${i}`);
    }
  }
  assert.deepEqual(await result(python, "acknowledge", { sampled: true, meanwhile }), { count: 200 });
});

testTypicalPythons("queued real-time signals arrive in order, with their values", async (python) => {
  async function meanwhile(target: Target, profiler: Profiler | null): Promise<void> {
    assert.equal(await target.line(), "listening");
    for (let i = 0; i < BURST * BURSTS; i++) {
      assert.equal(libc.sigqueue(target.pid, ITS_QUEUE, BigInt(i)), 0);
      if (i % BURST === 0) await profiler?.samples(5);
    }
  }
  assert.deepEqual(await result(python, "queue", { sampled: true, meanwhile }), {
    count: BURST * BURSTS,
    values: repeat(BURST * BURSTS, (i) => i),
    codes: repeat(BURST * BURSTS, () => SI_QUEUE),
    senders: repeat(BURST * BURSTS, () => Deno.pid),
  });
});

testTypicalPythons("100 child processes end well, and SIGCHLD tells of each", async (python) => {
  const expected = { codes: repeat(100, () => 0), count: 100 };
  assert.deepEqual(await result(python, "children", { sampled: false }), expected);
  assert.deepEqual(await result(python, "children", { sampled: true }), expected);
});

testTypicalPythons("100 forks are waited for, with their exit codes", async (python) => {
  assert.deepEqual(await result(python, "forks", { sampled: true }), { statuses: repeat(100, (i) => i) });
});

testTypicalPythons("a launched program that starts children ends well", async (python) => {
  const output = await Deno.makeTempFile();
  try {
    const args = ["-i", "1ms", "-o", output, python.path, fixture("signals.py"), "children", "--now"];
    const running = new Deno.Command(AUSTINP, { args, stdout: "piped", stderr: "piped" }).output();
    const { code, stdout, stderr } = await patiently(running, "the end of a launched program");
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const [, line] = new TextDecoder().decode(stdout).split("\n");
    assert.deepEqual(JSON.parse(line), { codes: repeat(100, () => 0), count: 100 });
    assert.match(await Deno.readTextFile(output), /;signals\.py:children:\d+|:children:\d+/);
  } finally {
    await Deno.remove(output);
  }
});
