/**
 * Pauses and slowdowns, as the target itself sees them.
 * @module
 */

import { quantile, spread, spreadText } from "./figures.ts";
import type { Sampler } from "./samplers.ts";
import type { BenchTarget, Measurement } from "./target.ts";

/** How long one measurement takes. */
export const SECONDS = 2;
/** Shorter gaps are no stops. */
export const THRESHOLD_NS = 5_000;
const PAUSE_INTERVAL_US = 10_000;
const STOPS = SECONDS * 1_000_000 / PAUSE_INTERVAL_US;

/** One measurement with a sampler at work, or with none. */
export async function measure(target: BenchTarget, sampler: Sampler | null, intervalUs: number): Promise<Measurement> {
  if (sampler === null) return await target.measure(SECONDS, THRESHOLD_NS);
  await using _running = await sampler.start(target.pid, intervalUs);
  return await target.measure(SECONDS, THRESHOLD_NS);
}

/** What a sampler does to the target in one round. */
export interface Pauses {
  /** The median pause, in us. */
  readonly median: number;
  /** Share of the time that the target stood still. */
  readonly stopped: number;
}

/** A value a round for each sampler. */
export async function pauses(
  target: BenchTarget,
  samplers: readonly Sampler[],
  rounds: number,
): Promise<Map<string, Pauses[]>> {
  const results = new Map<string, Pauses[]>(samplers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const sampler of samplers) {
      const { gaps } = await measure(target, sampler, PAUSE_INTERVAL_US);
      const stops = longest(gaps, STOPS);
      const sum = stops.reduce((total, gap) => total + gap, 0);
      results.get(sampler.name)!.push({ median: quantile(stops, 0.5) / 1000, stopped: sum / (SECONDS * 1e9) });
    }
  }
  return results;
}

/** The machine makes gaps of its own, mostly short: of all gaps, those that as many stops as there were made. */
function longest(gaps: readonly number[], count: number): number[] {
  return gaps.toSorted((a, b) => b - a).slice(0, count);
}

/** How much longer the target needs for the same work, in per cent, a value a round. */
export async function slowdowns(
  target: BenchTarget,
  samplers: readonly Sampler[],
  { intervalUs, rounds }: { intervalUs: number; rounds: number },
): Promise<Map<string, number[]>> {
  const results = new Map<string, number[]>(samplers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const sampler of samplers) {
      const alone = await measure(target, null, intervalUs);
      const sampled = await measure(target, sampler, intervalUs);
      results.get(sampler.name)!.push((alone.loops / sampled.loops - 1) * 100);
    }
  }
  return results;
}

/** Round by round. */
export function ratios(of: readonly number[], to: readonly number[]): string {
  return spreadText(spread(of.map((value, round) => value / to[round])));
}

/** A table of them, with their ratios to the sampler named `floor`. */
export function printPauses(results: Map<string, Pauses[]>, floor: string): void {
  const medians = (name: string) => results.get(name)!.map(({ median }) => median);
  console.log("| sampler | pause, p50 of a round, us | ratio to the null stop | stood still, % of the time |");
  console.log("| --- | --- | --- | --- |");
  for (const [name, values] of results) {
    const stopped = spreadText(spread(values.map((value) => value.stopped * 100)));
    const own = medians(name);
    console.log(`| ${name} | ${spreadText(spread(own), 1)} | ${ratios(own, medians(floor))} | ${stopped} |`);
  }
}

/** A table of them. */
export function printSlowdowns(results: Map<string, number[]>): void {
  console.log("| sampler | slowdown, % |\n| --- | --- |");
  for (const [name, values] of results) console.log(`| ${name} | ${spreadText(spread(values), 1)} |`);
}
