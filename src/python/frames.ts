/**
 * The Python frames of a captured thread, split into activations of the evaluation loop, whatever the version.
 * @module
 */

import { CFrameReader } from "./cframes.ts";
import type { CodeTable } from "./code.ts";
import { FrameObjectReader } from "./frame_objects.ts";
import type { FrameReader } from "./frame_reader.ts";
import { InterpreterFrameReader } from "./interpreter_frames.ts";
import type { Runtime } from "./runtime.ts";

export type { FrameReader, ReadFrom } from "./frame_reader.ts";

/** The reader for an interpreter; `codes` keeps its code objects between captures. */
export function frameReaderOf({ offsets, dialect }: Runtime, codes: CodeTable): FrameReader {
  const cframes = offsets.thread.cframe === null ? null : new CFrameReader(offsets);
  const sources = { offsets, dialect, codes, cframes };
  return offsets.iframe.size === null ? new FrameObjectReader(sources) : new InterpreterFrameReader(sources);
}
