/**
 * `-w`: what every thread of a process is doing, as text or JSON, once or again and again, or what has changed since a
 * dump was saved.
 * @module
 */

import { InputError, NoPythonFamilyError, NoSuchProcessError, NotPythonError } from "../errors.ts";
import { movedText, parseSaved, type SavedDump } from "../output/diff/moved.ts";
import { metadataLine } from "../output/metadata.ts";
import { timeText } from "../output/text.ts";
import { whereText } from "../output/where.ts";
import { whereJson } from "../output/where_json.ts";
import { delay } from "../std/async.ts";
import type { Dump, Pid } from "../types.ts";
import type { DumpStyle } from "./dump_requests.ts";
import type { Engine } from "./engine.ts";
import { versionText } from "./help.ts";
import { isColoured, type Platform } from "./platform.ts";
import type { Surroundings } from "./sampling.ts";

/** How dumps are taken and told. */
export interface WhereSurroundings extends Surroundings {
  readonly style: DumpStyle;
  readonly warn: (message: string) => void;
}

/** A dump of a thousand threads is some megabytes. */
const MOST_SAVED = 2 ** 28;

/**
 * Writes a dump of the process, and goes on with that where it is to be watched, until it has ended.
 *
 * @throws {InputError} where the saved dump is none; and whatever `Engine.where` throws.
 */
export async function where(pid: Pid, engine: Engine, surroundings: WhereSurroundings): Promise<number> {
  const { options: { watch, saved: path }, platform } = surroundings;
  const saved = path === null ? null : parseSaved(await textOf(path, platform));
  await dumpOnce(pid, engine, { ...surroundings, saved });
  while (watch !== null) {
    await delay(watch / 1000);
    try {
      await dumpOnce(pid, engine, { ...surroundings, saved });
    } catch (error) {
      const hasEnded = [NoSuchProcessError, NotPythonError, NoPythonFamilyError].some((kind) => error instanceof kind);
      if (hasEnded) return 0;
      throw error;
    }
  }
  return 0;
}

async function dumpOnce(
  pid: Pid,
  engine: Engine,
  { options, platform, writer, log, style: plain, warn, saved }: WhereSurroundings & { saved: SavedDump | null },
): Promise<void> {
  const { program, native, kernel, gc, timeout, pipe, quiet, output, children, watch } = options;
  const how = { native, kernel, gc, timeout, lines: true, warn };
  const dumps = children ? await engine.whereFamily(pid, how) : [await engine.where(pid, how)];
  const version = dumps.find((dump) => dump.pid === pid)?.version;
  for (const dump of dumps) log.debug(`process ${dump.pid} runs CPython ${dump.version}`);
  const style = { ...plain, colour: output === null && isColoured(platform, "stdout") };
  if (!pipe && !quiet) platform.stderr.print(`${versionText(program)}Python version: ${version ?? "none"}\n`);
  if (saved !== null) writer.write(movedText(saved, dumps));
  else if (options.json) writer.write(whereJson(dumps, { ...style, isLine: watch !== null }));
  else {
    if (pipe && version !== undefined) writer.write(metadataLine("python", version));
    for (const dump of dumps) writer.write(whereText(dump, { ...style, isChild: dump.pid !== pid }));
  }
  await writer.flush();
  if (!pipe && !quiet) {
    platform.stderr.print(`\nThe threads were ${native ? `stopped for ${longestStop(dumps)}` : "not stopped"}.\n`);
  }
}

function longestStop(dumps: readonly Dump[]): string {
  return timeText(Math.max(...dumps.map(({ stopTime }) => stopTime)));
}

async function textOf(path: string, platform: Pick<Platform, "readFile">): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of platform.readFile(path)) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MOST_SAVED) throw new InputError(`Cannot read '${path}': it is too long for a dump`, MOST_SAVED);
  }
  return text + decoder.decode();
}
