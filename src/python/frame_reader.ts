/**
 * What readers of frames are, and what they read with.
 * @module
 */

import type { Address, PythonStack, ReadMemory } from "../types.ts";
import type { CFrameReader } from "./cframes.ts";
import type { CodeTable } from "./code.ts";
import type { Dialect } from "./dialect.ts";
import type { Offsets } from "./offsets.ts";

/** What is known better than the thread state's frames say it. */
export interface ReadFrom {
  /** With CFrames: that of the innermost activation to read. */
  readonly cframe?: Address;
  /** With CFrames: the caller of the innermost frame, which is not linked to it yet. */
  readonly caller?: Address;
  /** Without: the native frame of the innermost activation. A frame that lies in it is a shim, before it says so. */
  readonly entered?: NativeSpan;
}

/** Where a native frame lies: from its sp up to its CFA. */
export interface NativeSpan {
  readonly sp: Address;
  readonly cfa: Address;
}

/** Reads the frames of thread states. */
export interface FrameReader {
  /** The activations of the thread state at `threadState`, from captured memory. */
  read(read: ReadMemory, threadState: Address, from?: ReadFrom): PythonStack;
}

/** What a reader reads with. */
export interface FrameSources {
  readonly offsets: Offsets;
  readonly dialect: Dialect;
  readonly codes: CodeTable;
  /** Null where the version has no CFrames. */
  readonly cframes: CFrameReader | null;
}
