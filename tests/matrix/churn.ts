/**
 * Churn: two families of functions that call each other without end, through C, or as generators. No stack is flagged, and
 * each has one family only, its depths one after another, and C where it goes through C.
 * @module
 */

import assert from "node:assert/strict";
import type { Frame, Stack } from "../../src/types.ts";
import { Host } from "./host.ts";
import { type Interpreter, IS_FULL } from "./interpreters.ts";
import { sampleFor } from "./samples.ts";
import type { Table } from "./table.ts";

/** Short, since steps.ts looks at each instruction; what that cannot see is what running at full speed does. */
const DURATION_MS = Number(Deno.env.get("CHURN_SECONDS") ?? (IS_FULL ? 5 : 1)) * 1000;
const SAMPLES_MIN = 100;
const DEPTH = 9;
const OUTER = ["<module>", "main"];

/** A program of this folder, and what is wrong with a stack of it; null if it can have it. */
export interface Churn {
  readonly name: string;
  readonly script: string;
  flawOf(stack: Stack): string | null;
}

/** Both of them. */
export const CHURNS: readonly Churn[] = [
  { name: "churn", script: "churn.py", flawOf: flawOfCalls },
  { name: "churn of generators", script: "switches.py", flawOf: flawOfSwitches },
];

/** Runs both with an interpreter. @throws if a stack is impossible, or one is flagged. */
export async function testChurn(interpreter: Interpreter, table: Table): Promise<void> {
  for (const churn of CHURNS) await runChurn(churn, interpreter, table);
}

async function runChurn({ name, script, flawOf }: Churn, interpreter: Interpreter, table: Table): Promise<void> {
  await using host = await Host.start(interpreter, script, []);
  const impossible: string[] = [];
  const flagged: string[] = [];
  const length = { ms: DURATION_MS, isEnough: (samples: number) => samples > SAMPLES_MIN };
  const { samples, proved, torn, unmatched, truncated } = await sampleFor(host.pid, length, ({ stack }) => {
    const flaw = stack.proof.flaw === null ? flawOf(stack) : null;
    if (flaw !== null) impossible.push(flaw);
    if (stack.proof.flaw !== null) flagged.push(tellOf(stack));
  });
  const counts = `${samples} samples, ${impossible.length} impossible, ${samples - proved} flagged` +
    ` (${torn} torn, ${unmatched} unmatched, ${truncated} truncated)`;
  table.note(`${name}, ${interpreter.name}: ${counts}`);
  table.set(interpreter.name, name, "sampling", { fail: counts });
  assert.ok(impossible.length === 0, `${counts}\n${impossible.slice(0, 3).join("\n")}`);
  const isProved = torn + unmatched + truncated === 0;
  assert.ok(samples > SAMPLES_MIN && isProved, `${counts}\n${flagged.slice(0, 5).join("\n")}`);
  table.set(interpreter.name, name, "sampling", null);
}

/** Why a stack is flagged, and its innermost frames. */
export function tellOf({ proof, frames }: Stack): string {
  return `${proof.flaw}: ${frames.slice(-4).map(nameOf).join(" > ")}`;
}

function nameOf(frame: Frame): string {
  if (frame.kind === "native") return `${frame.symbol}+${frame.offset}`;
  return frame.kind === "python" ? frame.function : frame.kind === "kernel" ? frame.symbol : frame.mark;
}

function flawOfCalls({ frames }: Stack): string | null {
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
  return isSame(names, expected) ? null : names.join(" > ");
}

function flawOfSwitches({ frames }: Stack): string | null {
  const names = frames.flatMap((frame) => frame.kind === "python" ? [frame.function] : []);
  const inner = names.slice(OUTER.length);
  const family = inner[0]?.[0] ?? "g";
  const expected = inner.map((_, i) => `${family}_step_${DEPTH - i}`);
  const last = inner.at(-1);
  // A generator of any depth may be in its call.
  if (inner.length > 1 && last?.includes("_call_")) {
    expected[inner.length - 1] = inner.at(-2)!.replace("_step_", "_call_");
  }
  return isSame(names, expected) ? null : names.join(" > ");
}

function isSame(names: readonly string[], inner: readonly string[]): boolean {
  return [...OUTER, ...inner].every((name, i) => names[i] === name);
}
