/**
 * Measures what sampling costs the program that is sampled, as that program sees it: how long it is paused, how much
 * slower it runs, which of its system calls are interrupted. All samplers take turns on the same target in the same run;
 * what counts are their ratios. Writes tables, and the curves as a picture.
 *
 *     deno task bench [ROUNDS [SECTION...]]        sections: pauses rows curves
 *
 * @module
 */

import { compileNullStop, watchClock } from "./build.ts";
import { pauses, printPauses, printSlowdowns, ratios, SECONDS, slowdowns } from "./costs.ts";
import { type Curve, curves } from "./curves.ts";
import { plot } from "./plot.ts";
import { freeze, interruptions, ownUse, rate } from "./rows.ts";
import { nullStop, ours, peers, type Sampler } from "./samplers.ts";
import { BenchTarget } from "./target.ts";

const PLOT = new URL("curves.svg", import.meta.url).pathname;
const SECTIONS = ["pauses", "rows", "curves"];

/** Threads that wait, and the intervals in us at which slowdown is measured beside them. */
const CROWDS = [[0, [10_000, 1_000]], [60, [10_000, 1_000]], [160, [5_000]]] as const;

/** What is measured with what. */
interface Bench {
  readonly python: string;
  readonly library: string;
  readonly floor: Sampler;
  readonly mine: readonly Sampler[];
  readonly peers: readonly Sampler[];
  readonly rounds: number;
}

async function prepare(rounds: number): Promise<Bench> {
  const python = Deno.env.get("BENCH_PYTHON") ?? "python3";
  const floor = nullStop(await compileNullStop());
  const library = await watchClock();
  return { python, library, floor, mine: [ours(), ours("-k")], peers: await peers(python), rounds };
}

async function benchPauses({ python, library, floor, mine, peers, rounds }: Bench): Promise<void> {
  const samplers = [floor, ...mine, ...peers];
  for (const [idle, intervals] of CROWDS) {
    await using target = await BenchTarget.start(python, library, { idle });
    console.log(`\n## One busy thread${idle > 0 ? ` and ${idle} idle ones` : ""}, ${rounds} rounds of ${SECONDS} s\n`);
    const results = await pauses(target, samplers, rounds);
    printPauses(results, floor.name);
    const stopped = (name: string) => results.get(name)!.map((value) => value.stopped);
    for (const { name } of peers) {
      console.log(`\n${name} holds the target still ${ratios(stopped(name), stopped(mine[0].name))} times as long.`);
    }
    for (const intervalUs of intervals) {
      console.log(`\nSlowdown at ${1_000_000 / intervalUs} samples/s:\n`);
      printSlowdowns(await slowdowns(target, samplers, { intervalUs, rounds }));
    }
  }
}

/** Prints a row, or why there is nothing to print: a peer may not be able to do it at all. */
async function row({ name }: Sampler, cells: () => Promise<string>): Promise<void> {
  const text = await cells().catch((error) => error instanceof Error ? error.message : String(error));
  console.log(`| ${name} | ${text} |`);
}

async function benchRows({ python, library, mine: [mine], peers }: Bench): Promise<void> {
  console.log(
    "\n## EINTR in 3 s at 100 samples/s, by the program that makes the calls\n\n| sampler | EINTR |\n| --- | --- |",
  );
  for (const sampler of [mine, ...peers]) await row(sampler, () => interruptions(python, sampler));

  console.log("\n## Stops a second without a pause between them, one thread\n\n| sampler | stops/s |\n| --- | --- |");
  {
    await using target = await BenchTarget.start(python, library);
    for (const sampler of [mine, ...peers]) {
      await row(sampler, async () => (await rate(target, sampler)).toFixed(0));
    }
  }

  console.log("\n## Freeze of a process with ten threads by a dump\n\n| sampler | longest gap, us |\n| --- | --- |");
  {
    await using target = await BenchTarget.start(python, library, { idle: 9 });
    console.log(`| none | ${(await freeze(target, null)).toFixed(0)} |`);
    for (const sampler of [mine, ...peers]) {
      await row(sampler, async () => (await freeze(target, sampler.dump!(target.pid))).toFixed(0));
    }
  }

  console.log("\n## The sampler itself, at 100 samples/s of ten threads that run, 40 calls deep\n");
  console.log("| sampler | CPU, % of a core | memory, MiB |\n| --- | --- | --- |");
  await using target = await BenchTarget.start(python, library, { running: 9, depth: 40 });
  for (const sampler of [mine, ...peers]) {
    await row(sampler, async () => {
      const { cpu, memory } = await ownUse(target, sampler, 5);
      return `${cpu.toFixed(1)} | ${memory.map((size) => size.toFixed(0)).join(", later ")}`;
    });
  }
}

async function benchCurves({ python, library }: Bench): Promise<void> {
  const all: Curve[] = await curves(python, library, ours("-C"));
  for (const { name, points } of all) {
    console.log(`\n| ${name} | slowdown, % | CPU of the sampler, % |\n| --- | --- | --- |`);
    for (const { x, slowdown, cpu } of points) console.log(`| ${x} | ${slowdown.toFixed(1)} | ${cpu.toFixed(1)} |`);
  }
  await Deno.writeTextFile(PLOT, plot(all));
  console.log(`\n${PLOT}`);
}

async function main(): Promise<void> {
  const [rounds = "5", ...chosen] = Deno.args;
  const sections = chosen.length > 0 ? chosen : SECTIONS;
  const bench = await prepare(Number(rounds));
  if (sections.includes("pauses")) await benchPauses(bench);
  if (sections.includes("rows")) await benchRows(bench);
  if (sections.includes("curves")) await benchCurves(bench);
}

await main();
