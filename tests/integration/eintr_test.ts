/** Threads that wait in the kernel are not stopped, and get no EINTR from being sampled. */

import assert from "node:assert/strict";
import { buildLibrary } from "../support/c_program.ts";
import { tasksOf, until } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const LIBRARY = buildLibrary("waits.c");

/** Two seconds and more: eight samples a tick are of threads that wait, and there is one each millisecond. */
const SAMPLES = 16_000;

/** Calls that signals interrupt; the kernel goes on with the first five after a stop, and breaks off the others. */
const CALLS = [
  ...["poll", "select", "nanosleep", "clock_nanosleep", "sem_timedwait"],
  ...["epoll_wait", "semtimedop", "sigtimedwait", "recv", "read", "accept", "io_getevents"],
];
/** Those that wait until the program ends, in one call each. */
const LONG = 3;

for (const kind of ["C", "Python"]) {
  testTypicalPythons(
    `no interruptible system call returns EINTR, and threads of ${kind} that wait are not stopped`,
    async (
      python,
    ) => {
      await using target = await Target.start(python, "waits.py", { args: [LIBRARY, kind] });
      const sleepers = () => tasksOf(target.pid).slice(0, 1 + LONG);
      await until(() => sleepers().every(({ state }) => state === "S"), "all threads wait");
      const before = sleepers();
      await using profiler = await Profiler.attach(target.pid);
      await profiler.samples(SAMPLES);
      await profiler.stop();
      assert.deepEqual(sleepers(), before);
      await target.send();
      const waits: Record<string, { episodes: number; interrupted: number }> = JSON.parse(await target.line());
      assert.deepEqual(Object.keys(waits).sort(), CALLS.toSorted());
      for (const [name, { episodes, interrupted }] of Object.entries(waits)) {
        assert.ok(episodes >= 1, name);
        assert.equal(interrupted, 0, name);
      }
      assert.equal((await target.end()).code, 0);
    },
  );
}
