/**
 * Time in which nothing was looked at, because the profiler itself did not run: it was stopped, or the machine was
 * suspended and its clock went on. What threads did meanwhile nobody knows, so it is in no sample.
 * @module
 */

import { timeText } from "../output/text.ts";
import type { Microseconds } from "../types.ts";

/** A machine that is only busy looks more often. */
const SHORTEST: Microseconds = 10_000_000;
/** And so do slow runs, measured in intervals. */
const SHORTEST_INTERVALS = 4;
const NS_PER_US = 1000;

/** What a record says of when it was taken. */
export interface Timed {
  /** When the thread was looked at, in nanoseconds of some clock. */
  readonly timeNs: number;
  /** Since its last record, in nanoseconds. */
  readonly elapsedNs: number;
}

/** Takes gaps out of the time of samples. At least one thread must be told of at each tick, or every 50 ms. */
export class Gaps {
  readonly #shortest: Microseconds;
  readonly #warn: ((message: string) => void) | undefined;
  readonly #countDropped: () => number;
  #dropped = 0;
  /** When anything was looked at last. */
  #last: Microseconds | null = null;
  #gap: { readonly start: Microseconds; readonly end: Microseconds } | null = null;

  /** `warn` is told of each gap, once; `countDropped` says how many records were lost so far, which leave no gap. */
  constructor(
    interval: Microseconds,
    { warn, countDropped }: { warn?: (message: string) => void; countDropped: () => number },
  ) {
    this.#shortest = Math.max(SHORTEST, interval * SHORTEST_INTERVALS);
    this.#warn = warn;
    this.#countDropped = countDropped;
  }

  /** The time since a thread's last record, in microseconds, less what nobody has seen of it. */
  timeOf({ timeNs, elapsedNs }: Timed): Microseconds {
    const end = timeNs / NS_PER_US;
    const start = end - elapsedNs / NS_PER_US;
    this.#look(end);
    const gap = this.#gap;
    const hidden = gap === null ? 0 : Math.max(0, Math.min(gap.end, end) - Math.max(gap.start, start));
    return Math.round(end - start - hidden);
  }

  #look(now: Microseconds): void {
    const last = this.#last ?? now;
    this.#last = Math.max(last, now);
    if (now - last < this.#shortest) return;
    const dropped = this.#countDropped();
    const isGap = dropped === this.#dropped;
    this.#dropped = dropped;
    if (!isGap) return;
    this.#gap = { start: last, end: now };
    this.#warn?.(
      `nothing was sampled for ${timeText(now - last)}, which no sample counts: was austinp or the machine stopped?`,
    );
  }
}
