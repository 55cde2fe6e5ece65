/**
 * What a process uses, as the kernel counts it.
 * @module
 */

/** USER_HZ, in which the kernel tells times. */
const TICKS_PER_SECOND = 100;

/** What a process has used up, and holds. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** @throws {Deno.errors.NotFound} where there is no such process. */
export function usageOf(pid: number): Usage {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1].split(" ");
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentBytes: Number(status.match(/^VmRSS:\s+(\d+)/m)?.[1] ?? 0) * 1024,
  };
}
