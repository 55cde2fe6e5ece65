/**
 * Threads that wait in the kernel get no EINTR from being sampled, but for the first stop of each wait in those calls
 * that the kernel does not restart after any stop (signal(7)).
 */

import assert from "node:assert/strict";
import { buildLibrary } from "../support/c_program.ts";
import { Profiler } from "../support/profiler.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const LIBRARY = buildLibrary("waits.c");

/** Two seconds and more, at ten threads and a tick each millisecond. */
const SAMPLES = 20_000;

/** Never interrupted: the kernel goes on with them. */
const RESTARTED = ["poll", "select", "nanosleep", "clock_nanosleep", "sem_timedwait"];
const INTERRUPTED = ["epoll_wait", "semtimedop", "sigtimedwait", "recv"];

testTypicalPythons("waiting threads get at most one EINTR a wait", async (python) => {
  await using target = await Target.start(python, "waits.py", { args: [LIBRARY] });
  await using profiler = await Profiler.attach(target.pid);
  await profiler.samples(SAMPLES);
  await profiler.stop();
  await target.send();
  const waits: Record<string, { episodes: number; interrupted: number }> = JSON.parse(await target.line());
  console.log(
    "EINTR / waits: " +
      Object.entries(waits).map(([name, { episodes, interrupted }]) => `${name} ${interrupted}/${episodes}`).join(", "),
  );
  assert.deepEqual(Object.keys(waits).sort(), [...RESTARTED, ...INTERRUPTED].sort());
  for (const name of RESTARTED) assert.equal(waits[name].interrupted, 0, name);
  // Seldom twice: where a thread is met while it runs on its way back, that it does cannot be known.
  for (const name of INTERRUPTED) assert.ok(waits[name].interrupted <= 2 * waits[name].episodes, name);
  assert.equal((await target.end()).code, 0);
});
