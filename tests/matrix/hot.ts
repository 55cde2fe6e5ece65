/**
 * Dumps of code that a JIT has compiled: each is the first look of its own at that process, so that nothing is known of
 * it, and must show the whole stack, from the program's start to the loop that runs.
 * @module
 */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import type { Stack } from "../../src/types.ts";
import { Host } from "./host.ts";
import type { Interpreter } from "./interpreters.ts";
import type { Table } from "./table.ts";

const LOOKS = 12;
const ROW = "compiled code";
const FUNCTIONS = ["<module>", "main", "key", "work"];
/** Of code that is in no file. */
const NO_MODULE = "[unknown]";
/** What holds data, and so no return address leads there. */
const DATA = /^\[(stack|heap)/;

/** Dumps such a program a few times. @throws where a stack is another, or none was in compiled code. */
export async function testHot(interpreter: Interpreter, table: Table): Promise<void> {
  table.set(interpreter.name, ROW, "dump", { fail: "it did not end" });
  await using host = await Host.start(interpreter, "hot.py", []);
  const flaws: string[] = [];
  let compiled = 0;
  for (let look = 0; look < LOOKS; look++) {
    const { threads } = await where(host.pid);
    const { stack } = threads[0];
    const flaw = flawOf(stack);
    if (flaw !== null) flaws.push(flaw);
    if (stack.frames.some((frame) => frame.kind === "native" && frame.module === NO_MODULE)) compiled++;
  }
  const counts = `${LOOKS} looks, ${compiled} in compiled code, ${flaws.length} wrong`;
  table.note(`${ROW}, ${interpreter.name}: ${counts}`);
  table.set(interpreter.name, ROW, "dump", { fail: counts });
  assert.ok(flaws.length === 0 && compiled > 0, `${counts}\n${flaws.slice(0, 3).join("\n")}`);
  table.set(interpreter.name, ROW, "dump", null);
}

function flawOf({ frames, proof }: Stack): string | null {
  const text = frames.map((frame) => {
    return frame.kind === "python" ? frame.function : frame.kind === "mark" ? `[${frame.mark}]` : frame.symbol;
  }).join(" > ");
  if (proof.flaw !== null) return `${proof.flaw}: ${text}`;
  const functions = frames.flatMap((frame) => frame.kind === "python" ? [frame.function] : []);
  // It may be between two calls of the inner ones.
  const isPossible = functions.length >= 2 && functions.every((name, i) => name === FUNCTIONS[i]);
  const first = frames[0];
  const isWhole = first.kind === "native" && first.symbol === "_start";
  const isCode = frames.every((frame) => frame.kind !== "native" || !DATA.test(frame.module));
  return isPossible && isWhole && isCode ? null : text;
}
