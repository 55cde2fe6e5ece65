/**
 * What a task is doing as the kernel sees it: `/proc/PID/task/TID/stat`, `syscall` and `wchan`; text in, records out.
 *
 *     202 0x7f12 0x189 0x0 0x0 0x0 0xffffffff 0x7ffc0 0x7f10     number, six arguments, stack pointer, program counter
 *     -1 0x7ffc0 0x7f10                                          blocked, but in no system call: a page fault
 *     running
 *
 * The last three are for whoever may trace the task; a task that runs has no more to tell.
 * @module
 */

import type { Pid, TaskActivity, Tid } from "../types.ts";
import { type ReadText, readTextOrNull } from "./proc_file.ts";
import { parseStat } from "./stat.ts";
import { systemCallName } from "./system_calls.ts";

const SYSTEM_CALL = /^(\d{1,6})((?: 0x[0-9a-f]{1,16}){6}) 0x[0-9a-f]+ 0x[0-9a-f]+\s*$/;

/** What a task is doing; null when it has ended. It is not stopped for that. */
export function taskActivity(pid: Pid, tid: Tid, readText?: ReadText): TaskActivity | null {
  const read = (name: string) => readTextOrNull(`/proc/${pid}/task/${tid}/${name}`, readText);
  const stat = parseStat(read("stat") ?? "");
  if (stat === null) return null;
  const channel = read("wchan")?.trim() ?? "";
  return {
    state: stat.state,
    systemCall: parseSystemCall(read("syscall") ?? ""),
    // 0 stands for none, and for one that we may not see.
    waitChannel: channel === "" || channel === "0" ? null : channel,
  };
}

/** What `syscall` says; null for a task that is in no system call. */
export function parseSystemCall(text: string): TaskActivity["systemCall"] {
  const [, digits, words] = SYSTEM_CALL.exec(text) ?? [];
  if (digits === undefined) return null;
  const number = Number(digits);
  return { number, name: systemCallName(number), arguments: words.trim().split(" ") };
}
