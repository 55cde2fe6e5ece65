/**
 * `--diff`: two recordings in; a table of what has changed out, and where a file is named, a flame graph.
 * @module
 */

import { InputError, UsageError } from "../errors.ts";
import { RecordingReader } from "../input/recording.ts";
import { Comparison, type Side } from "../output/diff/comparison.ts";
import { diffPage } from "../output/diff/page.ts";
import { tableText } from "../output/diff/table.ts";
import type { FormatName } from "../output/formats.ts";
import { modeNamed } from "../output/metadata.ts";
import { weightOf } from "../output/profile/stacks.ts";
import { type Shape, Shaper } from "../output/shape.ts";
import type { Writer } from "../output/writer.ts";
import type { Mode } from "../types.ts";
import { BadLines } from "./bad_lines.ts";
import { checkTellsIdle } from "./convert.ts";
import type { Limit } from "./option.ts";
import type { Platform } from "./platform.ts";

/** Which recordings, and where what to. */
export interface DiffOptions {
  readonly platform: Pick<Platform, "readFile">;
  /** Where the flame graph goes; null without one. */
  readonly page: Writer | null;
  /** Where the table goes. */
  readonly table: Writer;
  readonly format: FormatName;
  readonly shape: Shape;
  readonly failIf: readonly Limit[];
  /** Told of what is left out, and of which limits are exceeded. */
  readonly warn: (message: string) => void;
}

/**
 * Compares two files, of which one may be standard input, `-`. Whether no limit is exceeded.
 *
 * @throws {InputError} where one cannot be read, both measure different things, or a limit is of a function of neither.
 * @throws {UsageError} if the form that is asked for is none for comparisons.
 * @throws {OutputError} as `Writer.flush`.
 */
export async function diff(paths: Readonly<Record<Side, string>>, options: DiffOptions): Promise<boolean> {
  const { page, table, format, failIf, warn } = options;
  if (page !== null && format !== "flamegraph") {
    throw new UsageError("a comparison is written as a flame graph: name a file that ends in .html, or none");
  }
  const comparison = new Comparison(failIf.map((limit) => limit.function));
  const before = await read(comparison, { path: paths.before, side: "before" }, options);
  const after = await read(comparison, { path: paths.after, side: "after" }, options);
  if ((before === "memory") !== (after === "memory")) {
    throw new InputError(`The recordings cannot be compared: one measures memory, the other time`, 0);
  }
  const weight = weightOf(after);
  if (page !== null) {
    const about = { interval: 0, mode: after, python: null, weight, samples: comparison.shares.after.samples };
    for (const chunk of diffPage(comparison, about)) page.write(chunk);
    await page.flush();
  }
  table.write(tableText(comparison, comparison.changes(), weight));
  await table.flush();
  const excesses = failIf.flatMap((limit) => excess(comparison, limit));
  for (const text of excesses) warn(text);
  return excesses.length === 0;
}

/** The mode of a recording, all of which is read. */
async function read(
  comparison: Comparison,
  { path, side }: { path: string; side: Side },
  { platform, shape, warn }: DiffOptions,
): Promise<Mode> {
  const shaper = new Shaper(shape, () => null);
  const badLines = new BadLines((text) => warn(`${path}: ${text}`));
  const reader = new RecordingReader((line) => badLines.add(line));
  let mode: Mode = "wall";
  const take = (recorded: ReturnType<typeof reader.read>) => {
    for (const one of recorded) {
      if (one.kind === "metadata" && one.key === "mode") mode = modeNamed(one.value) ?? mode;
      if (one.kind === "sample") checkTellsIdle(shape, mode);
      const sample = one.kind === "sample" ? shaper.of(one.sample) : null;
      if (sample !== null) comparison.add(side, sample, weightOf(mode));
    }
  };
  for await (const piece of platform.readFile(path)) take(reader.read(piece));
  take(reader.end());
  badLines.end();
  return mode;
}

/**
 * What to say of a function that has grown too much; nothing of others.
 *
 * @throws {InputError} where there is no such function: a limit that nothing can exceed is none.
 */
function excess(comparison: Comparison, { growth, function: name }: Limit): string[] {
  const change = comparison.named(name);
  if (change === null) {
    throw new InputError(`Neither recording has a function '${name}', which --fail-if has a limit for`, 0);
  }
  const { before, after, verdict } = change;
  if (verdict !== "grew" || after.share <= before.share * (1 + growth)) return [];
  const [was, is] = [before, after].map(({ share }) => `${(100 * share).toFixed(2)} %`);
  return [`${name} has grown from ${was} to ${is}, by more than ${+(growth * 100).toFixed(4)} % of that`];
}
