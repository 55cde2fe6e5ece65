/** What Austin's clients and its own tests rely on, a step a claim; the rest is in the test of what it belongs to. */

import assert from "node:assert/strict";
import { AUSTINP, austinp, startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { type Collapsed, parseCollapsed, type ParsedSample } from "../support/collapsed.ts";
import { readMojo } from "../support/mojo.ts";
import { tasksOf, until } from "../support/proc.ts";
import { type Python, PYTHONS } from "../support/pythons.ts";
import { Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

/** A claim, and what shows it. */
type Row = readonly [claim: string, test: (python: Python) => Promise<void>];

function testRows(what: string, rows: readonly Row[]): void {
  testTypicalPythons(what, async (python, context) => {
    for (const [claim, test] of rows) await context.step(claim, () => test(python));
  });
}

const SLEEPER = `import time
print("ready", flush=True)
time.sleep(100)`;

const WORKER = `import os, signal, sys
def end(number, _):
    sys.stderr.write("%d %s\\n" % (number, os.readlink("/proc/self/fd/1")))
    os._exit(3)
for number in (signal.SIGINT, signal.SIGTERM): signal.signal(number, end)
def work():
    while True: sum(range(1000))
work()`;

/** Grows for some 200 ms. */
const SHORT = `blocks = []
for _ in range(20):
    sum(range(500000))
    blocks.append(bytearray(4 << 20))`;

/** Samples a process for a second. */
async function sampleFor(pid: number, ...args: readonly string[]): Promise<Collapsed> {
  const { code, stdout, stderr } = await austinp(["-P", "-i", "1ms", "-x", "1", ...args, "-p", `${pid}`]);
  assert.deepEqual([code, stderr], [0, ""]);
  return parseCollapsed(stdout);
}

function durationOf({ closing }: Collapsed): number {
  return Number(closing.get("duration"));
}

function timeOf(samples: readonly ParsedSample[]): number {
  return samples.reduce((total, { time }) => total + time, 0);
}

/** Launches the worker and sends a signal when it works. */
async function interrupt(python: Python, signal: Deno.Signal): Promise<{ code: number; stderr: string; text: string }> {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using run = startAustinp(["-P", "-i", "1ms", "-o", file, python.path, "-c", WORKER]);
  await until(() => read(file).includes(":work:"), "it works");
  run.signal(signal);
  const { code, stderr } = await run.outcome;
  return { code, stderr, text: read(file) };
}

function read(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Fields of `/proc/PID/stat` behind the name: state, parent, group, session. */
function statOf(pid: number): string[] {
  return Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)!.split(" ");
}

function childrenOf(pid: number): number[] {
  const texts = tasksOf(pid).map(({ tid }) => Deno.readTextFileSync(`/proc/${pid}/task/${tid}/children`));
  return texts.flatMap((text) => text.trim().split(" ")).filter((text) => text !== "").map(Number);
}

testRows("a launched program", [
  ["is the only child, in the same process group and session", async (python) => {
    using folder = new TemporaryFolder();
    const file = folder.file("samples");
    await using run = startAustinp(["-P", "-i", "1ms", "-o", file, python.path, "-c", WORKER]);
    await until(() => read(file).includes(":work:"), "it works");
    const children = childrenOf(run.pid);
    assert.equal(children.length, 1);
    assert.ok(Deno.readTextFileSync(`/proc/${children[0]}/cmdline`).startsWith(`${python.path}\0-c\0`));
    const [, parent, ...group] = statOf(children[0]);
    assert.deepEqual([Number(parent), ...group.slice(0, 2)], [run.pid, ...statOf(run.pid).slice(2, 4)]);
    run.signal("SIGTERM");
    assert.equal((await run.outcome).code, 241);
  }],
  ...([["SIGINT", 2, 254], ["SIGTERM", 15, 241]] as const).map(([signal, number, expected]): Row => [
    `gets the ${signal} that ends the run, whose code is ${expected}`,
    async (python) => {
      const { code, stderr, text } = await interrupt(python, signal);
      assert.equal(code, expected, stderr);
      assert.match(stderr, new RegExp(`^${number} pipe:\\[\\d+\\]\\n$`));
      assert.ok(durationOf(parseCollapsed(text)) > 0);
    },
  ]),
  ["gets SIGTERM when the exposure is over, and writes to /dev/null without -o", async (python) => {
    const { code, stdout, stderr } = await austinp(["-P", "-i", "1ms", "-x", "1", python.path, "-c", WORKER]);
    assert.deepEqual([code, stderr], [0, "15 /dev/null\n"]);
    const duration = durationOf(parseCollapsed(stdout));
    assert.ok(duration >= 1_000_000 && duration <= 2_000_000, `${duration} us`);
  }],
  ["that dies of a signal ends the run with 0", async (python) => {
    const { code, stdout, stderr } = await austinp([
      "-P",
      python.path,
      "-c",
      `${SHORT}\nimport os; os.kill(0, 0)
os.kill(os.getpid(), 9)`,
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(parseCollapsed(stdout).samples.length > 0);
  }],
]);

const HEADERS: readonly (readonly [args: readonly string[], keys: string, mode: string, metric: RegExp])[] = [
  [[], "austin interval mode", "wall", / \d+$/],
  [["-P"], "austin interval mode python", "wall", / \d+$/],
  [["-Ps"], "austin interval mode python", "cpu", / \d+$/],
  [["-Psm"], "austin interval mode memory python", "memory", / -?[1-9]\d*$/],
  [["-smf"], "austin interval mode memory", "full", / \d+,[01],-?\d+$/],
  [["-C"], "austin interval mode multiprocess", "wall", / \d+$/],
  [["-CPfg"], "python austin interval mode memory multiprocess", "full", / \d+,[01],-?\d+$/],
  [["-Pg"], "austin interval mode python", "wall", / \d+$/],
  [["-Pg", "--compat", "4", "--format", "collapsed"], "austin interval mode gc python", "wall", / \d+$/],
];

testRows("metadata and metrics", [
  ...HEADERS.map(([args, keys, mode, metric]): Row => [
    `${args.join(" ") || "without options"}: ${keys}`,
    async (python) => {
      const { code, stdout, stderr } = await austinp(["-i", "2ms", ...args, python.path, "-c", SHORT]);
      assert.equal(code, 0, stderr);
      const { header, samples, closing } = parseCollapsed(stdout);
      assert.equal([...header.keys()].join(" "), keys);
      assert.match(header.get("austin")!, /^\d+\.\d+\.\d+$/);
      assert.deepEqual([header.get("interval"), header.get("mode")], ["2000", mode]);
      const total = Deno.readTextFileSync("/proc/meminfo").match(/^MemTotal: +(\d+) kB/)![1];
      assert.ok([undefined, total].includes(header.get("memory")));
      assert.equal(header.get("python") ?? python.version, python.version);
      const pipe = args.some((arg) => /^-\w*P/.test(arg));
      const [first] = args;
      const figures = pipe ? ["sampling", "saturation", "errors", "proved", "torn"] : [];
      assert.deepEqual([...closing.keys()], ["duration", ...(/g/.test(first ?? "") ? ["gc"] : []), ...figures]);
      for (const key of ["saturation", "errors"]) assert.match(closing.get(key) ?? `0/${samples.length}`, /^\d+\/\d+$/);
      if (pipe) assert.equal(stderr, "");
      else assert.match(stderr, /^austinp .*\nPython version: .*\nSampling /);
      const lines = stdout.split("\n").filter((line) => line.startsWith("P"));
      assert.ok(lines.length > 0);
      for (const line of lines) assert.match(line, metric);
    },
  ]),
  ["a run without a sample has two empty lines together", async (python) => {
    await using target = await Target.run(python, SLEEPER);
    const { code, stdout } = await austinp(["-s", "-x", "1", "-p", `${target.pid}`]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^(# (map|build-id): .*\n)+# austin: .*\n# interval: 10000\n# mode: cpu\n\n\n# duration: \d+\n\n$/,
    );
  }],
]);

testRows("samples", [
  ["of two workers weigh less than 2.1 times the duration, and each more than 0.8 of it", async (python) => {
    await using target = await Target.start(python, "steady.py");
    const collapsed = await sampleFor(target.pid);
    const [duration, { samples, maps }] = [durationOf(collapsed), collapsed];
    const workers = [...new Set(samples.map(({ tid }) => tid))].filter((tid) => tid !== target.pid);
    assert.equal(workers.length, 2);
    const times = workers.map((worker) => timeOf(samples.filter(({ tid }) => tid === worker)));
    assert.ok(times.every((time) => time > 0.8 * duration), `${times} of ${duration}`);
    assert.ok(times[0] + times[1] < 2.1 * duration, `${times} of ${duration}`);
    assert.ok(Math.abs(duration - 1_000_000) <= 200_000, `${duration} us`);
    const paths = [...new Set(maps.map(({ path }) => path))];
    assert.ok(paths.length >= 2 && paths.some((path) => path.includes("python")), paths.join(" "));
  }],
  ["of a sleeper are of one thread, and weigh no more than the duration, nothing with -s", async (python) => {
    await using target = await Target.run(python, SLEEPER);
    const collapsed = await sampleFor(target.pid);
    assert.deepEqual([...new Set(collapsed.samples.map(({ tid }) => tid))], [target.pid]);
    assert.ok(timeOf(collapsed.samples) <= durationOf(collapsed));
    const idle = await sampleFor(target.pid, "-s");
    assert.ok(timeOf(idle.samples) < 1.1 * durationOf(idle));
  }],
  ["in memory mode have both signs", async (python) => {
    const source = `print("ready", flush=True)
while True:
    block = bytearray(50 << 20)
    sum(range(100000))
    del block
    sum(range(100000))`;
    await using target = await Target.run(python, source);
    const { samples } = await sampleFor(target.pid, "-m");
    assert.ok(samples.some(({ time }) => time > 0) && samples.some(({ time }) => time < 0));
  }],
  ["with -g are marked where the collector runs, and where it does not, not", async (python) => {
    const source = (work: string) =>
      `import gc
gc.disable()
objects = [[number] for number in range(200000)]
print("ready", flush=True)
while True: ${work}`;
    await using collecting = await Target.run(python, source("gc.collect()"));
    const busy = await sampleFor(collecting.pid, "-g");
    const share = Number(busy.closing.get("gc")) / durationOf(busy);
    assert.ok(share > 0.1, `${share}`);
    assert.ok(Math.abs(timeOf(busy.samples.filter(({ gc }) => gc)) - share * durationOf(busy)) <= busy.samples.length);
    await using other = await Target.run(python, source("[number for number in range(1000)]"));
    const { samples } = await sampleFor(other.pid, "-g");
    assert.ok(samples.filter(({ gc }) => gc).length < 5);
  }],
]);

/** The third line is a call, whose columns are 5 to 20 as Austin counts. */
const PLACED = "import time\ndef f():\n    time.sleep(0.5)\nf()\n";

/** Samples `PLACED` into MOJO and claims that a frame says this of `f`: line, last line, column, last column. */
async function assertPlace(python: Python, place: string): Promise<void> {
  using folder = new TemporaryFolder();
  const [program, file] = [folder.file("tiny.py"), folder.file("samples")];
  await Deno.writeTextFile(program, PLACED);
  const { code, stderr } = await austinp(["-b", "-i", "20ms", "-o", file, python.path, program]);
  assert.equal(code, 0, stderr);
  const bytes = await Deno.readFile(file);
  assert.deepEqual([...bytes.slice(0, 9)], [0x4d, 0x4f, 0x4a, 3, 1, ...new TextEncoder().encode("map\0")]);
  const { metadata, samples, places } = readMojo(bytes);
  assert.equal(metadata.at(-1)![0], "duration");
  assert.ok(samples.some((line) => line.includes(`;${program}:<module>:4;`) && line.includes(`;${program}:f:3;`)));
  assert.deepEqual(places.filter((text) => text.startsWith(`${program}:f:`)), [`${program}:f:${place}`]);
}

testRows("MOJO", [
  [
    "has the columns of a call, from 1",
    (python) => assertPlace(python, python.minor >= 11 ? "3,3,5,20" : "3,0,0,0"),
  ],
]);

const OLD = PYTHONS.find(({ minor }) => minor >= 8 && minor <= 10);
Deno.test({
  name: `MOJO has lines alone before 3.11: ${OLD?.name ?? "(skipped: no such Python)"}`,
  ignore: OLD === undefined,
  fn: () => assertPlace(OLD!, "3,0,0,0"),
});

/** Dumps a process on a terminal that is so wide. */
async function onTerminal(pid: number, columns: number, env: Record<string, string> = {}): Promise<string> {
  const command = `stty cols ${columns}; exec ${AUSTINP} -w ${pid} 2>/dev/null`;
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    env: { NO_COLOR: "", SHELL: "/bin/sh", ...env },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

testRows("-w", [
  ["colours a dump on a terminal as Austin does, whatever its width, and not with NO_COLOR", async (python) => {
    await using target = await Target.run(python, SLEEPER);
    const wide = await onTerminal(target.pid, 200);
    const head = `💤 Process \x1b[35;1m${target.pid}\x1b[0m 🧵 Thread \x1b[34;1m0:${target.pid}\x1b[0m\n\n`;
    assert.ok(wide.startsWith(`\n\n${head}    \x1b[38;5;246m`), JSON.stringify(wide.slice(0, 200)));
    assert.ok(wide.includes("\n    \x1b[33;1m<module>\x1b[0m (\x1b[36;1m<string>\x1b[0m:\x1b[32;1m3\x1b[0m)\n"));
    assert.match(
      wide,
      // deno-lint-ignore no-control-regex
      /\n {4}\x1b\[38;5;246m\w+\x1b\[0m \(\x1b\[38;5;248;1m[^\x1b]+\x1b\[0m:\x1b\[38;5;246m\d+\x1b\[0m\)\n/,
    );
    assert.equal(await onTerminal(target.pid, 20), wide);
    const plain = await onTerminal(target.pid, 80, { NO_COLOR: "1" });
    // deno-lint-ignore no-control-regex
    assert.equal(plain, wide.replaceAll(/\x1b\[[\d;]*m/g, ""));
  }],
  ["has text even with -b, nothing with -s of a sleeper, and no line but the version's with -P", async (python) => {
    await using target = await Target.run(python, SLEEPER);
    const { stdout } = await austinp(["-bw", `${target.pid}`]);
    assert.match(stdout, /^\n\n💤 Process \d+ 🧵 Thread 0:\d+\n\n {4}\S/);
    const hidden = await austinp(["-sw", `${target.pid}`]);
    assert.deepEqual([hidden.code, hidden.stdout], [0, ""]);
    const pipe = await austinp(["-Pw", `${target.pid}`]);
    assert.deepEqual([pipe.stdout, pipe.stderr], [`# python: ${python.version}\n${stdout}`, ""]);
  }],
  ["with -k shows libc, the script and a system call", async (python) => {
    if (Deno.uid() !== 0) return console.log("(skipped: not root)");
    await using target = await Target.start(python, "steady.py");
    const { code, stdout } = await austinp(["-kw", `${target.pid}`]);
    assert.equal(code, 0);
    for (const word of ["Process", "Thread", "steady.py", "<module>", "libc"]) assert.ok(stdout.includes(word), word);
    assert.match(stdout, /\n {4}\w*do_syscall\w* 🐧\n/);
    assert.equal(stdout.split("\n").filter((line) => line.includes("Process")).length, 3);
  }],
  ["with -g has a line for a thread that collects garbage", async (python) => {
    const source = `import gc
objects = [[number] for number in range(500000)]
print("ready", flush=True)
while True: gc.collect()`;
    await using target = await Target.run(python, source);
    for (let dump = 0; dump < 20; dump++) {
      const { stdout } = await austinp(["-gw", `${target.pid}`]);
      if (stdout.endsWith("\n    ♻️ garbage is being collected\n")) return;
    }
    assert.fail("20 dumps without a mark");
  }],
]);
