/**
 * `/proc/PID/status` and `/proc/PID/task/TID/status`: text in, the fields that this program asks for out.
 * @module
 */

import type { Pid } from "../types.ts";

/** What a status file says. Fields that an older kernel lacks have the value that means "nothing special". */
export interface ProcessStatus {
  /** `comm`, at most 15 bytes. */
  readonly name: string;
  /** The letter, as `R`, `S`, `D`, `T`, `t`, `Z`; empty if the file has none. */
  readonly state: string;
  /** Process id of the task's process, as the reader sees it. */
  readonly pid: Pid;
  /** Process that traces this task, 0 for none (or for one that the reader's pid namespace does not show). */
  readonly tracer: Pid;
  /** Real, effective and saved user id. */
  readonly uids: readonly number[];
  /** Real, effective and saved group id. */
  readonly gids: readonly number[];
  /** Ids of the task in each pid namespace that it is in: the reader's first, its own last. */
  readonly namespaceTids: readonly number[];
  /** Ids of the task's process in the same namespaces. */
  readonly namespacePids: readonly number[];
  /** Capabilities that are permitted and in effect, bit by bit as `capabilities(7)` numbers them. */
  readonly permittedCapabilities: bigint;
  readonly effectiveCapabilities: bigint;
  /** 0 none, 1 strict, 2 a filter. */
  readonly seccomp: number;
  /** Whether the task belongs to the kernel: it has no memory. */
  readonly kernelThread: boolean;
}

/** Parses a status file. Never throws: what is missing or malformed has its neutral value. */
export function parseStatus(text: string): ProcessStatus {
  const fields = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const tgid = decimals(fields.get("Tgid"))[0] ?? 0;
  const tid = decimals(fields.get("Pid"))[0] ?? 0;
  return {
    name: unescapeName(fields.get("Name") ?? ""),
    state: (fields.get("State") ?? "").slice(0, 1),
    pid: tgid,
    tracer: decimals(fields.get("TracerPid"))[0] ?? 0,
    uids: decimals(fields.get("Uid")).slice(0, 3),
    gids: decimals(fields.get("Gid")).slice(0, 3),
    // Kernels before 4.1 have neither line: there the reader's ids are all there is to know.
    namespaceTids: fields.has("NSpid") ? decimals(fields.get("NSpid")) : [tid],
    namespacePids: fields.has("NStgid") ? decimals(fields.get("NStgid")) : [tgid],
    permittedCapabilities: capabilities(fields.get("CapPrm")),
    effectiveCapabilities: capabilities(fields.get("CapEff")),
    seccomp: decimals(fields.get("Seccomp"))[0] ?? 0,
    // A zombie has no memory either. "Kthread" is told since Linux 6.11.
    kernelThread: fields.get("Kthread") === "1" ||
      (fields.size > 0 && !fields.has("VmSize") && !/^[ZX]/.test(fields.get("State") ?? "")),
  };
}

function decimals(value: string | undefined): number[] {
  if (value === undefined) return [];
  return value.split(/\s+/).filter((word) => /^\d{1,15}$/.test(word)).map(Number);
}

function capabilities(value: string | undefined): bigint {
  return value !== undefined && /^[0-9a-f]{1,16}$/.test(value) ? BigInt(`0x${value}`) : 0n;
}

/** The kernel escapes newline and backslash in this line (`proc_task_name()` in fs/proc/array.c). */
function unescapeName(name: string): string {
  return name.replace(/\\(n|\\)/g, (_, escaped) => escaped === "n" ? "\n" : "\\");
}
