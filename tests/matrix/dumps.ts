/**
 * Dump mode: every case stays put, and one dump must show for each what the program says of itself.
 * @module
 */

import assert from "node:assert/strict";
import { where } from "../../mod.ts";
import type { Dump, Frame, PythonFrame, ThreadDump } from "../../src/types.ts";
import { tasksOf, until } from "../support/proc.ts";
import { Host } from "./host.ts";
import type { Interpreter } from "./interpreters.ts";
import type { Result, Table } from "./table.ts";

/** A frame as the program tells it; what it does not know is null. */
export type ToldFrame = Pick<PythonFrame, "function" | "file" | "line"> & {
  readonly endLine: number | null;
  readonly column: number | null;
  readonly endColumn: number | null;
};

/** What a case says of itself. */
export interface Told {
  readonly tid: number;
  readonly frames: readonly ToldFrame[];
  /** Id of the interpreter that the thread is in; undefined where it is the main one. */
  readonly interpreter?: number;
}

/** What host.py says. */
export interface Report {
  readonly cases: Readonly<Record<string, Told>>;
  readonly skipped: Readonly<Record<string, string>>;
  readonly errors: Readonly<Record<string, string>>;
}

/** Cases that take a process of their own: `place: process`. */
export const ALONE = ["atexit_function", "deep_recursion", "interpreters"];

const DUMPS_MAX = 3;
/** Cases whose stack is cut, and says so, where a greenlet begins. */
export const CUT = ["gevent_pool", "greenlet_switch"];

/** Runs all cases with an interpreter. @throws where one fails, after all. */
export async function testDumps(interpreter: Interpreter, table: Table): Promise<void> {
  const failures: string[] = [];
  for (const cases of [[], ...ALONE.map((name) => [name])]) {
    for (const [name, result] of await dumpCases(interpreter, cases)) {
      table.set(interpreter.name, name, "dump", result);
      if (result !== null && "fail" in result) failures.push(`${name}: ${result.fail}`);
    }
  }
  assert.ok(failures.length === 0, `${failures.length} cases fail\n\n${failures.join("\n\n")}`);
}

/** On a busy machine one of fifty threads may not come to its stop in time, and says so; then there is another dump. */
async function dumpAll(pid: number): Promise<Dump> {
  for (let dump = 1;; dump++) {
    const taken = await where(pid);
    if (dump === DUMPS_MAX || taken.threads.every(({ stack }) => stack.proof.flaw !== "blocked")) return taken;
  }
}

/** All of `cases`, or all that share a process if it is empty. */
async function dumpCases(interpreter: Interpreter, cases: readonly string[]): Promise<Map<string, Result>> {
  const results = new Map<string, Result>();
  await using host = await Host.start(interpreter, "host.py", ["dump", ...cases]);
  const { cases: told, skipped, errors }: Report = JSON.parse(host.ready);
  for (const [name, reason] of Object.entries(skipped)) results.set(name, { skip: reason });
  for (const [name, text] of Object.entries(errors)) results.set(name, { fail: text });
  await until(() => tasksOf(host.pid).every(({ state }) => state === "S"), "all threads sleep");
  const { threads, version } = await dumpAll(host.pid);
  assert.ok(version.startsWith(`${interpreter.major}.${interpreter.minor}.`), version);
  const unstopped = await where(host.pid, { native: false });
  for (const [name, expected] of Object.entries(told)) {
    if (results.has(name)) continue;
    const tid = host.tid(expected.tid);
    const check = () => {
      assertDump(name, threads.find((thread) => thread.tid === tid), expected);
      assertUnstopped(unstopped.threads.find((thread) => thread.tid === tid), expected);
    };
    results.set(name, failureOf(check));
  }
  return results;
}

function assertDump(name: string, thread: ThreadDump | undefined, { frames, interpreter = 0 }: Told): void {
  assert.ok(thread !== undefined, "the thread is missing");
  const { stack: { frames: actual, proof } } = thread;
  assert.equal(framesDiffer(actual, frames), null);
  assert.equal(proof.flaw, CUT.includes(name) ? "truncated" : null);
  assert.equal(proof.matched, proof.expected);
  assert.equal(thread.interpreter, interpreter, "another interpreter");
}

/** Without a stop there are Python frames alone. */
function assertUnstopped(thread: ThreadDump | undefined, { frames, interpreter = 0 }: Told): void {
  assert.ok(thread !== undefined, "the thread is missing without a stop");
  const { stack, interpreter: actual } = thread;
  assert.equal(framesDiffer(stack.frames, frames), null, "without a stop");
  assert.ok(stack.frames.every(({ kind }) => kind === "python"), "not only Python frames");
  assert.equal(stack.proof.flaw, null);
  assert.equal(actual, interpreter, "another interpreter without a stop");
}

/** Null if the Python frames are these, else what is wrong; of what the program does not know nothing is claimed. */
export function framesDiffer(actual: readonly Frame[], expected: readonly ToldFrame[]): string | null {
  const python = actual.filter((frame) => frame.kind === "python");
  const differs = expected.findIndex((frame, i) => python[i] === undefined || !isSame(python[i], frame));
  if (differs < 0 && python.length === expected.length) return null;
  const at = differs < 0 ? expected.length : differs;
  const near = <T>(frames: readonly T[]) => JSON.stringify(frames.slice(Math.max(0, at - 2), at + 2)).slice(0, 1000);
  const marks = actual.filter((frame) => frame.kind === "mark").map(({ mark }) => mark);
  return `${python.length} Python frames ${marks}, not ${expected.length}; at ${at}:\n${near(python)}\n${
    near(expected)
  }`;
}

function isSame(actual: PythonFrame, expected: ToldFrame): boolean {
  return actual.function === expected.function && actual.file === expected.file && actual.line === expected.line &&
    (expected.endLine === null || actual.endLine === expected.endLine) &&
    (expected.column === null || actual.column === expected.column) &&
    (expected.endColumn === null || actual.endColumn === expected.endColumn);
}

function failureOf(check: () => void): Result {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof assert.AssertionError) return { fail: error.message };
    throw error;
  }
}
