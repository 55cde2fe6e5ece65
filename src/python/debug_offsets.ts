/**
 * What an interpreter states about its own layout: `_Py_DebugOffsets`, 3.13 and later.
 *
 * In: the bytes at `_PyRuntime` (in a process, or in the file, where they are initialised data). Out: offsets under the
 * groups and names of offsets_data.ts, or null. The structure has no length and no field names: words in an order that
 * each minor version fixes (CPython Include/internal/pycore_debug_offsets.h, in 3.13 pycore_runtime.h):
 *
 * ```
 * 0 "xdebugpy"   8 Py_Version   16 free-threaded?   24 the groups, one word a field
 * ```
 *
 * So nothing is believed that does not fit: offsets have to lie in their structures and apart from each other, and the
 * object header to be one of the two there are.
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import type { ByteCount } from "../types.ts";

const COOKIE = "xdebugpy";
const HEADER_SIZE = 24;
/** No structure of an interpreter is larger. */
const OFFSET_LIMIT = 2 ** 26;

// A group a line, in the order of the structure. `+name` lies in another structure, or is a size: it is not compared
// with its neighbours. `name?` is stated by free-threaded builds; others have 0 there.
const V3_13 = `
  runtime size finalizing interpretersHead
  interp size id next threadsHead gc modules sysdict builtins gil ownGil +gilEnabled? gilLocked gilLastHolder
  thread size prev next interp currentFrame threadId nativeThreadId datastackChunk status
  iframe size previous code instruction localsplus owner
  code size filename name qualname lineTable firstLine argcount localsplusnames localspluskinds adaptiveInstructions
  object size type
  type size name repr flags
  tuple size items count
  list size items count
  dict size keys values
  float size value
  long size tag digits
  bytes size count data
  str size state length asciiData
  gc size collecting`;

const V3_14 = `
  runtime size finalizing interpretersHead
  interp size id next threadsHead threadsMain gc modules sysdict builtins gil ownGil +gilEnabled? gilLocked
    gilLastHolder codeObjectGeneration tlbcGeneration?
  thread size prev next interp currentFrame threadId nativeThreadId datastackChunk status
  iframe size previous code instruction localsplus owner stackpointer tlbcIndex?
  code size filename name qualname lineTable firstLine argcount localsplusnames localspluskinds
    adaptiveInstructions tlbc?
  object size type
  type size name repr flags
  tuple size items count
  list size items count
  set size used table mask
  dict size keys values
  float size value
  long size tag digits
  bytes size count data
  str size state length asciiData
  gc size collecting
  generator size name iframe frameState
  listNode next prev
  debuggerSupport +evalBreaker +remoteDebuggerSupport +remoteDebuggingEnabled +pendingCall +scriptPath +scriptPathSize`;

const V3_15 = `
  runtime size finalizing interpretersHead
  interp size id next threadsHead threadsMain gc modules sysdict builtins gil ownGil +gilEnabled? gilLocked
    gilLastHolder codeObjectGeneration tlbcGeneration?
  thread size prev next interp currentFrame baseFrame lastProfiledFrame lastProfiledFrameSeq threadId nativeThreadId
    datastackChunk status holdsGil gilRequested currentException excState
  excStackItem value
  iframe size previous code instruction localsplus owner stackpointer tlbcIndex?
  code size filename name qualname lineTable firstLine argcount localsplusnames localspluskinds
    adaptiveInstructions tlbc?
  object size type
  type size name repr flags basicsize dictoffset
  heapType size cachedKeys
  tuple size items count
  list size items count
  set size used table mask
  dict size keys values
  float size value
  long size tag digits
  bytes size count data
  str size state length asciiData compactData
  gc size collecting frame +generationStatsSize generationStats
  generator size name iframe frameState
  listNode next prev
  debuggerSupport +evalBreaker +remoteDebuggerSupport +remoteDebuggingEnabled +pendingCall +scriptPath +scriptPathSize`;

type Layout = readonly (readonly [group: string, ...fields: string[]])[];

/** By minor version of Python 3. A later one is tried with the last. */
const LAYOUTS: Readonly<Record<number, string>> = { 13: V3_13, 14: V3_14, 15: V3_15 };
const LAST_MINOR = 15;

/** Of Python 3.`minor`; null before there was any. */
function layoutOf(minor: number): Layout | null {
  const text = LAYOUTS[Math.min(minor, LAST_MINOR)];
  return text?.replaceAll(/\s*\n {4}/g, " ").trim().split("\n").map((line) => {
    const [group, ...fields] = line.trim().split(" ");
    return [group, ...fields];
  }) ?? null;
}

/** How many bytes {@linkcode parseDebugOffsets} looks at, at most: those of the last minor version. */
export const DEBUG_OFFSETS_SIZE: ByteCount = 888;

