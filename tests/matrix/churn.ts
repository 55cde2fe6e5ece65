/**
 * Churn: two families of functions that call each other through C without end. Every stack that counts as proved has
 * one family only, its depths one after another, and C between a call and its step.
 * @module
 */

import assert from "node:assert/strict";
import type { Stack } from "../../src/types.ts";
import { Host } from "./host.ts";
import { type Interpreter, IS_FULL } from "./interpreters.ts";
import { assertProved, sampleFor } from "./samples.ts";
import type { Table } from "./table.ts";

const DURATION_MS = Number(Deno.env.get("CHURN_SECONDS") ?? (IS_FULL ? 5 : 2)) * 1000;
const DEPTH = 9;
const OUTER = ["<module>", "main"];
const CASE = "churn";

/** Runs it with an interpreter. @throws if a stack is impossible, or too many are flagged. */
export async function testChurn(interpreter: Interpreter, table: Table): Promise<void> {
  await using host = await Host.start(interpreter, "churn.py", []);
  const impossible: string[] = [];
  const { samples, proved, torn, unmatched, truncated } = await sampleFor(host.pid, DURATION_MS, ({ stack }) => {
    const flaw = stack.proof.flaw === null ? flawOf(stack) : null;
    if (flaw !== null) impossible.push(flaw);
  });
  const counts = `${samples} samples, ${impossible.length} impossible, ${samples - proved} flagged` +
    ` (${torn} torn, ${unmatched} unmatched, ${truncated} truncated)`;
  table.note(`churn, ${interpreter.name}: ${counts}`);
  table.set(interpreter.name, CASE, "sampling", { fail: counts });
  assert.ok(impossible.length === 0, `${counts}\n${impossible.slice(0, 3).join("\n")}`);
  assertProved({ samples, proved, torn, unmatched, truncated, blocked: 0 }, `${interpreter.name}, churn`);
  table.set(interpreter.name, CASE, "sampling", null);
}

/** Null if the program can have this stack. */
function flawOf({ frames }: Stack): string | null {
  const names: string[] = [];
  let previous = -1;
  for (const [i, frame] of frames.entries()) {
    // A gap stands in place of native frames, where compiled code without tables for unwinding runs.
    if (frame.kind === "mark" && frame.mark !== "gap") return `a mark: ${frame.mark}`;
    if (frame.kind !== "python") continue;
    const isThroughC = /_step_/.test(frame.function);
    if (isThroughC && i === previous + 1) return `nothing between ${names.at(-1)} and ${frame.function}`;
    names.push(frame.function);
    previous = i;
  }
  const inner = names.slice(OUTER.length);
  const family = inner[0]?.[0] ?? "a";
  const expected = inner.map((_, i) => `${family}_${i % 2 === 0 ? "call" : "step"}_${DEPTH - Math.floor(i / 2)}`);
  return [...OUTER, ...expected].every((name, i) => names[i] === name) ? null : names.join(" > ");
}
