/**
 * The matrix: programs, each with a feature of Python or a hazard of its own, with every interpreter, dumped and
 * sampled. It is printed at the end.
 */

import assert from "node:assert/strict";
import "../support/shim.ts";
import { testChurn } from "./churn.ts";
import { testDumps } from "./dumps.ts";
import { testHot } from "./hot.ts";
import { type Interpreter, INTERPRETERS } from "./interpreters.ts";
import { testMetrics } from "./metrics.ts";
import { testShares } from "./oracle.ts";
import { testSamples } from "./samples.ts";
import { testSteps } from "./steps.ts";
import { Table } from "./table.ts";

const table = new Table();

type Part = (interpreter: Interpreter, table: Table) => Promise<void>;

function test(part: string, interpreter: Interpreter, { fn, skip }: { fn: Part; skip: string | null }): void {
  const { name } = interpreter;
  const reason = skip === null ? "" : ` (skipped: ${skip})`;
  Deno.test({ name: `matrix, ${part}: ${name}${reason}`, ignore: skip !== null, fn: () => fn(interpreter, table) });
}

for (const interpreter of INTERPRETERS) {
  const { name, skip, skipSampling } = interpreter;
  if (skip === null) table.addColumn(name);
  if (skip ?? skipSampling) table.skipColumn(name, skip ?? `sampling of ${skipSampling}`);
  test("dumps", interpreter, { fn: testDumps, skip });
  if (interpreter.env.PYTHON_JIT === "1") test("compiled code", interpreter, { fn: testHot, skip });
  test("samples", interpreter, { fn: testSamples, skip: skip ?? skipSampling });
  test("churn", interpreter, { fn: testChurn, skip: skip ?? skipSampling });
  test("steps", interpreter, { fn: testSteps, skip: skip ?? skipSampling });
  test("collection and memory", interpreter, { fn: testMetrics, skip: skip ?? skipSampling });
  test("shares of time", interpreter, { fn: testShares, skip: skip ?? skipSampling });
}

Deno.test("the matrix", () => {
  console.log(`\n${table}`);
  assert.ok(INTERPRETERS.length > 0, "no interpreter was found");
});
