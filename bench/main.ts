/**
 * Measures what sampling costs the program that is sampled, as that program sees it: how long it is paused, and how
 * much slower it runs. All samplers take turns on the same target in the same run; what counts are their ratios.
 *
 *     deno task bench [ROUNDS]
 * @module
 */

import { quantile, spread, spreadText } from "./figures.ts";
import { nullStop, ours, peer, type Sampler } from "./samplers.ts";
import { BenchTarget, type Measurement } from "./target.ts";

const ROOT = new URL("..", import.meta.url).pathname;
/** Debian trixie, which has the peer. */
const PEER = "py313,austin";
const PEER_ROOT = `${ROOT}.toolchain/pythons/${PEER}/root`;
const BUILD = `${ROOT}build/bench`;
const SECONDS = 2;
/** Shorter gaps are no stops. */
const THRESHOLD_NS = 5_000;
const PAUSE_INTERVAL_US = 10_000;
const STOPS = SECONDS * 1_000_000 / PAUSE_INTERVAL_US;
const SLOWDOWN_INTERVALS_US = [10_000, 1_000];

async function compile(): Promise<{ library: string; nullStop: string }> {
  await Deno.mkdir(BUILD, { recursive: true });
  const made = { library: `${BUILD}/watch_clock.so`, nullStop: `${BUILD}/null_stop` };
  await run("gcc", "-O2", "-shared", "-fPIC", "-o", made.library, `${ROOT}bench/watch_clock.c`);
  await run("gcc", "-O2", "-D_GNU_SOURCE", "-o", made.nullStop, `${ROOT}bench/null_stop.c`);
  return made;
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args }).spawn().status;
  if (!success) throw new Error(`${command} failed`);
}

async function measure(target: BenchTarget, sampler: Sampler | null, intervalUs: number): Promise<Measurement> {
  if (sampler === null) return await target.measure(SECONDS, THRESHOLD_NS);
  await using _running = await sampler.start(target.pid, intervalUs);
  return await target.measure(SECONDS, THRESHOLD_NS);
}

/** What a sampler does to the target in one round. */
interface Pauses {
  /** The median pause, in us. */
  readonly median: number;
  /** Share of the time that the target stood still. */
  readonly stopped: number;
}

/** A value a round for each sampler. */
async function pauses(
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
async function slowdowns(
  target: BenchTarget,
  samplers: readonly Sampler[],
  intervalUs: number,
  rounds: number,
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

function ratios(of: readonly number[], to: readonly number[]): string {
  return spreadText(spread(of.map((value, round) => value / to[round])));
}

function printPauses(results: Map<string, Pauses[]>, floor: string): void {
  const medians = (name: string) => results.get(name)!.map(({ median }) => median);
  console.log("| sampler | pause, p50 of a round, us | ratio to the null stop | stood still, % of the time |");
  console.log("| --- | --- | --- | --- |");
  for (const [name, values] of results) {
    const stopped = spreadText(spread(values.map((value) => value.stopped * 100)));
    const own = medians(name);
    console.log(`| ${name} | ${spreadText(spread(own), 1)} | ${ratios(own, medians(floor))} | ${stopped} |`);
  }
}

function printSlowdowns(results: Map<string, number[]>): void {
  console.log("| sampler | slowdown, % |\n| --- | --- |");
  for (const [name, values] of results) console.log(`| ${name} | ${spreadText(spread(values), 1)} |`);
}

async function main(): Promise<void> {
  const rounds = Number(Deno.args[0] ?? 5);
  const python = Deno.env.get("BENCH_PYTHON") ?? "python3";
  const { library, nullStop: executable } = await compile();
  const floor = nullStop(executable);
  await run(Deno.execPath(), "run", "-A", `${ROOT}tools/pythons.ts`, "--if-possible", PEER);
  const other = await peer(PEER_ROOT);
  if (other === null) console.error(`The peer is not compared with: ${PEER_ROOT} could not be had`);
  const samplers = [floor, ours(), ours("-k"), ...(other === null ? [] : [other])];

  for (const idle of [0, 60]) {
    await using target = await BenchTarget.start(python, library, idle);
    console.log(`\n## One busy thread${idle > 0 ? ` and ${idle} idle ones` : ""}, ${rounds} rounds of ${SECONDS} s\n`);
    const results = await pauses(target, samplers, rounds);
    printPauses(results, floor.name);
    if (other !== null) {
      const stopped = (name: string) => results.get(name)!.map((value) => value.stopped);
      console.log(
        `\nThe peer holds the target still ${ratios(stopped(other.name), stopped(ours().name))} times as long.`,
      );
    }
    for (const intervalUs of SLOWDOWN_INTERVALS_US) {
      console.log(`\nSlowdown at ${1_000_000 / intervalUs} samples/s:\n`);
      printSlowdowns(await slowdowns(target, samplers, intervalUs, rounds));
    }
  }
}

await main();
