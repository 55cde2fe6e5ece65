/**
 * Statistics of several runs taken together.
 * @module
 */

import type { Statistics } from "../types.ts";

/** Those of a run that has not begun. */
export function emptyStatistics(): Statistics {
  return {
    duration: 0,
    gc: null,
    samples: 0,
    proved: 0,
    torn: 0,
    unmatched: 0,
    truncated: 0,
    blocked: 0,
    unstopped: 0,
    dropped: 0,
    ticks: 0,
    lateSum: 0,
    lateMax: 0,
    missedTicks: 0,
    stops: 0,
    stopMin: 0,
    stopSum: 0,
    stopMax: 0,
    nativeFrames: 0,
    knownFrames: 0,
  };
}

const KEYS = Object.keys(emptyStatistics()).filter((key) => key !== "gc") as Exclude<keyof Statistics, "gc">[];

/** Counts and times add up; of the shortest and the longest stop there is one. The runs may have overlapped. */
export function sumOf(parts: readonly Statistics[]): Statistics {
  const sum = emptyStatistics();
  for (const part of parts) {
    const { stopMin, stopMax, stops, lateMax } = sum;
    for (const key of KEYS) sum[key] += part[key];
    if (part.gc !== null) sum.gc = (sum.gc ?? 0) + part.gc;
    sum.stopMax = Math.max(stopMax, part.stopMax);
    sum.lateMax = Math.max(lateMax, part.lateMax);
    sum.stopMin = part.stops === 0 ? stopMin : stops === 0 ? part.stopMin : Math.min(stopMin, part.stopMin);
  }
  return sum;
}
