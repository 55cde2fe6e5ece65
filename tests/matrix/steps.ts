/**
 * The churns instruction by instruction: wherever CPython has just changed its current frame, at each instruction that
 * follows, a look must give a proved stack that the program can have. What chance brings to sampling once in many
 * thousands of times is all there.
 * @module
 */

import assert from "node:assert/strict";
import type { OwnedThread } from "../../src/ffi/capture_record.ts";
import type { Offsets } from "../../src/python/offsets.ts";
import { Interpreter as Interpretations } from "../../src/sampler/interpreter.ts";
import type { Target } from "../../src/sampler/target.ts";
import { findTarget } from "../../src/sampler/target_search.ts";
import type { Address, Stack } from "../../src/types.ts";
import { buildC } from "../support/c_program.ts";
import { type Churn, CHURNS, tellOf } from "./churn.ts";
import { Host } from "./host.ts";
import { type Interpreter, IS_FULL } from "./interpreters.ts";
import type { Table } from "./table.ts";

const STEPS = IS_FULL ? 100_000 : 15_000;
/** Instructions after each change: the longest that one was seen to be half-made is 22. */
const FAR = IS_FULL ? 100 : 32;
/** Looks at each of them: what is on the stack and in frames from before differs. */
const TIMES = IS_FULL ? 4 : 2;

/** Steps through both churns. @throws if a look shows another stack, or an unproved one. */
export async function testSteps(interpreter: Interpreter, table: Table): Promise<void> {
  const stepper = buildC("stepper", ["tests/matrix/stepper.c"]);
  for (const churn of CHURNS) {
    const mode = "sampling";
    const row = `${churn.name}, in steps`;
    table.set(interpreter.name, row, mode, { fail: "it did not end" });
    const { looks, flaws } = await stepThrough(churn, interpreter, stepper);
    const counts = `${looks} looks, ${flaws.length} impossible or flagged`;
    table.note(`${row}, ${interpreter.name}: ${counts}`);
    table.set(interpreter.name, row, mode, { fail: counts });
    assert.ok(looks > 50 && flaws.length === 0, `${churn.name}: ${counts}\n${flaws.slice(0, 20).join("\n")}`);
    table.set(interpreter.name, row, mode, null);
  }
}

async function stepThrough(
  { script, flawOf }: Churn,
  interpreter: Interpreter,
  stepper: string,
): Promise<{ looks: number; flaws: string[] }> {
  await using host = await Host.start(interpreter, script, []);
  using target = await findTarget(host.pid, { timeout: 1_000_000 });
  using interpretations = new Interpretations(target);
  const [{ threadState }] = look(target, interpretations).threads;
  const place = placeOfCurrent(target.runtime.offsets, threadState);
  const child = new Deno.Command(stepper, {
    args: [host.pid, STEPS, FAR, TIMES, ...place].map(String),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  const flaws: string[] = [];
  let looks = 0;
  // A line at a time: the next one comes when this one is answered.
  for await (const line of child.stdout.pipeThrough(new TextDecoderStream())) {
    const { stack } = look(target, interpretations);
    const flaw = stack.proof.flaw === null ? flawOf(stack) : tellOf(stack);
    if (flaw !== null) flaws.push(`${line.trim()}: ${flaw}`);
    looks++;
    await input.write(new TextEncoder().encode("\n"));
  }
  const { code } = await child.status;
  await input.close().catch(() => {}); // it has ended
  assert.equal(code, 0, "stepper failed");
  return { looks, flaws };
}

/** The program's only thread. */
function look(target: Target, interpretations: Interpretations): { stack: Stack; threads: readonly OwnedThread[] } {
  target.session.dump(false);
  const [looked] = [...target.session.drain()].map((record) => {
    return { threads: record.threads, stack: interpretations.interpret(record).stack };
  });
  return looked;
}

/** Where a thread state says which frame is current: an address, or an address and an offset in what it points to. */
function placeOfCurrent({ thread, cframe }: Offsets, threadState: Address): number[] {
  if (cframe.currentFrame !== null) return [threadState + thread.cframe!, cframe.currentFrame];
  return [threadState + (thread.currentFrame ?? thread.frame)!];
}
