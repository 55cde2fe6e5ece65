/**
 * Python stacks that were caught half-built: what is missing is known from elsewhere, and what comes out is checked like
 * any other stack.
 * @module
 */

import { type CaptureRecord, REGISTERS } from "../ffi/capture_record.ts";
import type { FrameReader } from "../python/frames.ts";
import { isEvaluationLoop } from "../stack/evaluation_loop.ts";
import type { Address, ByteCount, NativeFrame, NativeStack, PythonStack } from "../types.ts";

/** A stack that does not keep what CPython promises. */
export interface Torn {
  readonly record: CaptureRecord;
  readonly threadState: Address;
  readonly native: NativeStack;
  /** 3.11 and 3.12 keep a CFrame on the native stack for each activation. */
  readonly hasCFrames: boolean;
  /** How far an activation's CFrame lies below its CFA; null where no stack has shown it yet. */
  readonly distance: ByteCount | null;
  /** Names native frame `i`. */
  nameAt(i: number): NativeFrame;
  /** The function that runs the evaluation loop. */
  readonly evaluationLoop: string;
}

/** Bytes from the start of the evaluation loop that set an activation up; builds seen need 50 to 170. */
const PROLOGUE_MAX: ByteCount = 512;

/** Bytes of a CFrame, at the least. */
const CFRAME_MIN: ByteCount = 16;

/** The next activation is no further out than this many native frames. */
const NEXT_MAX = 256;

/** The stack as it is or is about to be; null where that cannot be told. */
export function completeTorn(torn: Torn, frames: FrameReader): PythonStack | null {
  if (!torn.hasCFrames) return withShim(torn, frames);
  const innermost = torn.nameAt(0);
  const isBeginning = isEvaluationLoop(innermost, torn.evaluationLoop) && innermost.offset <= PROLOGUE_MAX;
  return isBeginning ? withoutInnermost(torn, frames) : withCaller(torn, frames);
}

/**
 * From 3.13 on a compiler may put the store that makes an activation's first frame current before the one that makes the
 * shim below it a shim. Either way it is known by its place: other frames are never on the native stack.
 */
function withShim({ record, threadState, native }: Torn, frames: FrameReader): PythonStack | null {
  if (native.count < 2) return null;
  const stack = frames.read(record.read, threadState, { entered: { sp: native.sp(0), cfa: native.sp(1) } });
  return stack.torn ? null : stack;
}

/**
 * An activation makes its CFrame current before it has filled it. A thread that is caught there, at the beginning of
 * the evaluation loop, runs no frame in it yet: its frames are those of the activations further out, whose CFrames are
 * where the distance from the CFA says.
 */
function withoutInnermost(torn: Torn, frames: FrameReader): PythonStack | null {
  for (const cframe of outerCFrames(torn)) {
    const stack = frames.read(torn.record.read, torn.threadState, { cframe });
    if (!stack.torn && stack.activations.length > 0) return stack;
  }
  return null;
}

/** Where the next activation's CFrame may be, innermost first: anywhere in the evaluation loop's frames at the worst. */
function* outerCFrames({ native, distance, nameAt, evaluationLoop }: Torn): Generator<Address> {
  const end = Math.min(native.count - 1, NEXT_MAX);
  for (let i = 1; i < end; i++) {
    const [sp, cfa] = [native.sp(i), native.sp(i + 1)];
    if (distance !== null) {
      if (cfa - distance >= sp) yield cfa - distance;
    } else if (isEvaluationLoop(nameAt(i), evaluationLoop)) {
      for (let cframe = cfa - CFRAME_MIN; cframe >= sp; cframe -= 8) yield cframe;
    }
  }
}

/**
 * The frame of a call is made current, or in 3.12 a generator's, and then linked to its caller by a second store. In
 * between the caller is in a register. Others may hold frames further out, whose chains are the end of the right one.
 */
function withCaller({ record, threadState }: Torn, frames: FrameReader): PythonStack | null {
  let longest: PythonStack | null = null;
  for (let at = 0; at < REGISTERS.generalCount * 8; at += 8) {
    const stack = frames.read(record.read, threadState, { caller: record.register(at) });
    if (!stack.torn && depth(stack) > depth(longest)) longest = stack;
  }
  return longest;
}

function depth(stack: PythonStack | null): number {
  return stack === null ? 0 : stack.activations[0].frames.length;
}
