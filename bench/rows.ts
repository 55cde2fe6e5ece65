/**
 * What sampling costs besides pauses and slowdown: system calls that are interrupted, the freeze of a dump, and what the
 * sampler uses itself. Each as the program that is sampled sees it, or the kernel.
 * @module
 */

import { buildLibrary } from "../tests/support/c_program.ts";
import { SECONDS, THRESHOLD_NS } from "./costs.ts";
import { quantile } from "./figures.ts";
import { usageOf } from "./processes.ts";
import type { Sampler } from "./samplers.ts";
import type { BenchTarget } from "./target.ts";

const WAITS = new URL("../tests/fixtures/waits.py", import.meta.url).pathname;
const EINTR_SECONDS = 3;
/** Those that return EINTR after a stop. */
const CALLS = ["epoll_wait", "recv", "semtimedop", "sigtimedwait"] as const;
/** Attempts at a dump. */
const DUMPS = 5;
/** A sampler that does not come to an end is given up. */
const PATIENCE_MS = 20_000;

/** How often each of CALLS returned EINTR in three seconds at 100 samples/s, as the C program counts it that makes them. */
export async function interruptions(python: string, sampler: Sampler): Promise<string> {
  // Of Python: the peer looks at no others.
  const args = [WAITS, buildLibrary("waits.c"), "Python"];
  const child = new Deno.Command(python, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  {
    await using _running = await sampler.start(child.pid, 10_000);
    await pause(EINTR_SECONDS * 1000);
  }
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("\n"));
  let text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  await child.status;
  const waits: Record<string, { interrupted: number }> = JSON.parse(text);
  return CALLS.map((name) => `${name} ${waits[name].interrupted}`).join(", ");
}

/** For how long a dump of a process with ten threads holds the one that runs: its longest gap, in us, a median. */
export async function freeze(target: BenchTarget, command: readonly string[] | null): Promise<number> {
  const longest: number[] = [];
  for (let i = 0; i < DUMPS; i++) {
    const measurement = target.measure(SECONDS, THRESHOLD_NS);
    if (command !== null) {
      const signal = AbortSignal.timeout(PATIENCE_MS);
      await new Deno.Command(command[0], { args: command.slice(1), signal, stdout: "null", stderr: "null" }).output();
    }
    longest.push(Math.max(0, ...(await measurement).gaps) / 1000);
  }
  return quantile(longest, 0.5);
}

/** How often in a second a target with one thread is stopped, by its own count: without an interval, or at 10 kHz. */
export async function rate(target: BenchTarget, sampler: Sampler): Promise<number> {
  await using _running = await sampler.start(target.pid, sampler.name.startsWith("this") ? 0 : 100);
  return (await target.measure(SECONDS, THRESHOLD_NS)).gaps.length / SECONDS;
}

/** What the sampler uses itself. */
export interface OwnUse {
  /** Of one core, in per cent. */
  readonly cpu: number;
  /** Resident at the beginning and at the end, in MiB. */
  readonly memory: readonly [number, number];
}

/** What a sampler uses at 100 samples/s of a target. */
export async function ownUse(target: BenchTarget, sampler: Sampler, seconds: number): Promise<OwnUse> {
  await using running = await sampler.start(target.pid, 10_000);
  await pause(1000); // what it reads at first
  const [before, start] = [usageOf(running.pid), performance.now()];
  await pause(seconds * 1000);
  const [after, end] = [usageOf(running.pid), performance.now()];
  const cpu = (after.cpuSeconds - before.cpuSeconds) / ((end - start) / 1000) * 100;
  return { cpu, memory: [before.residentBytes / 2 ** 20, after.residentBytes / 2 ** 20] };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
