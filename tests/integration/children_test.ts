/** The executable with -C: every descendant that is Python is sampled, however it came to be; no other is touched. */

import assert from "node:assert/strict";
import { type Collapsed, parseCollapsed, type ParsedSample, parseSamples } from "../support/collapsed.ts";
import { readMojo } from "../support/mojo.ts";
import { austinp, type Outcome, startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { type Python, PYTHONS, testEachPython } from "../support/pythons.ts";
import { fixture, Target } from "../support/target.ts";
import { testTypicalPythons, TYPICAL } from "../support/typical_pythons.ts";

const PROGRAM = fixture("children.py");
/** Each function computes for 0.2 s of CPU time or more; a process is sampled some time after it has begun. */
const COMPUTED = 60_000;

interface FamilySamples extends Collapsed {
  readonly outcome: Outcome;
}

/** Launches the program with these descendants. */
async function launch(python: Python, modes: readonly string[], args: readonly string[] = []): Promise<FamilySamples> {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const command = [python.path, PROGRAM, ...modes];
  const outcome = await austinp(["-CPi", "2ms", "-o", file, ...args, ...command], { input: "\n" });
  assert.equal(outcome.code, 0, outcome.stderr);
  return { ...parseCollapsed(await Deno.readTextFile(file)), outcome };
}

/** Time by process, of the samples that have the function. */
function timesOf(samples: readonly ParsedSample[], name: string): Map<number, number> {
  const times = new Map<number, number>();
  for (const { pid, frames, time } of samples) {
    if (!frames.some((frame) => frame.kind === "python" && frame.function === name)) continue;
    times.set(pid, (times.get(pid) ?? 0) + time);
  }
  return times;
}

/** The one process that runs the function for as long as it should; its forked children may begin in it. */
function processOf(samples: readonly ParsedSample[], name: string): number {
  const busy = [...timesOf(samples, name)].filter(([, time]) => time >= COMPUTED).map(([pid]) => pid);
  assert.equal(busy.length, 1, `${name} in processes ${JSON.stringify([...timesOf(samples, name)])}`);
  return busy[0];
}

/** What each process has mapped comes before its first sample; the first one's before all else. */
function assertMapped({ maps, joined, samples }: Collapsed, root: number): void {
  assert.ok(maps.some(({ path }) => path.includes("python")));
  for (const pid of new Set(samples.map(({ pid }) => pid))) {
    if (pid !== root) assert.ok(joined.get(pid)?.some(({ path }) => path.includes("python")), `no map of ${pid}`);
  }
}

/** A thread's times add up to no more than the run took, and the first process's main thread's to nearly that. */
function assertConserved({ samples, closing }: Collapsed, root: number): void {
  const duration = Number(closing.get("duration"));
  const sums = new Map<string, number>();
  for (const { pid, tid, time } of samples) {
    sums.set(`${pid} ${tid}`, (sums.get(`${pid} ${tid}`) ?? 0) + time);
  }
  for (const [thread, sum] of sums) assert.ok(sum <= duration * 1.01, `thread ${thread}: ${sum} of ${duration} us`);
  const main = sums.get(`${root} ${root}`) ?? 0;
  assert.ok(main >= duration * 0.8, `the first process: ${main} of ${duration} us`);
}

testEachPython(
  "-C samples forked children, grandchildren, those of threads, and those that execute",
  async (python) => {
    const family = await launch(python, ["fork", "thread", "exec", "shell"]);
    const { samples, header, outcome } = family;
    assert.deepEqual([...header.keys()], ["python", "austin", "interval", "mode", "multiprocess"]);
    assert.deepEqual([header.get("python"), header.get("multiprocess")], [python.version, "on"]);
    const names = ["parent_work", "child_work", "grandchild_work", "thread_child_work", "after_exec", "in_shell"];
    const pids = names.map((name) => processOf(samples, name));
    assert.equal(new Set(pids).size, names.length);
    // It was Python before its exec, too.
    assert.ok(timesOf(samples, "before_exec").has(pids[4]));
    assertMapped(family, pids[0]);
    assertConserved(family, pids[0]);
    const said = outcome.stderr.match(/^# python: .+$/gm) ?? [];
    assert.ok(said.length >= names.length - 1, outcome.stderr);
    assert.ok(said.every((line) => line === `# python: ${python.version}`), outcome.stderr);
  },
);

for (const mode of ["pool", "spawn", "forkserver"]) {
  testTypicalPythons(`-C samples the workers that multiprocessing starts (${mode})`, async (python) => {
    const { samples } = await launch(python, [mode]);
    const workers = [...timesOf(samples, "child_work")].filter(([, time]) => time >= COMPUTED);
    assert.ok(workers.length === 2, `${mode}: ${JSON.stringify([...timesOf(samples, "child_work")])}`);
    assert.equal(workers.some(([pid]) => pid === processOf(samples, "parent_work")), false);
  });
}

testTypicalPythons("-C lets a child go that becomes another program, and keeps an orphan", async (python) => {
  const { samples, closing } = await launch(python, ["leave", "orphan"]);
  const child = processOf(samples, "child_work");
  processOf(samples, "orphan_work");
  const after = samples.filter(({ pid }) => pid === child).at(-1)!;
  assert.ok(!after.frames.some((frame) => frame.kind === "native" && frame.symbol.includes("sleep")), "sleep(1)");
  assert.ok(Number(closing.get("duration")) > 0);
});

testTypicalPythons("-C misses short-lived children at worst, and goes on", async (python) => {
  const family = await launch(python, ["storm", "fork"]);
  const root = processOf(family.samples, "parent_work");
  processOf(family.samples, "child_work");
  assertConserved(family, root);
});

const OLDEST = PYTHONS.find(({ minor }) => minor < 11);
const NEWEST = PYTHONS.findLast(({ minor }) => minor >= 11);

Deno.test({
  name: `-C samples a child of another version${OLDEST && NEWEST ? "" : " (skipped: not two versions)"}`,
  ignore: !OLDEST || !NEWEST,
  async fn() {
    using folder = new TemporaryFolder();
    const file = folder.file("samples");
    const program = `import subprocess, sys; subprocess.call(sys.argv[1:])`;
    const child = [OLDEST!.path, fixture("child.py"), "old_work"];
    const { code, stderr } = await austinp(["-CPi2ms", "-o", file, NEWEST!.path, "-c", program, ...child]);
    assert.equal(code, 0, stderr);
    const { samples, header } = parseCollapsed(await Deno.readTextFile(file));
    assert.equal(header.get("python"), NEWEST!.version);
    processOf(samples, "old_work");
    assert.ok(stderr.includes(`# python: ${OLDEST!.version}\n`), stderr);
  },
});

testTypicalPythons("-C samples the children of a process that is no Python, launched or attached", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const script = '"$0" "$1" first; "$0" "$1" second; true';
  const launched = await austinp(["-CPi2ms", "-o", file, "sh", "-c", script, python.path, fixture("child.py")]);
  assert.equal(launched.code, 0, launched.stderr);
  assert.match(launched.stderr, /^austinp: Process \d+ is not a Python process; only its children are sampled$/m);
  const { samples, header, maps } = parseCollapsed(await Deno.readTextFile(file));
  assert.deepEqual([header.has("python"), maps.length], [false, 0]);
  assert.notEqual(processOf(samples, "first"), processOf(samples, "second"));

  const shell = `echo ready; read line; "$0" "$1" attached; true`;
  await using target = await Target.execute("sh", ["-c", shell, python.path, fixture("child.py")]);
  await using run = startAustinp(["-CPi2ms", "-t", "20s", "-o", file, "-p", String(target.pid)]);
  await target.send();
  const { code, stderr } = await run.outcome;
  assert.equal(code, 0, stderr);
  processOf(parseCollapsed(await Deno.readTextFile(file)).samples, "attached");
});

Deno.test("-C ends with 39 where nobody is Python, with 36 where nobody is, with 33 where all have ended", async () => {
  await using target = await Target.execute("sh", ["-c", "sleep 100 & echo ready; read line; kill $!"]);
  for (const option of ["-p", "-w"]) {
    const nobody = await austinp(["-C", "-t", "200ms", option, String(target.pid)]);
    assert.equal(nobody.code, 39, nobody.stderr);
    assert.match(nobody.stderr, /is not a Python process/);
    const none = await austinp(["-C", option, "2147483647"]);
    assert.equal(none.code, 36, none.stderr);
    assert.match(none.stderr, /Cannot attach/);
  }
  const ended = await austinp(["-C", "true"]);
  assert.equal(ended.code, 33, ended.stderr);
  assert.match(ended.stderr, /too quickly/);
  const late = await austinp(["-C", "-t", "200ms", "sleep", "100"]);
  assert.equal(late.code, 39, late.stderr);
  await target.send();
  assert.ok((await target.end()).code >= 0);
});

testTypicalPythons("-C goes on after its launched program has ended, until none is left", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const program = `
import os, subprocess, sys, time
subprocess.Popen([sys.executable] + sys.argv[1:])
time.sleep(0.3)
`;
  const { code, stderr } = await austinp(
    ["-CPi2ms", "-o", file, python.path, "-c", program, fixture("child.py"), "survivor"],
  );
  assert.equal(code, 0, stderr);
  processOf(parseCollapsed(await Deno.readTextFile(file)).samples, "survivor");
});

