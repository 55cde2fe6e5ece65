/**
 * The matrix: programs, each with a feature of Python or a hazard of its own, with every interpreter, dumped and
 * sampled. It is printed at the end.
 */

import assert from "node:assert/strict";
import "../support/shim.ts";
import { testDumps } from "./dumps.ts";
import { INTERPRETERS } from "./interpreters.ts";
import { Table } from "./table.ts";

const table = new Table();

for (const interpreter of INTERPRETERS) {
  const { name, skip } = interpreter;
  if (skip === null) table.addColumn(name);
  else table.skipColumn(name, skip);
  const reason = skip === null ? "" : ` (skipped: ${skip})`;
  Deno.test({
    name: `matrix, dumps: ${name}${reason}`,
    ignore: skip !== null,
    fn: () => testDumps(interpreter, table),
  });
}

Deno.test("the matrix", () => {
  console.log(`\n${table}`);
  assert.ok(INTERPRETERS.length > 0, "no interpreter was found");
});
