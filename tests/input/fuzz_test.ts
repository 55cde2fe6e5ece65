import assert from "node:assert/strict";
import { Random } from "../support/random.ts";
import { COLLAPSED, MAPS, MOJO } from "./fuzz.ts";

const CASES = 3000;

for (
  const [kind, outcomes] of [
    [MOJO, ["read", "refused after some"]],
    [COLLAPSED, ["read"]],
    [MAPS, ["some mappings", "no mapping"]],
  ] as const
) {
  Deno.test(`damaged ${kind.name} is read as far as it can be, or refused`, async () => {
    const outcome = await kind.run(CASES, new Random(7));
    for (const one of outcomes) assert.ok(outcome.count(one) > 0, `never ${one}: ${outcome}`);
  });
}
