/**
 * Finds CPython in a process: its version, its list of interpreters, and what of it is to be captured.
 *
 * In: symbols, sections and memory of a binary. Out: a {@linkcode Runtime}. Which binary to ask is for the caller to
 * say.
 * @module
 */

import type { Address, ByteCount, FindSymbol, ReadMemory } from "../types.ts";
import { codeKey } from "./code.ts";
import { DEBUG_OFFSETS_SIZE, type DebugOffsets, parseDebugOffsets } from "./debug_offsets.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { gilLayout, NO_GIL, type SharedGil, sharedGil } from "./gil.ts";
import { readBytes, readU32, readWord } from "./memory.ts";
import { type Offsets, offsetsOf, TABLES, withTraceRefs } from "./offsets.ts";
import { decodeVersion, findVersion, formatVersion, type Version } from "./version.ts";

/** A mapped binary that may hold an interpreter. */
export interface InterpreterBinary {
  /** Runtime address of a symbol of code or data. */
  readonly find: FindSymbol;
  /** Runtime address of a section. */
  section(name: string): Address | null;
  /** Writable memory of the binary, ascending; its .bss included. */
  readonly data: readonly { readonly start: Address; readonly end: Address }[];
}

/** An interpreter in a process. */
export interface Runtime {
  readonly version: Version;
  readonly offsets: Offsets;
  readonly dialect: Dialect;
  /** Address of the pointer to the first interpreter state. */
  readonly interpretersHead: Address;
  /** Address of `PyCode_Type`, or null. */
  readonly codeType: Address | null;
  /** Where it notes who holds the GIL, as far as its interpreters share that. */
  readonly gil: SharedGil;
}

/** What was found in a binary. */
export type RuntimeSearch =
  | { readonly kind: "found"; readonly runtime: Runtime }
  /** There is an interpreter, of a version that has no table of offsets. */
  | { readonly kind: "unsupported"; readonly version: string }
  /** There is one, but it has not started yet. */
  | { readonly kind: "starting" }
  | { readonly kind: "none" };

/** Looks for an interpreter in a binary. */
export function findRuntime(binary: InterpreterBinary, read: ReadMemory): RuntimeSearch {
  // Symbols of 3.7 and later, and of all earlier versions.
  const runtime = binary.find("_PyRuntime") ?? binary.section(".PyRuntime");
  const isOld = runtime === null && binary.find("_PyThreadState_Current") !== null;
  if (runtime === null && !isOld) return { kind: "none" };
  const version = versionOf(binary, read);
  if (version === null) return { kind: "starting" };
  const offsets = layoutOf(version, { binary, read, runtime });
  if (offsets === null) return { kind: "unsupported", version: formatVersion(version) };
  const interpretersHead = isOld ? findInterpreterHead(binary, read) : runtime! + offsets.runtime.interpretersHead!;
  if (interpretersHead === null || !hasThread(read, interpretersHead, offsets)) return { kind: "starting" };
  return {
    kind: "found",
    runtime: {
      version,
      offsets,
      dialect: dialectOf(version),
      interpretersHead,
      codeType: binary.find("PyCode_Type"),
      gil: sharedGil({ offsets, runtime, find: binary.find, read }),
    },
  };
}

/** The versions that have tables of offsets, for messages. */
export function supportedVersions(): string {
  const plain = TABLES.filter((table) => !table.endsWith("t"));
  return `2.7 and 3.6 to ${plain.at(-1)}`;
}

/** 3.11 and later export a number; before, only the text of sys.version tells, once it has been made. */
function versionOf(binary: InterpreterBinary, read: ReadMemory): Version | null {
  const address = binary.find("Py_Version");
  if (address !== null) {
    const hex = readU32(read, address);
    return hex === null ? null : decodeVersion(hex);
  }
  for (const { start, end } of binary.data) {
    const bytes = readBytes(read, start, Math.min(end - start, DATA_MAX));
    const version = bytes && findVersion(new TextDecoder("latin1").decode(bytes));
    if (version) return version;
  }
  return null;
}

/** Data of CPython with all its static objects is under 2 MiB; a program that embeds it may have more. */
const DATA_MAX = 64 << 20;

function layoutOf(
  version: Version,
  { binary, read, runtime }: { binary: InterpreterBinary; read: ReadMemory; runtime: Address | null },
): Offsets | null {
  // 3.13 and later state most offsets themselves, at the start of the runtime state.
  const head = runtime === null ? null : readBytes(read, runtime, DEBUG_OFFSETS_SIZE);
  const stated = head === null ? null : parseDebugOffsets(head);
  const offsets = offsetsOf(tableOf(version, stated), stated?.offsets);
  return offsets !== null && hasTraceRefs(binary, read, offsets) ? withTraceRefs(offsets) : offsets;
}

/** A version that is newer than all tables, and states its offsets, has what it does not state from the newest. */
function tableOf({ major, minor }: Version, stated: DebugOffsets | null): string {
  const suffix = stated?.freeThreaded ? "t" : "";
  const name = `${major}.${minor}${suffix}`;
  if (stated === null || TABLES.includes(name)) return name;
  return TABLES.findLast((table) => table.endsWith("t") === stated.freeThreaded) ?? name;
}

