/**
 * Damages what this program reads of others, and reads it.
 *
 *     deno task fuzz [CASES [SEED [KIND...]]]      by default a million cases of each kind
 *
 * A case that goes wrong ends it, and is told with its damage.
 * @module
 */

import { CAPTURES } from "../tests/python/fuzz.ts";
import { COLLAPSED, MAPS, MOJO } from "../tests/input/fuzz.ts";
import type { FuzzKind } from "../tests/support/fuzz_kind.ts";
import { Random } from "../tests/support/random.ts";
import "../tests/support/shim.ts";
import { ELF } from "../tests/unwind/fuzz.ts";
import { JIT_NAMES } from "../tests/unwind/fuzz_jit.ts";
import { UNWINDING } from "../tests/unwind/fuzz_unwinding.ts";
import { LINES } from "../tests/unwind/lines/fuzz.ts";

const DEFAULT_CASES = 1_000_000;

/** All kinds of input; the tests do some cases of each. */
const KINDS: readonly FuzzKind[] = [CAPTURES, ELF, UNWINDING, LINES, JIT_NAMES, MAPS, MOJO, COLLAPSED];

async function main([cases = `${DEFAULT_CASES}`, seed = "1", ...names]: readonly string[]): Promise<void> {
  const unknown = names.find((name) => !KINDS.some((kind) => kind.name === name));
  if (unknown !== undefined) {
    throw new Error(`Cannot fuzz ${unknown}: ${KINDS.map(({ name }) => name).join(", ")} only`);
  }
  for (const kind of KINDS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const start = performance.now();
    const outcome = await kind.run(Number(cases), new Random(Number(seed)));
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.log(`${kind.name}: ${cases} cases, ${seconds} s: ${outcome}`);
  }
  console.log(`heap: ${(Deno.memoryUsage().heapUsed / 2 ** 20).toFixed(0)} MiB`);
}

if (import.meta.main) await main(Deno.args);
