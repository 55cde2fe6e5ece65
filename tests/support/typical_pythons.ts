/**
 * Interpreters for what does not depend on the version: one as people build it, one as Debian ships it.
 * @module
 */

import { type Python, PYTHONS } from "./pythons.ts";

/** A shared 3.12 (or the newest there is) and the system's, where there are both. */
export const TYPICAL: readonly Python[] = choose();

/** Registers a test for each; one that is skipped where there is none. */
export function testTypicalPythons(
  claim: string,
  test: (python: Python, context: Deno.TestContext) => Promise<void> | void,
): void {
  if (TYPICAL.length === 0) Deno.test({ name: `${claim} (skipped: no supported Python found)`, ignore: true, fn() {} });
  for (const python of TYPICAL) Deno.test(`${claim}: ${python.name}`, (context) => test(python, context));
}

/**
 * Registers a test for the first of them, where it does not matter which; one that is skipped where there is none, or where
 * `obstacle` says what else is missing.
 */
export function testOnePython(
  claim: string,
  test: (python: Python, context: Deno.TestContext) => Promise<void>,
  { obstacle = null }: { obstacle?: string | null } = {},
): void {
  const [python] = TYPICAL;
  const missing = python === undefined ? "no supported Python found" : obstacle;
  Deno.test({
    name: missing === null ? claim : `${claim} (skipped: ${missing})`,
    ignore: missing !== null,
    fn: (context) => test(python, context),
  });
}

function choose(): Python[] {
  const system = PYTHONS.find(({ path }) => path.startsWith("/usr/bin/"));
  const built = PYTHONS.filter((python) => python !== system);
  const own = built.findLast(({ minor }) => minor === 12) ?? built.at(-1);
  return [own, system].filter((python) => python !== undefined);
}
