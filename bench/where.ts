/**
 * Measures what one look at a process costs (`-w`): how long it takes from start to exit, with what the kernel has in its
 * cache and without, and for how long the process stands still, as it sees it itself. This program, the peer, and py-spy
 * where pip has it, take turns on the same target: one thread that computes and two that wait.
 *
 *     deno run -A bench/where.ts [ROUNDS [PYTHON [MODULE...]]]      by default 7 /usr/bin/python3, importing nothing
 *
 * As root also with a cold cache, for which that of the whole machine is emptied.
 * @module
 */

import { BUILD, run, watchClock } from "./build.ts";
import { spread, spreadText } from "./figures.ts";
import { ours, peers, type Sampler } from "./samplers.ts";
import { BenchTarget } from "./target.ts";

const IDLE_THREADS = 2;
const SECONDS = 4;
/** The target notes gaps from here on; those of the machine itself are shorter, mostly. */
const THRESHOLD_NS = 50_000;
/** Lets the target get going, and what was started before it die down. */
const SETTLE_MS = 500;
const PAGE_CACHE = "/proc/sys/vm/drop_caches";

/** What one look cost, in ms. */
interface Cost {
  readonly elapsed: number;
  readonly stopped: number;
}

async function main([rounds = "7", python = "/usr/bin/python3", ...modules]: readonly string[]): Promise<void> {
  const library = await watchClock();
  const samplers = [ours(), ...await peers(python)];
  await using target = await BenchTarget.start(python, library, { idle: IDLE_THREADS, modules });
  for (const isCold of isWritable(PAGE_CACHE) ? [false, true] : [false]) {
    const costs = new Map<string, Cost[]>(samplers.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(rounds); round++) {
      for (const sampler of samplers) costs.get(sampler.name)!.push(await measure(target, sampler, isCold));
    }
    print(costs, `${isCold ? "Cold" : "Warm"} cache, ${rounds} rounds`);
  }
}

/** Looks at the target once while it watches the clock. What programs keep for later is kept if the cache is warm. */
async function measure(target: BenchTarget, sampler: Sampler, isCold: boolean): Promise<Cost> {
  const cache = isCold ? await Deno.makeTempDir({ prefix: "austinp-bench-" }) : `${BUILD}/cache`;
  if (isCold) {
    await run(["sync"]);
    await Deno.writeTextFile(PAGE_CACHE, "3\n");
  }
  const watching = target.measure(SECONDS, THRESHOLD_NS);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const start = performance.now();
  await run(sampler.dump!(target.pid), { XDG_CACHE_HOME: cache });
  const elapsed = performance.now() - start;
  const { gaps } = await watching;
  if (isCold) await Deno.remove(cache, { recursive: true });
  return { elapsed, stopped: Math.max(0, ...gaps) / 1_000_000 };
}

function print(costs: ReadonlyMap<string, readonly Cost[]>, title: string): void {
  console.log(`\n${title}:\n\n| | start to exit, ms | longest gap that the target sees, ms |\n| --- | --- | --- |`);
  for (const [name, all] of costs) {
    const elapsed = spreadText(spread(all.map(({ elapsed }) => elapsed)), 0);
    console.log(`| ${name} | ${elapsed} | ${spreadText(spread(all.map(({ stopped }) => stopped)))} |`);
  }
}

function isWritable(path: string): boolean {
  try {
    Deno.openSync(path, { write: true }).close();
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) await main(Deno.args);
