/**
 * The tasks of a process, from `/proc/PID/task`: which there are, their names, and their ids in the process's own
 * pid namespace.
 * @module
 */

import { NoSuchProcessError } from "../errors.ts";
import type { Pid, Tid } from "../types.ts";
import { explainDenied } from "./access.ts";
import { isDenied, isGone, readTextOrNull } from "./proc_file.ts";
import { parseStatus } from "./status.ts";

/**
 * The tasks of a process in the order in which they were created, the main one first: the kernel lists them so, and
 * the ids themselves do not tell once they have wrapped around.
 * @throws {NoSuchProcessError} when there is no such process
 * @throws {PermissionError} when its tasks may not be listed
 */
export function listTasks(pid: Pid): Tid[] {
  try {
    return [...Deno.readDirSync(`/proc/${pid}/task`)].map((entry) => Number(entry.name)).filter(Number.isSafeInteger);
  } catch (error) {
    if (isGone(error)) throw new NoSuchProcessError(pid, { cause: error });
    if (isDenied(error)) throw explainDenied(pid, { cause: error });
    throw error;
  }
}

/** The name of a task (`comm`), or null when the task has ended. */
export function taskName(pid: Pid, tid: Tid): string | null {
  const text = readTextOrNull(`/proc/${pid}/task/${tid}/comm`);
  // The kernel adds one newline to a name that may hold others.
  return text === null ? null : text.replace(/\n$/, "");
}

/**
 * Maps the ids that the process itself uses for its tasks (`gettid()` in its innermost pid namespace, which is what
 * CPython keeps) to the ids under which this process knows them. Tasks that have ended are left out.
 */
export function namespacedTids(pid: Pid, tids: Iterable<Tid>): Map<number, Tid> {
  const hostTids = new Map<number, Tid>();
  for (const tid of tids) {
    const text = readTextOrNull(`/proc/${pid}/task/${tid}/status`);
    const own = text === null ? undefined : parseStatus(text).namespaceTids.at(-1);
    if (own !== undefined) hostTids.set(own, tid);
  }
  return hostTids;
}