testTypicalPythons("-C in MOJO says the same of each process", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const command = [python.path, PROGRAM, "fork", "pool"];
  const { code, stderr } = await austinp(["-bCPi2ms", "-o", file, ...command], { input: "\n" });
  assert.equal(code, 0, stderr);
  const { samples, metadata } = readMojo(await Deno.readFile(file));
  const text = parseCollapsed(`\n${samples.map((line) => `${line}\n`).join("")}\n\n`);
  for (const name of ["parent_work", "grandchild_work"]) processOf(text.samples, name);
  assert.equal([...timesOf(text.samples, "child_work").values()].filter((time) => time >= COMPUTED).length, 3);
  assert.deepEqual(metadata.filter(([key]) => key === "multiprocess"), [["multiprocess", "on"]]);
  assert.ok(metadata.some(([key]) => key === "duration"));
});

testTypicalPythons(
  "-C ends at SIGTERM with whole output, and passes it to the launched program alone",
  async (python) => {
    using folder = new TemporaryFolder();
    const file = folder.file("samples");
    const source = `
import os, signal, sys
parent = os.getpid()
if os.fork():
    os.fork()
if os.getpid() != parent:
    signal.signal(signal.SIGTERM, lambda *_: open(sys.argv[1], "w").close())
while parent in (os.getpid(), os.getppid()): sum(range(1000))
`;
    await Deno.writeTextFile(file, "");
    await using run = startAustinp(["-CPi5ms", "-o", file, python.path, "-c", source, folder.file("signalled")]);
    const pidsIn = (text: string) => new Set(parseSamples(text).map(({ pid }) => pid));
    while (pidsIn(Deno.readTextFileSync(file)).size < 3) await new Promise((resolve) => setTimeout(resolve, 50));
    run.signal("SIGTERM");
    const { code, stderr } = await run.outcome;
    assert.equal(code, 241, stderr);
    const { samples, closing } = parseCollapsed(await Deno.readTextFile(file));
    assert.equal(new Set(samples.map(({ pid }) => pid)).size, 3);
    assert.ok(closing.has("duration"));
    assert.throws(() => Deno.statSync(folder.file("signalled")), Deno.errors.NotFound);
  },
);

