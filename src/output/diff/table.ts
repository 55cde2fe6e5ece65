/**
 * A comparison as a table for people.
 * @module
 */

import { frameText } from "../profile/frames.ts";
import type { Weight } from "../profile/stacks.ts";
import { counted, timeText } from "../text.ts";
import type { Change, Comparison } from "./comparison.ts";

/** So many functions are shown at most. */
const MOST_ROWS = 40;

/** What has grown, by how much, and whether that is noise. */
export function tableText({ shares }: Comparison, changes: readonly Change[], { unit }: Weight): string {
  const [before, after] = [shares.before, shares.after].map(({ weight, samples }) =>
    `${unit === "bytes" ? counted(weight, "byte") : timeText(weight)} in ${counted(samples, "sample")}`
  );
  const real = changes.filter(({ verdict }) => verdict !== "noise");
  const rows = [...real, ...changes.filter(({ verdict }) => verdict === "noise")].slice(0, MOST_ROWS);
  return `before: ${before}\nafter:  ${after}\n` +
    `${counted(changes.length, "function")}, of which ${real.length} changed by more than noise\n\n` +
    " before   after  change      self          function\n" +
    rows.map(rowText).join("");
}

function rowText({ frame, before, after, verdict }: Change): string {
  const columns = [
    percent(before.share).padStart(7),
    percent(after.share).padStart(7),
    signed(after.share - before.share).padStart(7),
    `${signed(after.self - before.self).padStart(7)} `,
    verdict.padEnd(6),
    frameText(frame),
  ];
  return `${columns.join(" ")}\n`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function signed(share: number): string {
  const text = (100 * share).toFixed(1);
  return share > 0 ? `+${text}` : text;
}
