/**
 * What readers of frames are, and what they read with.
 * @module
 */

import type { Address, PythonStack, ReadMemory } from "../types.ts";
import type { CFrameReader } from "./cframes.ts";
import type { CodeTable } from "./code.ts";
import type { Dialect } from "./dialect.ts";
import type { Offsets } from "./offsets.ts";

/** Reads the frames of thread states. */
export interface FrameReader {
  /**
   * The activations of the thread state at `threadState`, from captured memory: all, or, in versions with CFrames,
   * those from the activation with the CFrame at `firstCframe` outwards.
   */
  read(read: ReadMemory, threadState: Address, firstCframe?: Address): PythonStack;
}

/** What a reader reads with. */
export interface FrameSources {
  readonly offsets: Offsets;
  readonly dialect: Dialect;
  readonly codes: CodeTable;
  /** Null where the version has no CFrames. */
  readonly cframes: CFrameReader | null;
}
