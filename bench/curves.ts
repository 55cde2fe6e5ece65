/**
 * How the costs grow: with threads that wait and that run, with depth, as the interval shrinks, and with processes.
 * @module
 */

import { measure, SECONDS, THRESHOLD_NS } from "./costs.ts";
import { usageOf } from "./processes.ts";
import type { Sampler } from "./samplers.ts";
import { BenchTarget, type Shape } from "./target.ts";

/** One point of a curve. */
export interface Point {
  readonly x: number;
  /** How much longer the thread that measures needs, in per cent. */
  readonly slowdown: number;
  /** Of one core, what the sampler uses, in per cent. */
  readonly cpu: number;
}

/** Points over one variable, the rest being the same. */
export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

/** What is varied: the target, the interval, or both. */
interface Variation {
  readonly name: string;
  readonly values: readonly number[];
  readonly shape: (x: number) => Shape;
  readonly intervalUs: (x: number) => number;
}

const HUNDRED_A_SECOND = () => 10_000;

const VARIATIONS: readonly Variation[] = [
  {
    name: "threads that wait",
    values: [1, 10, 60, 160, 500],
    shape: (idle) => ({ idle }),
    intervalUs: HUNDRED_A_SECOND,
  },
  {
    name: "threads that run",
    values: [1, 4, 16, 64, 500],
    shape: (running) => ({ running: running - 1 }),
    intervalUs: HUNDRED_A_SECOND,
  },
  { name: "frames", values: [10, 100, 1000, 5000], shape: (depth) => ({ depth }), intervalUs: HUNDRED_A_SECOND },
  { name: "interval, us", values: [100, 1000, 10_000, 100_000], shape: () => ({}), intervalUs: (x) => x },
  {
    name: "processes",
    values: [1, 4, 16, 64],
    shape: (count) => ({ children: count - 1 }),
    intervalUs: HUNDRED_A_SECOND,
  },
];

/** Measures all curves of a sampler, which has to follow child processes. */
export async function curves(python: string, library: string, sampler: Sampler): Promise<Curve[]> {
  const all: Curve[] = [];
  for (const { name, values, shape, intervalUs } of VARIATIONS) {
    const points: Point[] = [];
    for (const x of values) {
      await using target = await BenchTarget.start(python, library, shape(x));
      points.push({ x, ...await point(target, sampler, intervalUs(x)) });
    }
    all.push({ name, points });
  }
  return all;
}

async function point(target: BenchTarget, sampler: Sampler, intervalUs: number): Promise<Omit<Point, "x">> {
  const alone = await measure(target, null, intervalUs);
  await using running = await sampler.start(target.pid, intervalUs);
  const before = usageOf(running.pid).cpuSeconds;
  const sampled = await target.measure(SECONDS, THRESHOLD_NS);
  const cpu = (usageOf(running.pid).cpuSeconds - before) / SECONDS * 100;
  return { slowdown: (alone.loops / sampled.loops - 1) * 100, cpu };
}
