/**
 * What /proc says of a process that must not have been harmed.
 * @module
 */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";

const LOOK_MS = 2;
const LOOKS = 2_000;

/** A thread as its status file describes it. */
export interface Task {
  readonly tid: number;
  /** The letter. */
  readonly state: string;
  readonly tracer: number;
  /** How often it has left a CPU: each stop is one more. */
  readonly switches: number;
}

/** All threads of a process; none if there is no such process. */
export function tasksOf(pid: number): Task[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) => taskOf(pid, Number(name)) ?? []);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function taskOf(pid: number, tid: number): Task | null {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${tid}/status`);
    const state = text.match(/^State:\s+(\w)/m)![1];
    const number = (field: string) => Number(text.match(new RegExp(`^${field}:\\s+(\\d+)`, "m"))![1]);
    const switches = number("voluntary_ctxt_switches") + number("nonvoluntary_ctxt_switches");
    return { tid, state, tracer: number("TracerPid"), switches };
  } catch {
    return null; // it ended meanwhile
  }
}

/** Claims that no thread of a process is stopped or traced. */
export function assertUntouched(pid: number): void {
  const tasks = tasksOf(pid);
  assert.ok(tasks.length > 0, `process ${pid} is gone`);
  assert.deepEqual(tasks.filter(({ state, tracer }) => tracer !== 0 || /[TtZX]/.test(state)), []);
}

/** Waits until a condition holds that nothing announces. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (condition()) return;
    await delay(LOOK_MS);
  }
  assert.fail(`Waited ${LOOKS * LOOK_MS / 1000} s until ${what}`);
}
