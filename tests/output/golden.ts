/**
 * Whole outputs, kept in tests/golden/. `UPDATE_GOLDEN=1 deno test -A` rewrites them; read the diff.
 * @module
 */

import assert from "node:assert/strict";

/** Asserts that `actual` is what the golden file holds. */
export function assertGolden(name: string, actual: string): void {
  const path = new URL(`../golden/${name}`, import.meta.url);
  if (Deno.env.get("UPDATE_GOLDEN")) Deno.writeTextFileSync(path, actual);
  assert.equal(actual, Deno.readTextFileSync(path), `differs from ${path.pathname}; UPDATE_GOLDEN=1 rewrites it`);
}
