/**
 * The `# key: value` lines around the samples. Readers take the first empty line as the start of the samples and the
 * one after them as their end, so the empty lines here are the only ones in a file.
 * @module
 */

import type { ByteCount, MappedModule, Mapping, Microseconds, Mode, Statistics } from "../types.ts";
import { printable } from "./text.ts";

/** What the header says. */
export interface Header {
  /** The version of Austin whose format this is. */
  readonly austin: string;
  readonly interval: Microseconds;
  readonly mode: Mode;
  /** Physical memory of the machine; null leaves it out, as modes that do not measure memory do. */
  readonly memory: ByteCount | null;
  /** Whether child processes are sampled too. */
  readonly multiprocess?: boolean;
  /** Whether to say that garbage collection is looked for, as Austin 4 does. */
  readonly gc?: boolean;
  /** Version of the target's interpreter; null leaves it out, as all but pipe mode does. */
  readonly python: string | null;
  readonly mappings: readonly Mapping[];
}

const KIB = 1024;

const MODES: readonly Mode[] = ["wall", "cpu", "memory", "full"];

/** The mode that a value of `mode` names; null where there is none of that name. */
export function modeNamed(value: string | undefined): Mode | null {
  return MODES.find((mode) => mode === value) ?? null;
}

/** Whether samples of a mode have what memory has changed by. */
export function measuresMemory(mode: Mode): boolean {
  return mode === "memory" || mode === "full";
}

/** Whether recordings of a mode tell which threads waited; in others, their samples are among those of the others. */
export function tellsIdle(mode: Mode): boolean {
  return mode === "cpu" || mode === "full";
}

/** A key and its value. */
export type Metadata = readonly [key: string, value: string];

/** What is said before the samples. */
export function headerMetadata(header: Header): Metadata[] {
  const { austin, interval, mode, memory, multiprocess = false, gc = false, python, mappings } = header;
  const version: Metadata[] = python === null ? [] : [["python", python]];
  return [
    ...mapMetadata(mappings),
    ...(multiprocess ? version : []),
    ["austin", austin],
    ["interval", String(interval)],
    ["mode", mode],
    ...(memory === null ? [] : [["memory", String(Math.round(memory / KIB))] as const]),
    ...(multiprocess ? [["multiprocess", "on"] as const] : []),
    ...(gc ? [["gc", "on"] as const] : []),
    ...(multiprocess ? [] : version),
  ];
}

/** What is said of a process when it joins. */
export function mapMetadata(mappings: readonly Mapping[]): Metadata[] {
  return mappings.filter(hasFile).flatMap(mapping);
}

/** What is said after the samples. `figures` adds what pipe mode has. */
export function closingMetadata(statistics: Statistics, { figures }: { figures: boolean }): Metadata[] {
  const { duration, gc, samples, proved, torn, stops, stopMin, stopSum, stopMax, missedTicks } = statistics;
  const metadata: Metadata[] = [["duration", String(Math.round(duration))]];
  if (gc !== null) metadata.push(["gc", String(Math.round(gc))]);
  if (!figures || samples === 0) return metadata;
  const mean = stops === 0 ? 0 : stopSum / stops;
  metadata.push(
    ["sampling", [stopMin, mean, stopMax].map((time) => Math.round(time)).join(",")],
    ["saturation", `${Math.min(missedTicks, samples)}/${samples}`],
    ["errors", `${samples - proved}/${samples}`],
    ["proved", `${proved}/${samples}`],
    ["torn", `${torn}/${samples}`],
  );
  return metadata;
}

/** The lines before the samples, with the empty line that ends them. */
export function headerText(header: Header): string {
  return `${lines(headerMetadata(header))}\n`;
}

/** The lines that come among the samples when a process joins. */
export function mapText(mappings: readonly Mapping[]): string {
  return lines(mapMetadata(mappings));
}

/** The lines after the samples, with the empty lines around them. */
export function closingText(statistics: Statistics, options: { figures: boolean }): string {
  return `\n${lines(closingMetadata(statistics, options))}\n`;
}

function lines(metadata: readonly Metadata[]): string {
  return metadata.map(([key, value]) => metadataLine(key, value)).join("");
}

/** One line of metadata. */
export function metadataLine(key: string, value: string): string {
  return `# ${key}: ${printable(value)}\n`;
}

/** Whether a mapping is of a file: `[stack]` and the like, and anonymous memory, are not. */
function hasFile({ path }: Mapping): boolean {
  return path !== "" && !path.startsWith("[");
}

/** The path is written whole, blanks and all; readers take what follows the second blank. */
function mapping({ start, end, path, module }: Mapping): Metadata[] {
  const map: Metadata = ["map", `${hex(start)}-${hex(end)} ${path}`];
  return module === undefined ? [map] : [map, ["build-id", moduleText(path, module)]];
}

const MODULE = /^([0-9a-f]+|-) ([0-9a-f]+)-([0-9a-f]+) (-?[0-9a-f]+) (.+)$/s;

/** What is said of a module: build-id or `-`, addresses, load bias, path. */
function moduleText(path: string, { start, end, loadBias, buildId }: MappedModule): string {
  return `${buildId ?? "-"} ${hex(start)}-${hex(end)} ${hex(loadBias)} ${path}`;
}

/** Reads the value of `build-id` metadata; null where it is malformed. */
export function parseModule(text: string): MappedModule & { readonly path: string } | null {
  const match = MODULE.exec(text);
  if (match === null) return null;
  const [, id, start, end, loadBias, path] = match;
  return {
    buildId: id === "-" ? null : id,
    start: parseInt(start, 16),
    end: parseInt(end, 16),
    loadBias: parseInt(loadBias, 16),
    path,
  };
}

function hex(value: number): string {
  return value.toString(16);
}
