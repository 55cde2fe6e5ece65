/**
 * Changes words in captures of every interpreter on this machine, and interprets what comes out.
 *
 *     deno task fuzz [CASES [SEED]]      by default 100000 cases, for each interpreter as many
 *
 * A case that goes wrong ends it, and is told with the words that were changed.
 * @module
 */

import { Recordings } from "../tests/support/fuzz.ts";
import { Random } from "../tests/support/random.ts";
import { PYTHONS } from "../tests/support/pythons.ts";
import "../tests/support/shim.ts";

const DEFAULT_CASES = 100_000;
/** After so many, the program is captured anew. */
const BATCH = 10_000;

async function main([cases = `${DEFAULT_CASES}`, seed = "1"]: readonly string[]): Promise<void> {
  const random = new Random(Number(seed));
  const each = Math.ceil(Number(cases) / PYTHONS.length);
  for (const python of PYTHONS) {
    const start = performance.now();
    const flaws = new Map<string, number>();
    for (let left = each; left > 0; left -= BATCH) {
      await using recordings = await Recordings.of(python);
      for (let i = Math.min(left, BATCH); i > 0; i--) recordings.fuzz(random);
      for (const [flaw, count] of recordings.flaws) {
        flaws.set(flaw ?? "proved", (flaws.get(flaw ?? "proved") ?? 0) + count);
      }
    }
    const found = [...flaws].sort().map(([flaw, count]) => `${count} ${flaw}`).join(", ");
    console.log(`${python.name}: ${each} cases, ${found}, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  console.log(`heap: ${(Deno.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB`);
}

if (import.meta.main) await main(Deno.args);
