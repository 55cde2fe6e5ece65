/** Unwind tables that are broken, or made to break their reader. */
import assert from "node:assert/strict";
import { Random } from "../support/random.ts";
import "../support/shim.ts";
import { UNWINDING } from "./fuzz_unwinding.ts";

const CASES = 300;

Deno.test("a stack comes out of tables with damage, complete or cut off, and soon", async () => {
  const outcomes = await UNWINDING.run(CASES, new Random(3));
  assert.ok(outcomes.count("complete") > 0 && outcomes.count("cut off") > 0, `${outcomes}`);
});
