/** The short form of `deno task soak`. */

import assert from "node:assert/strict";
import { TYPICAL } from "../support/typical_pythons.ts";
import { soak } from "./soak.ts";

const MINUTES = 2;
const GROWTH_MIB = 32;

const python = TYPICAL[0];
Deno.test({
  name: `a soak of ${MINUTES} minutes loses no time and harms nothing${
    python ? "" : " (skipped: no supported Python)"
  }`,
  ignore: python === undefined,
  async fn() {
    const { shares, early, late, samples } = await soak(python, { seconds: MINUTES * 60 });
    assert.ok(samples > 1000, `${samples} samples`);
    assert.ok(shares.length >= 3, `${shares.length} threads lasted`);
    for (const share of shares) assert.ok(share > 0.98 && share < 1.02, `a thread has ${share} of the time`);
    assert.ok(late < early + GROWTH_MIB, `from ${early} MiB to ${late} MiB`);
  },
});
