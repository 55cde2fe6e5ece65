/** Faults of processes and threads: they become another, multiply, end. @module */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { AUSTINP, austinp, TemporaryFolder } from "../support/austinp.ts";
import { buildLibrary } from "../support/c_program.ts";
import { Contained, CONTAINER, withoutContainers } from "../support/contained.ts";
import { assertUntouched, tasksOf, until } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { assertGoesOn, assertRight } from "../support/steady.ts";
import { fixture, Target } from "../support/target.ts";
import { BY_PATIENT_PARENT, type Fault, underSampling } from "./fault.ts";

const LONGEST_DELAY_MS = 30;
const OWN_MOUNTS = ["unshare", "--mount", "--propagation", "private"];
const PIPED = { stdin: "null", stdout: "piped", stderr: "piped" } as const;

/** Ends a busy program at a random moment, and claims what its parent and the profiler say of that. */
async function endWhileSampled(python: Python, how: "kill" | "exit"): Promise<void> {
  const seconds = how === "kill" ? 1000 : Math.random() / 10;
  const options = { prefix: BY_PATIENT_PARENT, args: ["busy_end", `${seconds}`] };
  await using contained = await Contained.start(python, "faults.py", options);
  const { target, pid } = contained;
  await using profiler = await Profiler.attach(pid, ["-i", "100us"]);
  await target.send("go");
  await delay(Math.random() * LONGEST_DELAY_MS);
  if (how === "kill") Deno.kill(pid, "SIGKILL");
  assert.equal((await target.end()).code, how === "kill" ? 137 : 7);
  const { code, stderr } = await profiler.end();
  assert.equal(code, 0, stderr);
}

async function churn(python: Python, seconds: number): Promise<void> {
  await underSampling(python, { thing: "churn", args: [`${seconds}`], signs: seconds, expected: true });
}

async function reuseTids(python: Python): Promise<void> {
  const prefix = CONTAINER;
  await using contained = await Contained.start(python, "faults.py", { prefix, args: ["reuse_tid", "60"] });
  await using profiler = await Profiler.attach(contained.pid);
  await contained.target.send("go");
  assert.equal(await contained.target.line(), "true");
  assert.equal((await contained.target.end()).code, 0);
  assert.equal((await profiler.end()).code, 0);
  const of = (name: string) => profiler.lines.filter((line) => line.includes(`:${name}:`));
  assert.ok(of("first_user").length > 0 && of("second_user").length > 0);
  assert.deepEqual(of("first_user").filter((line) => line.includes(":second_user:")), []);
}

async function traceTraced(python: Python): Promise<void> {
  await using target = await Target.start(python, "steady.py", { args: ["2"] });
  const tids = tasksOf(target.pid).map(({ tid }) => tid);
  {
    await using tracer = await Target.start(python, "tracer.py", { args: tids.map(String) });
    const { code, stderr } = await austinp(["-i", "1ms", "-x", "1", "-p", `${target.pid}`]);
    assert.equal(code, 37, stderr);
    assert.ok(tasksOf(target.pid).every((task) => task.tracer === tracer.pid));
  }
  await until(() => tasksOf(target.pid).every(({ tracer }) => tracer === 0), "the tracer has let go");
  await assertGoesOn(target);
  await assertRight(target, 2);
}

/** The parent of a vfork cannot be stopped until its child has ended. */
async function sleepInVfork(python: Python): Promise<void> {
  await using target = await Target.start(python, "vfork.py", { args: [buildLibrary("vfork.c")] });
  await until(() => tasksOf(target.pid)[0].state === "D", "the thread sleeps uninterruptibly");
  await using profiler = await Profiler.attach(target.pid);
  await profiler.samples(20);
  await profiler.stop();
  await until(() => tasksOf(target.pid).every(({ tracer }) => tracer === 0), "nobody traces the thread");
  await target.send();
  assert.equal(await target.line(), "ended with 0");
  assertUntouched(target.pid);
  await target.send();
  assert.equal((await target.end()).code, 0);
}

/** Has a thread sleep on a file system that does not answer, until it does. */
async function sleepInPageFault(python: Python): Promise<void> {
  using folder = new TemporaryFolder();
  const place = folder.file("place");
  await Deno.writeTextFile(place, "");
  const options = { prefix: [...BY_PATIENT_PARENT, ...OWN_MOUNTS], args: [place] };
  await using contained = await Contained.start(python, "stuck_file.py", options);
  const { target, pid } = contained;
  await using profiler = await Profiler.attach(pid);
  await profiler.samples(100);
  assert.ok(profiler.lines.some((line) => line.includes(`;T0:${pid};:INVALID: `)), "it was never blocked");
  await target.send();
  assert.equal(await target.line(), "answer");
  assert.equal((await target.end()).code, 0);
  assert.equal((await profiler.end()).code, 0);
}

function withoutFuse({ path }: Python): string | null {
  if (withoutContainers() !== null) return withoutContainers();
  const program = fixture("stuck_file.py");
  const [command, ...args] = [...OWN_MOUNTS, path, program, program, "--try"];
  const { success } = new Deno.Command(command, { args, stderr: "null" }).outputSync();
  return success ? null : "no FUSE";
}

/** -C while a program forks: its children come and go, and each ends with the code it has alone. */
async function forkStorm(python: Python): Promise<void> {
  const args = ["-CPi1ms", "-o", "/dev/null", python.path, fixture("faults.py"), "--now", "forks", "200"];
  const { code, stdout, stderr } = await new Deno.Command(AUSTINP, { args, ...PIPED }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout), "true\n");
}

/** Of the target's processes and threads. */
export const PROCESS_FAULTS: readonly Fault[] = [
  {
    name: "exec into Python in mid-sample, 20 times",
    times: 10,
    once: (python) => underSampling(python, { thing: "exec_python", args: ["20"], expected: "the last" }),
  },
  {
    name: "exec into something else in mid-sample",
    times: 50,
    once: (python) => underSampling(python, { thing: "exec_other", expected: "another" }),
  },
  {
    name: "a storm of 200 forks",
    times: 20,
    once: (python) => underSampling(python, { thing: "forks", args: ["200"], expected: true }),
  },
  { name: "a storm of 200 forks, followed with -C", times: 20, once: forkStorm },
  {
    name: "50 vforks",
    times: 20,
    once: (python) => underSampling(python, { thing: "vforks", args: ["50"], expected: 50 }),
  },
  {
    name: "a thread born and gone every millisecond, for a second",
    times: 20,
    once: (python) => churn(python, 1),
  },
  {
    name: "a thread born and gone every millisecond, for a minute",
    times: 2,
    onlyLong: true,
    once: (python) => churn(python, 60),
  },
  { name: "thread ids that are used again at once", times: 20, obstacle: withoutContainers, once: reuseTids },
  { name: "exit while threads are stopped", times: 200, once: (python) => endWhileSampled(python, "exit") },
  { name: "SIGKILL while threads are stopped", times: 200, once: (python) => endWhileSampled(python, "kill") },
  { name: "being traced already", times: 20, once: traceTraced },
  {
    name: "a main thread that has ended before the others",
    times: 50,
    once: (python) => underSampling(python, { thing: "zombie_main", args: ["0.3"], expected: "survived" }),
  },
  { name: "uninterruptible sleep in a vfork", times: 20, once: sleepInVfork },
  {
    name: "uninterruptible sleep in a page fault (FUSE)",
    times: 20,
    obstacle: withoutFuse,
    once: sleepInPageFault,
  },
];
