/**
 * `/proc/PID/stat`: text in, the fields that this program asks for out. Numbers as in `proc_pid_stat(5)`.
 * @module
 */

import { type Address, ADDRESS_LIMIT, type Pid } from "../types.ts";

/** What a stat file says. */
export interface ProcessStat {
  readonly pid: Pid;
  /** `comm` as it is: it may hold blanks, parentheses and newlines. */
  readonly name: string;
  /** The letter, as `R`, `S`, `D`, `T`, `t`, `Z`. */
  readonly state: string;
  readonly parent: Pid;
  /** Number of threads, the main one included. */
  readonly threads: number;
  /** When it started, in clock ticks (1/100 s) since boot. With `pid` it names a process once and for all. */
  readonly startTicks: number;
  /** The highest address of the main thread's stack, or null where the kernel does not tell (it tells a tracer). */
  readonly startStack: Address | null;
}

// Field numbers of proc_pid_stat(5), counted from 1; `state` is the first behind the name.
const STATE = 3;
const PARENT = 4;
const THREADS = 20;
const START_TIME = 22;
const START_STACK = 28;

/** Parses a stat file, or null where it is none (a process that has just ended leaves an empty one). */
export function parseStat(text: string): ProcessStat | null {
  const open = text.indexOf("(");
  // The name may hold ")" itself, the fields behind it do not: the last one closes it.
  const close = text.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  const fields = text.slice(close + 1).trim().split(/\s+/);
  function field(number: number): string {
    return fields[number - STATE] ?? "";
  }
  const pid = Number(text.slice(0, open));
  const parent = Number(field(PARENT));
  const threads = Number(field(THREADS));
  const startTicks = Number(field(START_TIME));
  const state = field(STATE);
  const numbers = [pid, parent, threads, startTicks];
  if (fields.length <= START_TIME - STATE || !numbers.every(Number.isSafeInteger) || !/^[A-Za-z]$/.test(state)) {
    return null;
  }
  const startStack = Number(field(START_STACK));
  return {
    pid,
    name: text.slice(open + 1, close),
    state,
    parent,
    threads,
    startTicks,
    // 0 and 1 stand for "none" and "not for you" (do_task_stat() in fs/proc/array.c).
    startStack: startStack > 1 && startStack < ADDRESS_LIMIT ? startStack : null,
  };
}
