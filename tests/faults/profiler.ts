/** Faults of the profiler itself: it dies, runs out of something, or loses its output. @module */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { AUSTINP, austinp, type RunOptions, startAustinp, TemporaryFolder } from "../support/austinp.ts";
import { buildLibrary } from "../support/c_program.ts";
import { parseSamples, samplesIn } from "../support/collapsed.ts";
import { assertUntouched, tasksOf, until } from "../support/proc.ts";
import { Profiler } from "../support/profiler.ts";
import type { Python } from "../support/pythons.ts";
import { assertGoesOn, assertRight } from "../support/steady.ts";
import { patiently, Target } from "../support/target.ts";
import type { Fault } from "./fault.ts";

const THREADS = 3;
const LONGEST_DELAY_MS = 40;
/** Longer than any machine is busy. */
const GAP_MS = 11_000;
const MIB = 2 ** 20;
const THROWING = new URL("throwing.ts", import.meta.url).pathname;

/** Has something happen to a profiler of a program, and claims that the program goes on, untouched, to the right end. */
async function unharmed(python: Python, happen: (target: Target) => Promise<void>): Promise<void> {
  await using target = await Target.start(python, "steady.py", { args: [`${THREADS}`] });
  await happen(target);
  await until(
    () => tasksOf(target.pid).every(({ tracer, state }) => tracer === 0 && /[RSD]/.test(state)),
    "it is free",
  );
  await assertGoesOn(target);
  await assertRight(target, THREADS);
}

function signalled(name: Deno.Signal, code: number): Fault["once"] {
  return (python) =>
    unharmed(python, async (target) => {
      await using profiler = await Profiler.attach(target.pid, Math.random() < 0.5 ? ["-k"] : []);
      await delay(Math.random() * LONGEST_DELAY_MS);
      profiler.signal(name);
      assert.equal((await profiler.end()).code, code);
    });
}

/** A terminal whose other end goes away, as when a window is closed: script(1) holds it, and is killed. */
async function closeTerminal(target: Target): Promise<void> {
  using folder = new TemporaryFolder();
  const [pid, samples] = [folder.file("pid"), folder.file("samples")];
  const command = `echo $$ >${pid}; exec ${AUSTINP} -i 1ms -o ${samples} -p ${target.pid}`;
  const terminal = new Deno.Command("script", { args: ["-qec", command, "/dev/null"], stdin: "null", stdout: "null" })
    .spawn();
  await until(() => samplesIn(samples) > 20, "there are samples");
  const profiler = Number(Deno.readTextFileSync(pid));
  terminal.kill("SIGKILL");
  await terminal.status;
  await until(() => tasksOf(profiler).length === 0, "austinp has ended");
  assert.match(Deno.readTextFileSync(samples), /\n# duration: \d+\n/, "the output is not whole");
}

async function fillDisk(target: Target): Promise<void> {
  const { code, stderr } = await austinp(["-P", "-i", "1ms", "-o", "/dev/full", "-p", `${target.pid}`]);
  assert.deepEqual([code, stderr.match(/No space left on device/g)?.length], [255, 1], stderr);
}

async function closePipe(target: Target): Promise<void> {
  const shell = '{ "$@"; echo $? >&3; } | head -c 3000 >/dev/null';
  const args = ["-c", `exec 3>&1; ${shell}`, "sh", AUSTINP, "-P", "-i", "1ms", "-x", "20", "-p", `${target.pid}`];
  const running = new Deno.Command("sh", { args, stdout: "piped", stderr: "piped" }).output();
  const { stdout } = await patiently(running, "the end of austinp");
  assert.equal(new TextDecoder().decode(stdout), "141\n");
}

async function deleteOutput(target: Target): Promise<void> {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  await using run = startAustinp(["-P", "-i", "1ms", "-o", file, "-p", `${target.pid}`]);
  await until(() => samplesIn(file) > 0, "there are samples");
  await Deno.remove(file);
  run.signal("SIGINT");
  const { code, stderr } = await run.outcome;
  assert.equal(code, 254);
  assert.match(stderr, /was deleted during the run/);
}

/** A limit of prlimit(1) from the start, or from `delay` seconds later on. */
interface Limit {
  readonly limit: string;
  readonly delay?: number;
}

/** With little of something it may fail in whatever way, but must come to an end. */
async function withLittle(target: Target, { limit, delay }: Limit): Promise<void> {
  const later = `(sleep ${delay}; exec prlimit --pid $$ ${limit}) >/dev/null 2>&1 & exec "$@"`;
  const prefix = delay === undefined ? ["prlimit", limit] : ["sh", "-c", later, "sh"];
  const { code, signal, stdout } = await austinp(["-P", "-i", "1ms", "-x", "2", "-p", `${target.pid}`], { prefix });
  if (code === 0) assert.match(stdout, /^P\d+;T/m);
  else assert.ok(signal === null || /SIGABRT|SIGILL|SIGTRAP|SIGSEGV/.test(signal), `it ended by ${signal}`);
}

function random(low: number, high: number): number {
  return Math.floor(low + Math.random() * (high - low));
}

async function stepClock(target: Target): Promise<void> {
  const options: RunOptions = { prefix: ["env", `LD_PRELOAD=${buildLibrary("stepped_clock.c")}`] };
  const { code, stdout, stderr } = await austinp(["-P", "-i", "1ms", "-x", "2", "-p", `${target.pid}`], options);
  assert.equal(code, 0, stderr);
  const times = parseSamples(stdout).map(({ time }) => time);
  assert.ok(times.length > 100 && times.every((time) => time >= 0 && time < 2_500_000), `${times.length} samples`);
}

/** The machine is suspended, or the profiler is: what happened meanwhile is nobody's time. */
async function suspend(target: Target): Promise<void> {
  await using profiler = await Profiler.attach(target.pid);
  await profiler.samples(50);
  profiler.signal("SIGSTOP");
  await delay(GAP_MS);
  profiler.signal("SIGCONT");
  await profiler.samples(500);
  const { code, stderr } = await profiler.stop();
  assert.equal(code, 254);
  const longest = Math.max(...profiler.lines.map((line) => Number(line.slice(line.lastIndexOf(" ")))));
  assert.ok(longest < GAP_MS * 1000, `a sample of ${longest} us`);
  assert.match(stderr, /nothing was sampled for [\d.]+ s/);
}

async function throwInside(target: Target, where: "loop" | "timer"): Promise<void> {
  const args = ["run", "-A", "--no-check", THROWING, `${target.pid}`, where];
  const running = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).output();
  const { code, stdout, stderr } = await patiently(running, "the end of a program that throws");
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (where === "loop") assert.deepEqual([code, out], [0, "thrown in the loop, 0 threads traced\n"]);
  else assert.match(`${code} ${err}`, /^1 [^]*thrown in a timer/);
  assertUntouched(target.pid);
}

