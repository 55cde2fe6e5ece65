/**
 * Where CPython keeps things: one table of byte offsets a version, from that version's own headers.
 *
 * A version is data here, never a branch: a field that it does not have is null. Sources: `offsetof()` over
 * Include/cpython/*.h and Include/internal/pycore_*.h of each version; from 3.13 on the interpreter states most
 * of them itself (`_Py_DebugOffsets`), and what it states is preferred.
 * @module
 */

import type { ByteCount } from "../types.ts";

/** Byte offsets in CPython's structures; null where the version lacks the field. */
export interface Offsets {
  readonly runtime: { readonly interpretersHead: ByteCount };
  readonly interp: { readonly next: ByteCount; readonly id: ByteCount; readonly threadsHead: ByteCount };
  readonly thread: {
    readonly size: ByteCount;
    readonly next: ByteCount;
    readonly interp: ByteCount;
    readonly id: ByteCount;
    readonly cframe: ByteCount | null;
    readonly currentFrame: ByteCount | null;
  };
  readonly cframe: { readonly size: ByteCount; readonly currentFrame: ByteCount; readonly previous: ByteCount } | null;
  readonly frame: {
    readonly size: ByteCount;
    readonly previous: ByteCount;
    readonly code: ByteCount;
    readonly instruction: ByteCount;
    readonly owner: ByteCount;
    /** One byte, not 0 in the outermost frame of an activation; null where shim frames tell. */
    readonly isEntry: ByteCount | null;
  };
  readonly code: {
    readonly size: ByteCount;
    readonly units: ByteCount;
    readonly firstLine: ByteCount;
    readonly file: ByteCount;
    readonly name: ByteCount;
    readonly qualifiedName: ByteCount;
    readonly lineTable: ByteCount;
    readonly instructions: ByteCount;
    readonly firstTraceable: ByteCount;
  };
  readonly objectType: ByteCount;
  readonly bytes: { readonly length: ByteCount; readonly data: ByteCount };
  readonly text: {
    readonly length: ByteCount;
    readonly state: ByteCount;
    readonly asciiData: ByteCount;
    readonly compactData: ByteCount;
  };
}

const COMMON = {
  objectType: 8,
  bytes: { length: 16, data: 32 },
} as const;

const V3_11: Offsets = {
  ...COMMON,
  runtime: { interpretersHead: 40 },
  interp: { next: 0, id: 48, threadsHead: 16 },
  thread: { size: 360, next: 8, interp: 16, id: 152, cframe: 56, currentFrame: null },
  cframe: { size: 24, currentFrame: 8, previous: 16 },
  frame: { size: 80, previous: 48, code: 32, instruction: 56, owner: 69, isEntry: 68 },
  code: {
    size: 192,
    units: 16,
    firstLine: 72,
    file: 112,
    name: 120,
    qualifiedName: 128,
    lineTable: 136,
    instructions: 184,
    firstTraceable: 168,
  },
  text: { length: 16, state: 32, asciiData: 48, compactData: 72 },
};

const V3_12: Offsets = {
  ...COMMON,
  runtime: { interpretersHead: 40 },
  interp: { next: 0, id: 8, threadsHead: 72 },
  thread: { size: 288, next: 8, interp: 16, id: 136, cframe: 56, currentFrame: null },
  cframe: { size: 16, currentFrame: 0, previous: 8 },
  frame: { size: 80, previous: 8, code: 0, instruction: 56, owner: 70, isEntry: null },
  code: {
    size: 200,
    units: 16,
    firstLine: 68,
    file: 112,
    name: 120,
    qualifiedName: 128,
    lineTable: 136,
    instructions: 192,
    firstTraceable: 176,
  },
  text: { length: 16, state: 32, asciiData: 40, compactData: 56 },
};

const V3_13: Offsets = {
  ...V3_12,
  runtime: { interpretersHead: 632 },
  interp: { next: 7264, id: 7272, threadsHead: 7344 },
  thread: { size: 304, next: 8, interp: 16, id: 152, cframe: null, currentFrame: 72 },
  cframe: null,
  code: { ...V3_12.code, size: 208, instructions: 200, firstTraceable: 184 },
};

const TABLES: Readonly<Record<string, Offsets>> = { "3.11": V3_11, "3.12": V3_12, "3.13": V3_13 };

/** The versions that have a table, for messages. */
export const SUPPORTED_VERSIONS = "3.11 to 3.13";

/** The table of a version, or null if it has none. */
export function offsetsOf(version: { readonly major: number; readonly minor: number }): Offsets | null {
  return TABLES[`${version.major}.${version.minor}`] ?? null;
}
