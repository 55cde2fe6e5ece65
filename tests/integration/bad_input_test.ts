/**
 * What cannot be done is said in one line with the right exit code, and the process that was named is left as it was.
 */

import assert from "node:assert/strict";
import { austinp, type Outcome, type RunOptions } from "../support/austinp.ts";
import { buildC } from "../support/c_program.ts";
import { assertUntouched, tasksOf, until } from "../support/proc.ts";
import { ENOSYS, EPERM, PROCESS_VM_READV, PTRACE, runAsNobody, withoutCalls } from "../support/rights.ts";
import { assertGoesOn } from "../support/steady.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

/** For tests that take root. */
const AS_ROOT = { obstacle: Deno.uid() === 0 ? null : "not root" };

/** Claims that a run failed with this code and one line that says so. */
function assertRefused({ code, stdout, stderr }: Outcome, expected: number, message: RegExp): void {
  assert.match(stderr, /^austinp: [^\n]+\n$/);
  assert.match(stderr, message);
  assert.deepEqual([code, stdout], [expected, ""]);
}

/** Dumping it and sampling it are refused alike. */
async function assertBothRefused(pid: number, code: number, message: RegExp, options: RunOptions = {}): Promise<void> {
  for (const mode of ["-w", "-p"]) {
    assertRefused(await austinp(["-t", "100", mode, `${pid}`], options), code, message);
  }
}

/** Its threads are as they were and go on. */
async function assertRunsOn(target: Target): Promise<void> {
  assertUntouched(target.pid);
  await assertGoesOn(target);
}