function unharmedBy(name: string, times: number, happen: (target: Target) => Promise<void>): Fault {
  return { name, times, once: (python) => unharmed(python, happen) };
}

function limitedTo(name: string, times: number, limit: () => Limit): Fault {
  return unharmedBy(name, times, (target) => withLittle(target, limit()));
}

/** Of the profiler. */
export const PROFILER_FAULTS: readonly Fault[] = [
  { name: "SIGKILL of the profiler at a random moment", times: 500, once: signalled("SIGKILL", 137) },
  { name: "SIGINT of the profiler at a random moment", times: 50, once: signalled("SIGINT", 254) },
  { name: "SIGTERM of the profiler at a random moment", times: 50, once: signalled("SIGTERM", 241) },
  { name: "SIGHUP of the profiler at a random moment", times: 50, once: signalled("SIGHUP", 129) },
  unharmedBy("the profiler's terminal is closed", 20, closeTerminal),
  unharmedBy("the disk is full", 20, fillDisk),
  unharmedBy("the pipe is closed", 20, closePipe),
  unharmedBy("the output file is deleted", 20, deleteOutput),
  limitedTo("little memory (ulimit -v)", 20, () => ({ limit: `--as=${random(100, 4000) * MIB}` })),
  limitedTo(
    "memory runs out at a random moment (ulimit -d)",
    50,
    () => ({ limit: `--data=${random(100, 900) * MIB}`, delay: Math.random() * 2 }),
  ),
  limitedTo("few file descriptors", 20, () => ({ limit: `--nofile=${random(3, 60)}` })),
  limitedTo(
    "file descriptors run out at a random moment",
    50,
    () => ({ limit: `--nofile=${random(3, 45)}`, delay: Math.random() * 2 }),
  ),
  unharmedBy("the clock is stepped by an hour and back", 10, stepClock),
  unharmedBy("the profiler is suspended", 10, suspend),
  unharmedBy("an error is thrown in the loop over samples", 20, (target) => throwInside(target, "loop")),
  unharmedBy("an error is thrown that nobody catches", 20, (target) => throwInside(target, "timer")),
];
