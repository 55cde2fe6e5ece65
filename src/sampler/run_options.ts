/**
 * How one process is sampled.
 * @module
 */

import type { Microseconds } from "../types.ts";

/** How samples are taken. */
export interface RunOptions {
  /** 0 is as often as can be. */
  readonly interval: Microseconds;
  /** Whether threads are stopped, for their native frames (default); else Python frames alone are read while they run. */
  readonly native?: boolean;
  /** Whether to read kernel stacks, which takes root and native frames. */
  readonly kernel: boolean;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
  /** Leaves out samples of idle threads. */
  readonly skipIdle: boolean;
  /** Looks for threads that collect garbage. */
  readonly gc: boolean;
  /** Measures memory. */
  readonly memory: boolean;
  /** Whether a thread may be stopped for its registers in a call that returns EINTR then; by default it is not. */
  readonly allowEintr?: boolean;
  /** Whether ticks come at random within each interval (default), or exactly an interval apart. */
  readonly jitter?: boolean;
  /** The share of the time, up to 1, that the threads of a process may be stopped; null (default) for any. */
  readonly overheadBudget?: number | null;
  /** Whether to look up the source lines of native frames, and the calls that were inlined there, at once. */
  readonly lines?: boolean;
  /** Told what cannot be had, where the work goes on without it. */
  readonly warn?: (message: string) => void;
}

/** Whether samples have to tell who holds the GIL. */
export function watchesGil({ gc, memory }: RunOptions): boolean {
  return gc || memory;
}
