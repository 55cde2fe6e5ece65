/**
 * Line tables of code objects: from an instruction to its place in the source.
 *
 * Up to 3.9: CPython Objects/lnotab_notes.txt. 3.10: PEP 626 and the same file. 3.11 and later:
 * Objects/locations.md, InternalDocs/code_objects.md.
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import type { LineFormat } from "./dialect.ts";

/** A place in a source file: lines from 1, columns from 0 in UTF-8 bytes; line 0 and null columns: not known. */
export interface Position {
  readonly line: number;
  readonly endLine: number;
  readonly column: number | null;
  readonly endColumn: number | null;
}

/** A line table and the line it starts from. */
export interface LineTable {
  readonly format: LineFormat;
  readonly bytes: Uint8Array;
  readonly firstLine: number;
}

/** Nowhere. */
export const NO_POSITION: Position = { line: 0, endLine: 0, column: null, endColumn: null };

const CODE_UNIT = 2;
/** In 3.10's table, a range that has no line. */
const NO_LINE = -128;

// Kinds of location, in bits 3 to 6 of an entry's first byte; 0 to 9 are short forms on the running line.
const ONE_LINE_0 = 10;
const ONE_LINE_2 = 12;
const NO_COLUMNS = 13;
const LONG = 14;
const NO_LOCATION = 15;

/**
 * The position of the instruction at `offset` (bytes from the first instruction).
 *
 * @returns {@linkcode NO_POSITION} where the table has none for it.
 * @throws {RangeError} if the table is malformed.
 */
export function locate(table: LineTable, offset: number): Position {
  switch (table.format) {
    case "lnotab":
    case "lnotab-unsigned":
      return lineOnly(lineOfSteps(table, offset));
    case "ranges":
      return lineOnly(lineOfRanges(table, offset));
    case "locations":
      return positionOfLocations(table, offset);
  }
}

function lineOnly(line: number): Position {
  return { ...NO_POSITION, line, endLine: line };
}

/** Each pair steps to an address and then to the line from there on. */
function lineOfSteps({ format, bytes, firstLine }: LineTable, offset: number): number {
  const reader = new ByteReader(bytes);
  let line = firstLine;
  let address = 0;
  while (reader.remaining >= 2) {
    address += reader.u8();
    if (address > offset) break;
    line += format === "lnotab" ? reader.i8() : reader.u8();
  }
  return line;
}

/** Each pair is the length of a range and the step to its line. */
function lineOfRanges({ bytes, firstLine }: LineTable, offset: number): number {
  const reader = new ByteReader(bytes);
  let line = firstLine;
  let end = 0;
  while (reader.remaining >= 2) {
    end += reader.u8();
    const step = reader.i8();
    if (step !== NO_LINE) line += step;
    if (offset < end) return step === NO_LINE ? 0 : line;
  }
  return 0;
}

function positionOfLocations({ bytes, firstLine }: LineTable, offset: number): Position {
  const reader = new ByteReader(bytes);
  let runningLine = firstLine;
  let end = 0;
  while (reader.remaining > 0) {
    const head = reader.u8();
    const kind = (head >> 3) & 15;
    end += ((head & 7) + 1) * CODE_UNIT;
    let position = NO_POSITION;
    if (kind < ONE_LINE_0) {
      const byte = reader.u8();
      const column = kind * 8 + (byte >> 4);
      position = { line: runningLine, endLine: runningLine, column, endColumn: column + (byte & 15) };
    } else if (kind <= ONE_LINE_2) {
      runningLine += kind - ONE_LINE_0;
      position = { line: runningLine, endLine: runningLine, column: reader.u8(), endColumn: reader.u8() };
    } else if (kind === NO_COLUMNS) {
      runningLine += signedVarint(reader);
      position = lineOnly(runningLine);
    } else if (kind === LONG) {
      position = longLocation(reader, runningLine);
      runningLine = position.line;
    } else if (kind !== NO_LOCATION) {
      throw new RangeError(`Cannot decode a location table: unknown kind ${kind}`);
    }
    if (offset < end) return position;
  }
  return NO_POSITION;
}

function longLocation(reader: ByteReader, runningLine: number): Position {
  const line = runningLine + signedVarint(reader);
  const endLine = line + varint(reader);
  // Columns are stored plus one; 0 stands for none.
  const column = varint(reader) - 1;
  const endColumn = varint(reader) - 1;
  return { line, endLine, column: column < 0 ? null : column, endColumn: endColumn < 0 ? null : endColumn };
}

/** Six bits a byte, low ones first; bit 6: more follow. */
function varint(reader: ByteReader): number {
  let value = 0;
  for (let scale = 1; scale < 2 ** 36; scale *= 64) {
    const byte = reader.u8();
    value += (byte & 63) * scale;
    if (!(byte & 64)) return value;
  }
  throw new RangeError("Cannot decode a location table: a number has too many digits");
}

/** The sign is in bit 0. */
function signedVarint(reader: ByteReader): number {
  const value = varint(reader);
  const magnitude = Math.floor(value / 2);
  return value % 2 ? -magnitude : magnitude;
}
