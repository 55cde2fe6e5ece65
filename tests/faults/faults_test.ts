/** What can go wrong while a program is sampled, each case once; `deno task faults` has them happen often. */

import { TYPICAL } from "../support/typical_pythons.ts";
import { ALL_FAULTS } from "./all.ts";

const python = TYPICAL[0];

for (const { name, obstacle, once } of ALL_FAULTS.filter(({ onlyLong }) => !onlyLong)) {
  const missing = python === undefined ? "no supported Python" : obstacle?.(python) ?? null;
  Deno.test({
    name: name + (missing === null ? "" : ` (skipped: ${missing})`),
    ignore: missing !== null,
    fn: () => once(python),
  });
}