/** `PyType_Type` is its own type: where its pointer to itself is tells the size of the object header. */
function hasTraceRefs(binary: InterpreterBinary, read: ReadMemory, { object }: Offsets): boolean {
  const type = binary.find("PyType_Type");
  if (type === null || readWord(read, type + object.type) === type) return false;
  return readWord(read, type + object.type + TRACE_REFS_SIZE) === type;
}

const TRACE_REFS_SIZE = 16;

/**
 * Up to 3.6 the list head is a local variable: if its symbol was stripped, `PyInterpreterState_Head()`, which returns
 * it, tells its address: [endbr64;] mov rax, [rip + displacement]; ret.
 */
function findInterpreterHead(binary: InterpreterBinary, read: ReadMemory): Address | null {
  const symbol = binary.find("interp_head") ?? binary.find("interp_head.lto_priv.0");
  if (symbol !== null) return symbol;
  const getter = binary.find("PyInterpreterState_Head");
  const code = getter === null ? null : readBytes(read, getter, ENDBR64.length + MOV_RAX_RIP.length + 4);
  if (getter === null || code === null) return null;
  const start = startsWith(code, ENDBR64) ? ENDBR64.length : 0;
  if (!startsWith(code.subarray(start), MOV_RAX_RIP)) return null;
  const at = start + MOV_RAX_RIP.length;
  return getter + at + 4 + new DataView(code.buffer).getInt32(at, true);
}

const ENDBR64: readonly number[] = [0xf3, 0x0f, 0x1e, 0xfa];
const MOV_RAX_RIP: readonly number[] = [0x48, 0x8b, 0x05];

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

/** Longer lists of interpreters are none. */
const INTERPRETERS_MAX = 256;

/**
 * Whether an interpreter has a thread that belongs to it: then the lists are set up, and the offsets are right. The
 * newest ones, which come first, may have none at the moment: 3.13 makes one each time that it runs a sub-interpreter.
 */
function hasThread(read: ReadMemory, interpretersHead: Address, { interp, thread }: Offsets): boolean {
  let interpreter = readWord(read, interpretersHead);
  for (let count = 0; interpreter && count < INTERPRETERS_MAX; count++) {
    const first = readWord(read, interpreter + interp.threadsHead);
    if (first) return readWord(read, first + thread.interp) === interpreter;
    interpreter = readWord(read, interpreter + interp.next);
  }
  return false;
}

/** What is to be captured. */
export interface CaptureOptions {
  /** Asks for what tells who holds the GIL and whether the collector runs. */
  readonly gil: boolean;
  /** As {@linkcode descriptorTid} of src/python/c_library.ts has it. */
  readonly descriptorTid: ByteCount;
}

/** What the shim is to copy with each stack; `PythonLayout` of src/ffi/python_layout.ts without its name. */
export function captureLayout(runtime: Runtime, { gil, descriptorTid }: CaptureOptions) {
  const { offsets, dialect, interpretersHead } = runtime;
  const { interp, thread, cframe, frame, iframe, code, bytes, tlbc } = offsets;
  const key = codeKey(offsets);
  const bytesBlob = { length: bytes.count, headerSize: bytes.data, unit: 1 };
  const textBlob = dialect.hasStr ? strBlob(offsets) : bytesBlob;
  return {
    interpretersHead,
    interpNext: interp.next,
    interpThreadsHead: interp.threadsHead,
    interpId: interp.id,
    threadSize: thread.size,
    threadNext: thread.next,
    threadInterp: thread.interp,
    threadId: thread.threadId,
    threadNativeId: thread.nativeThreadId,
    descriptorTid,
    threadFrame: thread.frame ?? thread.currentFrame,
    threadCframe: thread.cframe,
    cframeFrame: cframe.currentFrame,
    cframePrevious: cframe.previous,
    frameSize: (iframe.size ?? frame.size)!,
    framePrevious: (iframe.previous ?? frame.back)!,
    frameCode: (iframe.code ?? frame.code)!,
    frameInstruction: (iframe.instruction ?? frame.instruction)!,
    // In 3.12 in a shim; without cframes nobody asks.
    chainEndsOnStack: cframe.currentFrame !== null && iframe.isEntry === null,
    codeTagMask: dialect.codeTagMask,
    codeSize: code.size,
    codeKey: key.start,
    codeKeySize: key.size,
    codeKeyIsUnique: key.isUnique,
    blobs: [
      { pointer: code.filename, ...textBlob },
      { pointer: code.qualname ?? code.name, ...textBlob },
      { pointer: code.lineTable, ...bytesBlob },
      ...(code.tlbc === null ? [] : [{ pointer: code.tlbc, length: tlbc.count!, headerSize: tlbc.items!, unit: 8 }]),
    ],
    ...(gil ? gilLayout(runtime) : NO_GIL),
  };
}

/** A `str`; where all of it is ASCII, the text is nearer to its beginning. */
function strBlob({ str, strCompact, strBits }: Offsets) {
  const unit = { word: str.state!, bit: strBits.kind!, shortBit: strBits.ascii!, shortHeaderSize: str.asciiData! };
  return { length: str.length!, headerSize: strCompact.data!, unit };
}
