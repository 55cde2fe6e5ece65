/**
 * The forms that samples are written in.
 * @module
 */

import type { Mapping, Pid, Recorded, RecordedSample, Sample, Statistics } from "../types.ts";
import type { Chunk } from "./chunk.ts";
import { CollapsedFormatter } from "./collapsed.ts";
import { closingText, type Header, headerText, mapText, type Metadata, metadataLine } from "./metadata.ts";

/** What is written before, for and after the samples of a run. */
export interface SampleFormat {
  header(header: Header): Chunk;
  /** Called before the first sample of each process but those of the header. */
  joined(pid: Pid, mappings: readonly Mapping[]): Chunk;
  /** Called after the last sample of a process: its id may become another's. */
  left(pid: Pid): void;
  /** What came later than the header's; before the samples with frames in it. */
  mappings(mappings: readonly Mapping[]): Chunk;
  /** What is to be said between samples, of a thread. Absent where threads have their names themselves. */
  tell?(metadata: Metadata): Chunk;
  /** Called for each sample in turn; what it gives may refer to what it gave before. */
  sample(sample: Sample): Chunk;
  /** `figures` adds those that pipe mode has. */
  closing(statistics: Statistics, options: { readonly figures: boolean }): Iterable<Chunk>;
  /** As in {@linkcode RecordingFormat}. */
  warnings?(): readonly string[];
}

/** What is written of a recording. */
export interface RecordingFormat {
  /** Called for each piece in turn. */
  recorded(recorded: Recorded): Chunk;
  /** What is left to be said at the end. */
  end(): Iterable<Chunk>;
  /** What to say of samples that are there only in part, at the end. Absent where that cannot be. */
  warnings?(): readonly string[];
}

/** A form that shows where time went, rather than keep what was recorded as it was. */
export interface ProfileFormat {
  /** Called once, before all else. */
  header(header: ProfileHeader): Chunk;
  /** Called where files become known; before the samples with frames in them. */
  mappings(files: readonly MappedFile[]): void;
  /** Called for each sample in turn. */
  sample(sample: RecordedSample): Chunk;
  /** Called once. */
  end(): Iterable<Chunk>;
  /** As in {@linkcode RecordingFormat}. */
  warnings?(): readonly string[];
}

/** What a profile says of itself. */
export type ProfileHeader = Pick<Header, "interval" | "mode" | "python">;

/** A file, or a part of it, that a target has mapped. */
export type MappedFile = Pick<Mapping, "start" | "end" | "path"> & {
  /** In hex; null where there is none, and absent where it was not looked for. */
  readonly buildId?: string | null;
};

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
    tell: ([key, value]) => metadataLine(key, value),
    sample: (sample) => formatter.line(sample),
    closing: (statistics, options) => [closingText(statistics, options)],
  };
}

/** A profile of a run. */
export function sampledProfile(profile: ProfileFormat): SampleFormat {
  function tell(mappings: readonly Mapping[]): string {
    profile.mappings(mappings.flatMap(mappedFiles));
    return "";
  }
  return {
    header(header) {
      const chunk = profile.header(header);
      tell(header.mappings);
      return chunk;
    },
    joined: (_, mappings) => tell(mappings),
    left() {},
    mappings: tell,
    sample: (sample) => profile.sample(sample),
    closing: () => profile.end(),
    warnings: () => profile.warnings?.() ?? [],
  };
}

/** A mapping, and all of the file that begins with it. */
function mappedFiles({ start, end, path, module }: Mapping): MappedFile[] {
  return module === undefined ? [{ start, end, path }] : [{ ...module, path }, { start, end, path }];
}
