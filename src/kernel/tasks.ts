/**
 * The tasks of a process, from `/proc/PID/task`.
 *
 * Their ids are those of our own pid namespace, whatever the process's is: threads of CPython are told apart by their
 * thread pointer, never by the id that they have in there.
 * @module
 */

import type { Pid, Tid } from "../types.ts";
import { readTextOrNull } from "./proc_file.ts";

/** The name of a task (`comm`), or null when the task has ended. */
export function taskName(pid: Pid, tid: Tid): string | null {
  const text = readTextOrNull(`/proc/${pid}/task/${tid}/comm`);
  // The kernel adds one newline to a name that may hold others.
  return text === null ? null : text.replace(/\n$/, "");
}

/** More tasks than a process can have (`PID_MAX_LIMIT` of the kernel) are none. */
const MOST_TASKS = 2 ** 22;

/** The ids of a process's tasks; none when it has ended. */
export function taskIds(pid: Pid): Tid[] {
  try {
    const names = Array.from(Deno.readDirSync(`/proc/${pid}/task`).take(MOST_TASKS), ({ name }) => name);
    return names.filter((name) => /^\d{1,10}$/.test(name)).map(Number);
  } catch {
    return [];
  }
}
