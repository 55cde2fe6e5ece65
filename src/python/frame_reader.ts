/**
 * What readers of frames are, and what they read with.
 * @module
 */

import type { Address, PythonStack, ReadMemory } from "../types.ts";
import type { CFrameReader } from "./cframes.ts";
import type { CodeTable } from "./code.ts";
import type { Dialect } from "./dialect.ts";
import type { Offsets } from "./offsets.ts";

/** Where to begin, in place of where the thread state says; in versions with CFrames. */
export interface ReadFrom {
  /** The CFrame of the innermost activation to read. */
  readonly cframe?: Address;
  /** The caller of the innermost frame, which is not linked to it yet. */
  readonly caller?: Address;
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
