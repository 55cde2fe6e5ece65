/**
 * The `# key: value` lines around the samples. Readers take the first empty line as the start of the samples and the
 * one after them as their end, so the empty lines here are the only ones in a file.
 * @module
 */

import type { Mapping, Microseconds, Statistics } from "../types.ts";
import { printable } from "./text.ts";

/** What the header says. */
export interface Header {
  /** The version of Austin whose format this is. */
  readonly austin: string;
  readonly interval: Microseconds;
  readonly mode: "wall" | "cpu";
  /** Version of the target's interpreter; null leaves it out, as all but pipe mode does. */
  readonly python: string | null;
  readonly mappings: readonly Mapping[];
}

/** The lines before the samples, with the empty line that ends them. */
export function headerText({ austin, interval, mode, python, mappings }: Header): string {
  return [
    ...mappings.filter(hasFile).map(mapLine),
    metadataLine("austin", austin),
    metadataLine("interval", interval),
    metadataLine("mode", mode),
    ...(python === null ? [] : [metadataLine("python", python)]),
    "\n",
  ].join("");
}

/** The lines after the samples, with the empty lines around them. `figures` adds those that pipe mode has. */
export function closingText(statistics: Statistics, { figures }: { figures: boolean }): string {
  const { duration, samples, stops, stopMin, stopSum, stopMax, missedTicks } = statistics;
  const lines = [metadataLine("duration", Math.round(duration))];
  if (figures && samples > 0) {
    const mean = stops === 0 ? 0 : stopSum / stops;
    const flagged = statistics.samples - statistics.proved;
    lines.push(
      metadataLine("sampling", [stopMin, mean, stopMax].map((time) => Math.round(time)).join(",")),
      metadataLine("saturation", `${Math.min(missedTicks, samples)}/${samples}`),
      metadataLine("errors", `${flagged}/${samples}`),
      metadataLine("proved", `${statistics.proved}/${samples}`),
      metadataLine("torn", `${statistics.torn}/${samples}`),
    );
  }
  return `\n${lines.join("")}\n`;
}

/** One line of metadata. */
export function metadataLine(key: string, value: string | number): string {
  return `# ${key}: ${printable(String(value))}\n`;
}

/** Whether a mapping is of a file: `[stack]` and the like, and anonymous memory, are not. */
function hasFile({ path }: Mapping): boolean {
  return path !== "" && !path.startsWith("[");
}

/** The path is written whole, blanks and all; readers take what follows the second blank. */
function mapLine({ start, end, path }: Mapping): string {
  return metadataLine("map", `${start.toString(16)}-${end.toString(16)} ${path}`);
}
