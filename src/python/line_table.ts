/**
 * The location table of code objects, 3.11 and later: CPython Objects/locations.md (3.11 to 3.13),
 * InternalDocs/code_objects.md (3.14).
 * @module
 */

import { ByteReader } from "../byte_reader.ts";

/** A place in a source file: lines from 1, columns from 0 in UTF-8 bytes; line 0 and null columns: not known. */
export interface Position {
  readonly line: number;
  readonly endLine: number;
  readonly column: number | null;
  readonly endColumn: number | null;
}

/** Nowhere. */
export const NO_POSITION: Position = { line: 0, endLine: 0, column: null, endColumn: null };

const CODE_UNIT = 2;

// Kinds of entry, in bits 3 to 6 of its first byte; 0 to 9 are short forms on the running line.
const ONE_LINE_0 = 10;
const ONE_LINE_2 = 12;
const NO_COLUMNS = 13;
const LONG = 14;
const NO_LOCATION = 15;

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

/**
 * The position of the instruction at `offset` (bytes from the first instruction).
 *
 * @returns {@linkcode NO_POSITION} where the table has none for it.
 * @throws {RangeError} if the table is malformed.
 */
export function locate(table: Uint8Array, firstLine: number, offset: number): Position {
  const reader = new ByteReader(table);
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
      position = { line: runningLine, endLine: runningLine, column: null, endColumn: null };
    } else if (kind === LONG) {
      position = long(reader, runningLine);
      runningLine = position.line;
    } else if (kind !== NO_LOCATION) {
      throw new RangeError(`Cannot decode a location table: unknown kind ${kind}`);
    }
    if (offset < end) return position;
  }
  return NO_POSITION;
}

function long(reader: ByteReader, runningLine: number): Position {
  const line = runningLine + signedVarint(reader);
  const endLine = line + varint(reader);
  // Columns are stored plus one; 0 stands for none.
  const column = varint(reader) - 1;
  const endColumn = varint(reader) - 1;
  return { line, endLine, column: column < 0 ? null : column, endColumn: endColumn < 0 ? null : endColumn };
}
