/**
 * Where CPython keeps things: the tables of offsets_data.ts, typed, for the fields that are read here.
 *
 * A version is data, never a branch: a field that it does not have is null.
 * @module
 */

import type { ByteCount } from "../types.ts";
import { OFFSETS, VERSIONS } from "./offsets_data.ts";

/** Fields by group. Those of the first list are in every version, those of the second may be null. */
const FIELDS = {
  runtime: [[], ["interpretersHead", "gilLastHolder", "gilLocked", "gcCollecting"]],
  interp: [["next", "threadsHead"], ["id", "gil", "gcCollecting", "stopRequester", "modules"]],
  gil: [[], ["enabled", "lastHolder", "locked"]],
  thread: [
    ["size", "next", "interp", "threadId"],
    ["frame", "cframe", "currentFrame", "baseFrame", "state", "nativeThreadId", "datastackTop", "datastackLimit"],
  ],
  cframe: [[], ["size", "currentFrame", "previous"]],
  frame: [[], ["size", "back", "code", "instruction"]],
  iframe: [[], ["size", "previous", "code", "instruction", "owner", "isEntry", "tlbcIndex"]],
  code: [
    ["size", "firstLine", "filename", "name", "lineTable"],
    ["qualname", "units", "instructions", "adaptiveInstructions", "firstTraceable", "tlbc", "version"],
  ],
  tlbc: [[], ["count", "items"]],
  object: [["type"], ["size"]],
  type: [[], ["basicsize", "flags", "dictoffset"]],
  heapType: [[], ["cachedKeys"]],
  dict: [[], ["keys", "values"]],
  long: [[], ["tag", "digits"]],
  bytes: [["count", "data"], []],
  str: [[], ["length", "state", "asciiData"]],
  strCompact: [[], ["data"]],
  strBits: [[], ["kind", "compact", "ascii"]],
} as const;

type Fields = typeof FIELDS;

/** Byte offsets in CPython's structures (in `strBits`, bits of a word), by C type and field. */
export type Offsets = {
  readonly [G in keyof Fields]:
    & { readonly [F in Fields[G][0][number]]: ByteCount }
    & { readonly [F in Fields[G][1][number]]: ByteCount | null };
};

/** Offsets by group and field, as the tables and the interpreter itself state them. */
export type OffsetTable = Readonly<Record<string, Readonly<Record<string, ByteCount | null>>>>;

/** The versions that have a table: `3.13`; `3.13t` is free-threaded. */
export const TABLES: readonly string[] = VERSIONS;

/** The groups that are objects: their fields lie behind the object header. */
const OBJECTS: readonly (keyof Fields)[] = [
  "frame",
  "code",
  "object",
  "type",
  "heapType",
  "dict",
  "long",
  "bytes",
  "str",
  "strCompact",
];
const TRACE_REFS_SIZE = 16;

/**
 * The table of a version, with what `stated` says in place of what it does not.
 *
 * @returns null if there is no such table, or it lacks a field that every version has.
 */
export function offsetsOf(table: string, stated: OffsetTable = {}): Offsets | null {
  const column = VERSIONS.indexOf(table);
  if (column < 0) return null;
  const offsets: Record<string, Record<string, number | null>> = {};
  for (const [group, [required, optional]] of Object.entries(FIELDS)) {
    offsets[group] = {};
    for (const field of [...required, ...optional]) {
      const offset = stated[group]?.[field] ?? OFFSETS[group]?.[field]?.[column] ?? null;
      if (offset === null && (required as readonly string[]).includes(field)) return null;
      offsets[group][field] = offset;
    }
  }
  return offsets as Offsets;
}

/** The same where each object begins with two more pointers: Py_TRACE_REFS, up to 3.12 (CPython Include/object.h). */
export function withTraceRefs(offsets: Offsets): Offsets {
  const shifted = structuredClone(offsets) as Record<string, Record<string, number | null>>;
  for (const group of OBJECTS) {
    for (const [field, offset] of Object.entries(shifted[group])) {
      if (offset !== null) shifted[group][field] = offset + TRACE_REFS_SIZE;
    }
  }
  return shifted as Offsets;
}
