/**
 * `--convert`: a recording in, MOJO or collapsed text; any format out.
 * @module
 */

import { InputError } from "../errors.ts";
import { RecordingReader } from "../input/recording.ts";
import type { Chunk } from "../output/chunk.ts";
import { type FormatName, recordingFormat } from "../output/formats.ts";
import { modeNamed, tellsIdle } from "../output/metadata.ts";
import { type Shape, Shaper } from "../output/shape.ts";
import { RecordedThreads } from "../output/thread_metadata.ts";
import type { Writer } from "../output/writer.ts";
import type { Mode, Recorded } from "../types.ts";
import { BadLines } from "./bad_lines.ts";
import type { Platform } from "./platform.ts";

/** From where, to where, and into what. */
export interface Conversion {
  readonly platform: Pick<Platform, "readFile">;
  readonly writer: Writer;
  readonly format: FormatName;
  readonly shape: Shape;
  /** The version of MOJO. */
  readonly mojo: 3 | 4;
  /** Told of what is left out. */
  readonly warn: (message: string) => void;
}

/** A little input may stand for much output, so it is written before all of a piece is read. */
const FLUSHED_SIZE = 2 ** 20;

/**
 * Converts the file at `path`, `-` being standard input.
 *
 * @throws {InputError} where it cannot be read on; all before that has been written then.
 * @throws {OutputError} as `Writer.flush`.
 */
export async function convert(
  path: string,
  { platform, writer, format: name, mojo, shape, warn }: Conversion,
): Promise<void> {
  const threads = new RecordedThreads();
  const { threadName, pythonName } = threads;
  const format = recordingFormat(name, { mojo, shape, threadName, pythonName });
  const shaper = new Shaper(shape, threadName, pythonName);
  const badLines = new BadLines(warn);
  const reader = new RecordingReader((line) => badLines.add(line));
  let pending = 0;
  async function write(chunks: Iterable<Chunk>): Promise<void> {
    for (const chunk of chunks) {
      writer.write(chunk);
      pending += chunk.length;
      if (pending < FLUSHED_SIZE) continue;
      await writer.flush();
      pending = 0;
    }
  }
  let mode: Mode | null = null;
  function* formatted(recorded: Iterable<Recorded>): Generator<Chunk> {
    for (const one of recorded) {
      if (one.kind === "metadata") threads.learn(one.key, one.value);
      if (one.kind === "metadata" && one.key === "mode") mode = modeNamed(one.value);
      if (one.kind === "sample") checkTellsIdle(shape, mode);
      const sample = one.kind === "sample" ? shaper.of(one.sample) : null;
      if (sample !== null) yield format.recorded({ kind: "sample", sample });
      else if (one.kind !== "sample") yield format.recorded(one);
    }
  }
  try {
    for await (const piece of platform.readFile(path)) {
      await write(formatted(reader.read(piece)));
      await writer.flush();
    }
    await write(formatted(reader.end()));
  } finally {
    badLines.end();
    await write(format.end());
    await writer.flush();
    for (const warning of format.warnings?.() ?? []) warn(warning);
  }
}

/** @throws {InputError} where threads that waited are to be told apart, and the recording does not tell them. */
export function checkTellsIdle({ cpu }: Shape, mode: Mode | null): void {
  if (cpu === null || (mode !== null && tellsIdle(mode))) return;
  const known = mode === null ? "its mode is not known" : `it was taken in ${mode} mode`;
  throw new InputError(`The recording does not tell which threads waited: ${known}. Sample with -f for that`, 0);
}
