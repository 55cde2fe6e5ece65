/**
 * The figures of a run for people, on standard error: a block at the end, a line while it goes on.
 * @module
 */

import type { Microseconds, Statistics } from "../types.ts";
import { counted, timeText } from "./text.ts";

/** The block that closes a run. */
export function statisticsText(statistics: Statistics): string {
  const { duration, gc, samples, stops, stopMin, stopSum, stopMax, unstopped, dropped } = statistics;
  const { ticks, lateSum, lateMax, missedTicks, nativeFrames, knownFrames } = statistics;
  if (samples === 0) return `No samples were taken in ${timeText(duration)}.\n${lossText(statistics)}`;
  const stopTime = stops === 0
    ? "none was stopped"
    : `min ${timeText(stopMin)}, mean ${timeText(stopSum / stops)}, max ${timeText(stopMax)} (${
      counted(stops, "stop")
    })`;
  const nativeText = `${nativeFrames}, of which ${share(knownFrames, nativeFrames)} as in the thread's stack before`;
  return table([
    ["Sampling time", timeText(duration)],
    ["Samples", `${samples}, of which ${share(unstopped, samples)} without a stop`],
    ...(gc === null ? [] : [["Garbage collection", `${timeText(gc)} (${percent(gc, duration)} of the time)`] as const]),
    ["Threads stopped for", stopTime],
    ...(nativeFrames === 0 ? [] : [["Native frames", nativeText] as const]),
    ["Proved", share(statistics.proved, samples)],
    ["Flagged", flaggedText(statistics)],
    ["Dropped", `${dropped}${dropped > 0 ? " (the reader of the samples was too slow)" : ""}`],
    [
      "Ticks",
      `${ticks}, late by ${timeText(ticks === 0 ? 0 : lateSum / ticks)} on average, ${timeText(lateMax)} at most`,
    ],
    ["Missed ticks", `${missedTicks}${missedTicks > 0 ? " (the interval is too short, or the machine too busy)" : ""}`],
  ]);
}

/** The line that stands on a terminal while sampling goes on; without a newline. */
export function progressText(
  { samples, proved, dropped, stops, stopSum }: Statistics,
  elapsed: Microseconds,
): string {
  const seconds = elapsed / 1_000_000;
  const rate = seconds > 0 ? Math.round(samples / seconds) : 0;
  return `${seconds.toFixed(1)} s  ${counted(samples, "sample")} (${rate}/s)` +
    (samples > 0 ? `  ${percent(proved, samples)} proved` : "") +
    (stops > 0 ? `  ${timeText(stopSum / stops)} a stop` : "") + (dropped > 0 ? `  ${dropped} dropped` : "");
}

function flaggedText({ samples, proved, torn, unmatched, truncated, blocked }: Statistics): string {
  const flagged = samples - proved;
  return flagged === 0
    ? "0"
    : `${share(flagged, samples)}: ${torn} torn, ${unmatched} unmatched, ${truncated} truncated, ${blocked} blocked`;
}

/** Why there may be none. */
function lossText({ dropped, missedTicks }: Statistics): string {
  if (dropped + missedTicks === 0) return "";
  return `${counted(dropped, "sample")} dropped, ${counted(missedTicks, "tick")} missed.\n`;
}

function share(part: number, whole: number): string {
  return `${part} (${percent(part, whole)})`;
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : part / whole * 100).toFixed(1)} %`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join("");
}
