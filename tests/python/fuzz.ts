/**
 * Captures with changed words, of every interpreter on this machine.
 * @module
 */

import { Recordings } from "../support/fuzz.ts";
import { type FuzzKind, Outcomes } from "../support/fuzz_kind.ts";
import { PYTHONS } from "../support/pythons.ts";

/** After so many, the program is captured anew. */
const BATCH = 10_000;

/** What the memory of a target holds. */
export const CAPTURES: FuzzKind = {
  name: "captures",
  async run(cases, random) {
    const outcomes = new Outcomes();
    const each = Math.ceil(cases / PYTHONS.length);
    for (const python of PYTHONS) {
      for (let left = each; left > 0; left -= BATCH) {
        await using recordings = await Recordings.of(python);
        for (let i = Math.min(left, BATCH); i > 0; i--) recordings.fuzz(random);
        for (const [flaw, count] of recordings.flaws) outcomes.add(flaw ?? "proved", count);
      }
    }
    return outcomes;
  },
};
