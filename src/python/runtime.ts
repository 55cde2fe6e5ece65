/**
 * Finds CPython in a process: its version, its runtime state, and what of it is to be captured.
 *
 * In: symbols and sections of a binary, and memory. Out: a {@linkcode Runtime}. Which binary to ask is for the
 * caller to say.
 * @module
 */

import type { Address, FindSymbol, ReadMemory } from "../types.ts";
import { codeKey } from "./code.ts";
import { readU32, readWord } from "./memory.ts";
import { type Offsets, offsetsOf } from "./offsets.ts";
import { decodeVersion, type Version } from "./version.ts";

/** A mapped binary that may hold an interpreter. */
export interface InterpreterBinary {
  /** Runtime address of an exported symbol. */
  readonly find: FindSymbol;
  /** Runtime address of a section. */
  section(name: string): Address | null;
}

/** An interpreter in a process. */
export interface Runtime {
  readonly version: Version;
  readonly offsets: Offsets;
  /** Address of the pointer to the first interpreter state. */
  readonly interpretersHead: Address;
  /** Address of `PyCode_Type`, or null. */
  readonly codeType: Address | null;
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
  const runtime = binary.find("_PyRuntime") ?? binary.section(".PyRuntime");
  if (runtime === null) {
    return { kind: binary.find("_PyThreadState_Current") ? "unsupported" : "none", version: "2.7 to 3.6" };
  }
  const versionAddress = binary.find("Py_Version");
  if (versionAddress === null) return { kind: "unsupported", version: "3.7 to 3.10" };
  const hex = readU32(read, versionAddress);
  const version = hex === null ? null : decodeVersion(hex);
  if (version === null) return { kind: "starting" };
  const offsets = offsetsOf(version);
  if (offsets === null) return { kind: "unsupported", version: `${version.major}.${version.minor}` };
  const interpretersHead = runtime + offsets.runtime.interpretersHead;
  if (!hasThread(read, interpretersHead, offsets)) return { kind: "starting" };
  return { kind: "found", runtime: { version, offsets, interpretersHead, codeType: binary.find("PyCode_Type") } };
}

/** Whether the first interpreter has a thread that belongs to it: the lists are set up, and the offsets are right. */
function hasThread(read: ReadMemory, interpretersHead: Address, { interp, thread }: Offsets): boolean {
  const interpreter = readWord(read, interpretersHead);
  if (!interpreter) return false;
  const first = readWord(read, interpreter + interp.threadsHead);
  return !!first && readWord(read, first + thread.interp) === interpreter;
}

/** What the shim is to copy with each stack; `PythonLayout` of src/ffi/python_layout.ts without its name. */
export function captureLayout({ offsets, interpretersHead }: Runtime) {
  const { interp, thread, cframe, frame, code, text, bytes } = offsets;
  const key = codeKey(offsets);
  const textBlob = { length: text.length, headerSize: text.compactData, scale: 4 };
  return {
    interpretersHead,
    interpNext: interp.next,
    interpThreadsHead: interp.threadsHead,
    interpId: interp.id,
    threadSize: thread.size,
    threadNext: thread.next,
    threadInterp: thread.interp,
    threadId: thread.id,
    threadFrame: thread.currentFrame,
    threadCframe: thread.cframe,
    cframeFrame: cframe?.currentFrame ?? null,
    cframePrevious: cframe?.previous ?? null,
    frameSize: frame.size,
    framePrevious: frame.previous,
    frameCode: frame.code,
    codeTagMask: 0,
    codeSize: code.size,
    codeKey: key.start,
    codeKeySize: key.size,
    blobs: [
      { pointer: code.file, ...textBlob },
      { pointer: code.qualifiedName, ...textBlob },
      { pointer: code.lineTable, length: bytes.length, headerSize: bytes.data, scale: 1 },
    ],
  };
}