testTypicalPythons("-Cw dumps the children first, marked, and the process last", async (python) => {
  const source = `
import os, sys, time
def wait(): sys.stdin.readline()
def child_wait():
    time.sleep(100)
pids = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        child_wait()
        os._exit(0)
    pids.append(pid)
print("ready", *pids, flush=True)
wait()
for pid in pids:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
`;
  await using target = await Target.run(python, source);
  const pids = target.ready.trim().split(" ").map(Number);
  const { code, stdout, stderr } = await austinp(["-CPw", String(target.pid)]);
  assert.equal(code, 0, stderr);
  const heads = stdout.match(/^.*Process \d+.*$/gm)!;
  const head = (pid: number, mark: string) => `💤${mark} Process ${pid} 🧵 Thread 0:${pid}`;
  assert.deepEqual(heads, [head(pids[1], "🧒"), head(pids[0], "🧒"), head(target.pid, "")]);
  assert.ok(stdout.startsWith(`# python: ${python.version}\n\n\n`));
  const blocks = stdout.split("\n\n\n").slice(1);
  assert.ok(blocks.slice(0, 2).every((block) => /^ {4}child_wait \(<string>:5\)$/m.test(block)), stdout);
  assert.match(blocks[2], /^ {4}wait \(<string>:3\)$/m);
  const alone = await austinp(["-Pw", String(target.pid)]);
  assert.equal(alone.stdout.match(/Process/g)?.length, 1);
  const none = await austinp(["-CPsw", String(target.pid)]);
  assert.equal(none.stdout, `# python: ${python.version}\n`);
  await target.send();
  assert.equal((await target.end()).code, 0);
});

Deno.test({
  name: `-C samples a child in a pid namespace of its own${canUnshare() ? "" : " (skipped: no pid namespaces)"}`,
  ignore: !canUnshare() || TYPICAL.length === 0,
  async fn() {
    using folder = new TemporaryFolder();
    const file = folder.file("samples");
    const [python] = TYPICAL;
    const program = `import subprocess, sys; subprocess.call(sys.argv[1:])`;
    const child = ["unshare", "--pid", "--fork", "--mount-proc", python.path, fixture("child.py"), "inside"];
    const { code, stderr } = await austinp(["-CPi2ms", "-o", file, python.path, "-c", program, ...child]);
    assert.equal(code, 0, stderr);
    processOf(parseCollapsed(await Deno.readTextFile(file)).samples, "inside");
  },
});

function canUnshare(): boolean {
  return new Deno.Command("unshare", { args: ["--pid", "--fork", "--mount-proc", "true"], stderr: "null" })
    .outputSync().success;
}

testTypicalPythons("-C says once which child may not be sampled, and samples the others", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const source = `
import os, sys, time
def work():
    while os.getppid() == parent: sum(range(1000))
parent = os.getpid()
pids = []
for _ in range(2):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    pids.append(pid)
print("ready", *pids, flush=True)
sys.stdin.readline()
`;
  await using target = await Target.run(python, source);
  const [held, free] = target.ready.trim().split(" ").map(Number);
  await using tracer = await Target.start(python, "tracer.py", { args: [String(held)] });
  const { code, stderr } = await austinp(["-CPi5ms", "-x1", "-o", file, "-p", String(target.pid)]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr.match(new RegExp(`process ${held}: it is already traced`, "g"))?.length, 1, stderr);
  const { samples } = parseCollapsed(await Deno.readTextFile(file));
  assert.deepEqual([...timesOf(samples, "work").keys()], [free]);
  assert.ok(samples.some(({ pid }) => pid === target.pid));
  await tracer.send();
  await tracer.end();
  await target.send();
  assert.equal((await target.end()).code, 0);
});
