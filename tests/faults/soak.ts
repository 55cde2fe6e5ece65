/**
 * A long run at 1 ms on a program that does everything at once, watched for what only shows in time: memory that is not given
 * back, time that gets lost, a clock that drifts.
 * @module
 */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
import { AUSTINP } from "../support/austinp.ts";
import { assertUntouched, tasksOf } from "../support/proc.ts";
import type { Python } from "../support/pythons.ts";
import { assertGoesOn, assertRight } from "../support/steady.ts";
import { Target } from "../support/target.ts";
import { throughLibrary } from "./memory.ts";

const THREADS = 2;
const LOOK_MS = 500;
const KIB_PER_MIB = 1024;

/** What a run has shown. */
export interface Soak {
  readonly samples: number;
  readonly threads: number;
  /** Medians of the profiler's resident memory in the second and in the last quarter of the run, in MiB. */
  readonly early: number;
  readonly late: number;
  /** The time of each thread that lived throughout, and what the profiler told that it did not run, as a share of the run. */
  readonly shares: readonly number[];
  /** As the program itself tells it at the end. */
  readonly closing: Readonly<Record<string, string>>;
  /** In which the profiler did not run, as it told, in seconds. */
  readonly gap: number;
}

/** How far a run is. */
export interface Progress {
  readonly seconds: number;
  /** The profiler's resident memory, in MiB. */
  readonly size: number;
}

/** Samples for so many seconds, and tells about it all along. @throws where the target was harmed. */
export async function soak(
  python: Python,
  { seconds, onProgress }: { seconds: number; onProgress?: (progress: Progress) => void },
): Promise<Soak> {
  const libraries = [throughLibrary("through_a", 64), throughLibrary("through_b", 5000)];
  await using target = await Target.start(python, "soak.py", { args: [`${THREADS}`, ...libraries] });
  const lasting = new Set(tasksOf(target.pid).map(({ tid }) => tid));
  const args = ["-P", "-i", "1ms", "-x", `${seconds}`, "-p", `${target.pid}`];
  const profiler = new Deno.Command(AUSTINP, { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  const reading = readTimes(profiler.stdout);
  const gaps = readGaps(profiler.stderr);
  const sizes: number[] = [];
  let hasEnded = false;
  profiler.status.then(() => hasEnded = true);
  for (const start = performance.now(); !hasEnded;) {
    const size = residentMiB(profiler.pid);
    sizes.push(size);
    onProgress?.({ seconds: (performance.now() - start) / 1000, size });
    await delay(LOOK_MS);
  }
  assert.equal((await profiler.status).code, 0);
  const { times, samples, closing } = await reading;
  const gap = await gaps;
  for (const tid of [...lasting]) if (!tasksOf(target.pid).some((task) => task.tid === tid)) lasting.delete(tid);
  assertUntouched(target.pid);
  await assertGoesOn(target);
  await assertRight(target, THREADS);
  const quarter = Math.floor(sizes.length / 4);
  return {
    samples,
    threads: times.size,
    early: median(sizes.slice(quarter, 2 * quarter)),
    late: median(sizes.slice(3 * quarter, -1)),
    shares: [...lasting].map((tid) => ((times.get(tid) ?? 0) + gap) / Number(closing.duration)),
    closing,
    gap: gap / 1_000_000,
  };
}

/** The time of each thread; lines are not kept. */
async function readTimes(stream: ReadableStream<Uint8Array>) {
  const times = new Map<number, number>();
  const closing: Record<string, string> = {};
  let samples = 0;
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const meta = /^# (\w+): (\S+)/.exec(line);
      if (meta !== null) closing[meta[1]] = meta[2];
      const thread = /^P\d+;T\d+:(\d+);/.exec(line);
      if (thread === null) continue;
      samples++;
      times.set(Number(thread[1]), (times.get(Number(thread[1])) ?? 0) + Number(line.slice(line.lastIndexOf(" "))));
    }
  }
  return { times, samples, closing };
}

/** The time in which nothing was sampled, in microseconds, as the profiler tells it. */
async function readGaps(stream: ReadableStream<Uint8Array>): Promise<number> {
  let said = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) said += text;
  const gaps = said.matchAll(/nothing was sampled for ([\d.]+) s/g);
  return [...gaps].reduce((sum, [, seconds]) => sum + Number(seconds) * 1_000_000, 0);
}

function residentMiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0) / KIB_PER_MIB;
  } catch {
    return 0; // it has ended
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
