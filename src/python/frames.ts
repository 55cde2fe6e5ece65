/**
 * The Python frames of a captured thread, split into activations of the evaluation loop, whatever the version.
 * @module
 */

import type { Address, PythonStack, ReadMemory } from "../types.ts";
import { CFrameReader } from "./cframes.ts";
import type { CodeTable } from "./code.ts";
import { FrameObjectReader } from "./frame_objects.ts";
import { InterpreterFrameReader } from "./interpreter_frames.ts";
import type { Runtime } from "./runtime.ts";

/** Reads the frames of thread states. */
export interface FrameReader {
  /**
   * The activations of the thread state at `threadState`, from captured memory: all, or, in versions with CFrames,
   * those from the activation with the CFrame at `firstCframe` outwards.
   */
  read(read: ReadMemory, threadState: Address, firstCframe?: Address): PythonStack;
}

/** The reader for an interpreter; `codes` keeps its code objects between captures. */
export function frameReaderOf({ offsets, dialect }: Runtime, codes: CodeTable): FrameReader {
  const cframes = offsets.thread.cframe === null ? null : new CFrameReader(offsets);
  return offsets.iframe.size === null
    ? new FrameObjectReader(offsets, dialect, codes, cframes)
    : new InterpreterFrameReader(offsets, dialect, codes, cframes);
}
