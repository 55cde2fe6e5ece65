/**
 * The forms that samples are written in.
 * @module
 */

import type { Mapping, Pid, Sample, Statistics } from "../types.ts";
import { CollapsedFormatter } from "./collapsed.ts";
import { closingText, type Header, headerText, mapText } from "./metadata.ts";

/** Text, which is written as UTF-8, or bytes. */
export type Chunk = string | Uint8Array;

/** What is written before, for and after the samples of a run. */
export interface SampleFormat {
  header(header: Header): Chunk;
  /** Called before the first sample of each process but those of the header. */
  joined(pid: Pid, mappings: readonly Mapping[]): Chunk;
  /** Called after the last sample of a process: its id may become another's. */
  left(pid: Pid): void;
  /** What came later than the header's; before the samples with frames in it. */
  mappings(mappings: readonly Mapping[]): Chunk;
  /** Called for each sample in turn; what it gives may refer to what it gave before. */
  sample(sample: Sample): Chunk;
  /** `figures` adds those that pipe mode has. */
  closing(statistics: Statistics, options: { readonly figures: boolean }): Chunk;
}

/** Collapsed stacks, between lines of metadata. */
export function collapsedFormat(): SampleFormat {
  let formatter = new CollapsedFormatter();
  return {
    header(header: Header): string {
      formatter = new CollapsedFormatter(header.mode);
      return headerText(header);
    },
    joined: (_, mappings) => mapText(mappings),
    left() {},
    mappings: mapText,
    sample: (sample) => formatter.line(sample),
    closing: closingText,
  };
}