/** What an interpreter states. */
export interface DebugOffsets {
  /** As `Py_Version` has it: PY_VERSION_HEX. */
  readonly version: number;
  readonly freeThreaded: boolean;
  /** Byte offsets by group and field; a field that the build does not have is left out. */
  readonly offsets: Readonly<Record<string, Readonly<Record<string, ByteCount>>>>;
}

/**
 * Reads the structure that `bytes` start with.
 *
 * @param version PY_VERSION_HEX, where it is known: another one in the structure is an objection.
 * @returns null if there is no such structure, it is not complete, or what it says cannot be.
 */
export function parseDebugOffsets(bytes: Uint8Array, version?: number): DebugOffsets | null {
  if (bytes.length < HEADER_SIZE) return null;
  const reader = new ByteReader(bytes);
  if (String.fromCharCode(...reader.take(COOKIE.length)) !== COOKIE) return null;
  const statedVersion = reader.u64();
  const flag = reader.u64();
  const [major, minor] = [Math.floor(statedVersion / 2 ** 24), Math.floor(statedVersion / 2 ** 16) % 256];
  const layout = layoutOf(minor);
  if (major !== 3 || layout === null || flag > 1) return null;
  if (version !== undefined && version !== statedVersion) return null;
  if (bytes.length < sizeOf(layout)) return null;

  const freeThreaded = flag === 1;
  const offsets: Record<string, Record<string, number>> = {};
  for (const [group, ...fields] of layout) {
    const read = readGroup(reader, fields, freeThreaded);
    if (read === null) return null;
    offsets[group] = read;
  }
  if (!areAnchored(offsets, { freeThreaded, end: reader.offset })) return null;
  derive(offsets, freeThreaded);
  return { version: statedVersion, freeThreaded, offsets };
}

/** Size of the structure in Python 3.`minor`, null before it came. */
export function debugOffsetsSize(minor: number): ByteCount | null {
  const layout = layoutOf(minor);
  return layout === null ? null : sizeOf(layout);
}

function sizeOf(layout: Layout): ByteCount {
  return HEADER_SIZE + 8 * layout.reduce((sum, [, ...fields]) => sum + fields.length, 0);
}

/** A group's words by name; null if two of its fields are one, or one is beyond its end. */
function readGroup(
  reader: ByteReader,
  fields: readonly string[],
  freeThreaded: boolean,
): Record<string, number> | null {
  const group: Record<string, number> = {};
  const taken = new Set<number>();
  let size = OFFSET_LIMIT;
  for (const field of fields) {
    const value = reader.u64();
    const name = field.replace(/^\+|\?$/g, "");
    if (field.endsWith("?") && !freeThreaded) {
      if (value !== 0) return null;
      continue;
    }
    if (value >= OFFSET_LIMIT) return null;
    if (name === "size") {
      size = value;
    } else if (!field.startsWith("+")) {
      if (value >= size || taken.has(value)) return null;
      taken.add(value);
    }
    group[name] = value;
  }
  return group;
}

/** Whether the object header is known, all objects agree on it, and the runtime begins with this structure. */
function areAnchored(
  offsets: Record<string, Record<string, number>>,
  { freeThreaded, end }: { freeThreaded: boolean; end: ByteCount },
): boolean {
  const { runtime, object, tuple, list, bytes, str, float, long } = offsets;
  const header = freeThreaded ? 32 : 16;
  const behindHeader = [tuple.count, list.count, bytes.count, str.length, float.value, long.tag];
  return object.size === header && object.type === header - 8 && behindHeader.every((offset) => offset === header) &&
    runtime.finalizing >= end && runtime.interpretersHead >= end;
}

/** Adds what follows from what is stated, and puts it where offsets_data.ts has it. */
function derive(offsets: Record<string, Record<string, number>>, freeThreaded: boolean): void {
  const { interp, str, gc, tuple, code } = offsets;
  const { ownGil, gilEnabled, gilLocked, gilLastHolder } = interp;
  // Stated from the start of the interpreter, for its own lock; all locks are alike.
  offsets.gil = { locked: gilLocked - ownGil, lastHolder: gilLastHolder - ownGil };
  if (freeThreaded) offsets.gil.enabled = gilEnabled;
  for (const name of ["gilEnabled", "gilLocked", "gilLastHolder"]) delete interp[name];
  interp.gcCollecting = interp.gc + gc.collecting;
  code.units = tuple.count;
  // 3.13 and 3.14 leave out that sizeof: the UTF-8 form's length and pointer follow the header.
  const data = str.compactData ?? str.asciiData + 16;
  delete str.compactData;
  offsets.strCompact = { data };
  offsets.strLegacy = { data };
}