/** A program that is killed when it is disposed. */
function spawn(...[program, ...args]: string[]): AsyncDisposable & { readonly pid: number } {
  const child = new Deno.Command(program, { args }).spawn();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** The process that the message speaks of does not live on. */
function assertGone({ stderr }: Outcome): Promise<void> {
  const pid = Number(stderr.match(/process (\d+)/i)![1]);
  return until(() => tasksOf(pid).every(({ state }) => state === "Z"), `process ${pid} has ended`);
}

/** The text of a dump without what differs from one to the next: who was where when. */
function frames(text: string): string[] {
  return text.split("\n").filter((line) => /\((?:.*\/)?(?:steady|threading)\.py:/.test(line)).map((line) => line.trim())
    .map((line) => line.replace(/:\d+\)$/, ")")).sort();
}

Deno.test("a process that is not there is said not to be", async () => {
  const { pid, status } = new Deno.Command("/bin/true").spawn();
  await status;
  await assertBothRefused(pid, 36, /Cannot attach to process \d+: no process has this id/);
});

testOnePython("programs that are not Python are said not to be, and live on", async (python, t) => {
  const still = buildC("still", ["tests/fixtures/still.c"], ["-static"]);
  for (const command of [["sleep", "100"], [still]]) {
    await t.step(command[0], async () => {
      await using other = spawn(...command);
      await assertBothRefused(other.pid, 32, /not a Python process/);
      assertUntouched(other.pid);
    });
  }
  await t.step({
    name: "a thread of the kernel",
    ignore: !Deno.readTextFileSync("/proc/2/status").includes("kthreadd"),
    fn: () => assertBothRefused(2, 32, /not a Python process/),
  });
  await t.step("a zombie", async () => {
    await using parent = await Target.start(python, "zombie.py");
    await assertBothRefused(Number(parent.ready), 32, /not a Python process: it has ended \(zombie\)/);
    assert.equal(tasksOf(Number(parent.ready))[0].state, "Z");
  });
});

testOnePython("a user without rights is told whose process it is", async (python) => {
  await using nobody = await runAsNobody();
  await using target = await Target.start(python, "steady.py");
  await assertBothRefused(
    target.pid,
    37,
    /belongs to user 0, austinp runs as user 65534, without CAP_SYS_PTRACE/,
    nobody,
  );
  await assertRunsOn(target);
}, AS_ROOT);

testOnePython("ptrace forbidden by a seccomp filter is said to be", async (python) => {
  await using target = await Target.start(python, "steady.py");
  for (const filter of [{ [PTRACE]: EPERM }, { [PTRACE]: EPERM, [PROCESS_VM_READV]: EPERM }]) {
    await assertBothRefused(target.pid, 37, /a seccomp filter/, withoutCalls(python, filter));
  }
  await assertRunsOn(target);
}, AS_ROOT);

testOnePython("without process_vm_readv everything works, through /proc/PID/mem", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const expected = frames((await austinp(["-w", `${target.pid}`])).stdout);
  assert.ok(expected.some((line) => line.includes("walk (")));
  for (const errno of [EPERM, ENOSYS]) {
    const options = withoutCalls(python, { [PROCESS_VM_READV]: errno });
    const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`], options);
    assert.equal(code, 0, stderr);
    // Where the threads are within a step differs; what leads there does not.
    const outer = /_bootstrap|run \(|walk \(|<module>/;
    assert.deepEqual(frames(stdout).filter((line) => outer.test(line)), expected.filter((line) => outer.test(line)));
    const samples = await austinp(["-i", "1ms", "-x", "1", "-p", `${target.pid}`], options);
    assert.equal(samples.code, 0);
    assert.ok((samples.stdout.match(/steady\.py:walk:\d+/g) ?? []).length > 100, samples.stderr);
  }
  await assertRunsOn(target);
});

testOnePython("another tracer is named, of whichever thread, and keeps its hold", async (python, t) => {
  await using target = await Target.start(python, "steady.py");
  const tids = tasksOf(target.pid).map(({ tid }) => tid);
  for (const [name, held] of [["all threads", tids], ["the main thread", [tids[0]]], ["another", [tids[1]]]] as const) {
    await t.step(name, async () => {
      await using tracer = await Target.start(python, "tracer.py", { args: held.map(String) });
      await assertBothRefused(target.pid, 37, new RegExp(`already traced by process ${tracer.pid} \\(python`));
      assert.deepEqual(
        tasksOf(target.pid).map(({ tid, tracer }) => [tid, tracer]),
        tids.map((tid) => [tid, held.includes(tid) ? tracer.pid : 0]),
      );
    });
    await assertRunsOn(target);
  }
});

testOnePython("dumps and a second sampler take turns with a first", async (python) => {
  await using target = await Target.start(python, "steady.py");
  const sampling = ["-i", "1ms", "-x", "2", "-p", `${target.pid}`];
  const running = [austinp(sampling), austinp(sampling)];
  const dumps: Outcome[] = [];
  for (let i = 0; i < 5; i++) dumps.push(await austinp(["-w", `${target.pid}`]));
  for (const { code, stderr } of [...await Promise.all(running), ...dumps]) assert.equal(code, 0, stderr);
  await assertRunsOn(target);
});

testOnePython("output that cannot be written is said to be", async (python) => {
  await using target = await Target.start(python, "steady.py");
  for (const path of ["/nonexistent/file", "/"]) {
    const { code, stdout, stderr } = await austinp(["-o", path, "-p", `${target.pid}`]);
    assert.deepEqual([code, stderr], [255, ""]);
    assert.match(stdout, /^austinp: Cannot create the output file '[^\n]+\n$/);
  }
  const full = await austinp(["-P", "-o", "/dev/full", "-x", "1", "-p", `${target.pid}`]);
  assertRefused(full, 255, /Cannot write .*\/dev\/full.*: No space left on device/);
  await assertRunsOn(target);
});

testOnePython("commands that cannot be launched are said to be", async (python, t) => {
  for (
    const [command, code, message] of [
      [["no-such-command"], 33, /Cannot launch no-such-command: no such file/],
      [["/etc/passwd"], 33, /Cannot launch \/etc\/passwd: permission denied; is the file executable/],
      [["/"], 33, /Cannot launch \/: permission denied/],
      [["/bin/true"], 33, /Cannot launch \/bin\/true: it ended too quickly/],
      [[python.path, "--no-such-option"], 33, /ended too quickly/],
    ] as const
  ) {
    await t.step(command.join(" "), async () => {
      const { code: actual, stdout, stderr } = await austinp(command);
      assert.equal(actual, code);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });
  }
});

testOnePython("a launched program that cannot be sampled is ended", async (python) => {
  const other = await austinp(["-t", "200", "sleep", "1000"]);
  assertRefused(other, 32, /Process \d+ is not a Python process/);
  await assertGone(other);
  const forbidden = await austinp(
    [python.path, "-c", "import time; time.sleep(1000)"],
    withoutCalls(python, { [PTRACE]: EPERM }),
  );
  assertRefused(forbidden, 37, /Insufficient permissions to trace process \d+/);
  await assertGone(forbidden);
});

Deno.test("malformed values are refused in two lines", async () => {
  for (const args of [["-i", "abc"], ["-i", "-1"], ["-x", "1.5"], ["-t", "x"], ["-p", "0"], ["-w", "4294967297"]]) {
    const { code, stdout, stderr } = await austinp([...args, "true"]);
    assert.equal(code, 64);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      /^austinp: [^\n]*(must be a positive integer|invalid PID)[^\n]*\n[^\n]+--help[^\n]+\n$/,
      args.join(" "),
    );
  }
});

testOnePython("a target that ends while it is attached to ends the run in an orderly way", async (python) => {
  const codes = [];
  for (let i = 0; i < 24; i++) {
    // From before the interpreter is there to when the sampler has just started.
    const short = new Deno.Command(python.path, { args: ["-c", `import time; time.sleep(${i / 120})`] }).spawn();
    const { code, stderr } = await austinp([i % 2 === 0 ? "-p" : "-w", `${short.pid}`]);
    assert.ok([0, 32, 36].includes(code), `${code}: ${stderr}`);
    assert.doesNotMatch(stderr, /internal|error:|^ +at /m);
    assert.equal((await short.status).code, 0);
    codes.push(code);
  }
  console.log(`exit codes: ${codes.join(" ")}`);
});

Deno.test("an unsupported version is named", async () => {
  const future = buildC("future_python", ["tests/fixtures/future_python.c"], ["-rdynamic"]);
  await using target = spawn(future);
  await assertBothRefused(
    target.pid,
    3,
    /runs CPython 3\.99\.0, which is not supported; supported are 2\.7 and 3\.6 to /,
  );
  assertUntouched(target.pid);
  const launched = await austinp([future]);
  assertRefused(launched, 3, /runs CPython 3\.99\.0/);
  await assertGone(launched);
});
