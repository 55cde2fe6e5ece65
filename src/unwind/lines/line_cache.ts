/**
 * Source lines that were found in a file, kept on the disk for the next run: libbfd reads all of a file's information
 * before it has the first of them.
 *
 * They are kept as libbfd told them. What is there is of the same build-id and of files as large, or it is not used.
 * @module
 */

import type { LineAnswer } from "../../ffi/line_reader.ts";
import type { ByteCount, FileAddress, SourceLine } from "../../types.ts";
import { DiskCache } from "../disk_cache.ts";
import type { LineFile } from "./line_file.ts";

/** Goes up when other lines are found than before. */
const VERSION = 1;
/** A program's stacks lead through some hundred places of a library; a long run may see more. */
const MOST_LINES = 4096;
const MAX_TOTAL: ByteCount = 32 * 2 ** 20;

/** What lines are of. */
export interface LineKey {
  readonly buildId: string;
  readonly file: LineFile;
}

/** What was found of one file. */
export type Lines = ReadonlyMap<FileAddress, LineAnswer>;

interface Contents {
  readonly key: string;
  readonly lines: readonly (readonly [FileAddress, LineAnswer])[];
}

/** Lines by what they are of. */
export class LineCache {
  readonly #files: DiskCache;

  /** Keeps files in `folder`. */
  constructor(folder: string) {
    this.#files = new DiskCache(folder, { ending: ".lines", maxTotal: MAX_TOTAL });
  }

  /** What was kept under a key, maybe nothing. */
  read(key: LineKey): Lines {
    const bytes = this.#files.read(key.buildId);
    const contents = bytes === null ? null : parse(bytes);
    if (contents === null || contents.key !== textOf(key)) return new Map();
    this.#files.touch(key.buildId);
    return new Map(contents.lines);
  }

  /** Keeps lines, the last ones where they are too many, in place of what was there. */
  write(key: LineKey, lines: Lines): void {
    const contents: Contents = { key: textOf(key), lines: [...lines].slice(-MOST_LINES) };
    this.#files.write(key.buildId, new TextEncoder().encode(JSON.stringify(contents)));
  }
}

function textOf({ buildId, file: { path, alternate } }: LineKey): string {
  return JSON.stringify([VERSION, buildId, sizeOf(path), alternate === null ? null : sizeOf(alternate)]);
}

function sizeOf(path: string): ByteCount {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}

/** Null for what is damaged. */
function parse(bytes: Uint8Array): Contents | null {
  try {
    const contents = JSON.parse(new TextDecoder().decode(bytes));
    return isContents(contents) ? contents : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isContents(value: Contents | null): value is Contents {
  const isRow = (row: unknown) =>
    Array.isArray(row) && row.length === 2 && Number.isSafeInteger(row[0]) && Array.isArray(row[1]) &&
    row[1].every(isLine);
  return typeof value?.key === "string" && Array.isArray(value.lines) && value.lines.every(isRow);
}

function isLine(line: SourceLine | null): boolean {
  return typeof line?.file === "string" && typeof line.function === "string" && Number.isSafeInteger(line.line);
}
