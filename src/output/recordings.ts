/**
 * Recordings in, in pieces; the same in another form out.
 * @module
 */

import type { Recorded } from "../types.ts";
import { CollapsedFormatter } from "./collapsed.ts";
import { type Chunk, encodeChunks } from "./chunk.ts";
import type { MappedFile, ProfileFormat, ProfileHeader, RecordingFormat } from "./format.ts";
import { type Metadata, metadataLine, modeNamed, parseModule } from "./metadata.ts";
import { type MojoFormat, mojoFormat } from "./mojo.ts";
import type { ThreadName } from "./thread_names.ts";

/** The first key behind the samples. */
const CLOSING = "duration";

const PARTS = ["header", "samples", "closing"] as const;
type Part = typeof PARTS[number];

/** Collapsed text, as the run itself would have written it: with the empty lines where readers look for them. */
export function collapsedRecording(): RecordingFormat {
  let formatter = new CollapsedFormatter();
  let part: Part = "header";
  /** An empty line for each part that ends. */
  function enter(next: Part): string {
    const ended = PARTS.indexOf(next) - PARTS.indexOf(part);
    if (ended <= 0) return "";
    part = next;
    return "\n".repeat(ended);
  }
  return {
    recorded(recorded: Recorded): string {
      if (recorded.kind === "sample") return enter("samples") + formatter.line(recorded.sample);
      const { key, value } = recorded;
      const mode = key === "mode" ? modeNamed(value) : null;
      if (mode !== null) formatter = new CollapsedFormatter(mode);
      return (key === CLOSING ? enter("closing") : "") + metadataLine(key, value);
    },
    end: () => [part === "closing" ? "\n" : enter("closing")],
  };
}

/** MOJO; the names of threads are in version 4. */
export function mojoRecording(version: 3 | 4, threadName: ThreadName): RecordingFormat {
  const format: MojoFormat = mojoFormat(version === 3 ? { version } : { version, threadName });
  let begun = false;
  function begin(): Uint8Array[] {
    if (begun) return [];
    begun = true;
    return [format.begin()];
  }
  return {
    recorded(recorded: Recorded): Uint8Array {
      const chunk = recorded.kind === "sample"
        ? format.sample(recorded.sample)
        : format.metadata([recorded.key, recorded.value]);
      return encodeChunks([...begin(), chunk]);
    },
    end: begin,
  };
}

/** A profile. What stands before the first sample is its header. */
export function recordedProfile(profile: ProfileFormat): RecordingFormat {
  let metadata: Metadata[] | null = [];
  function begin(): Chunk {
    if (metadata === null) return "";
    const chunk = profile.header(headerOf(metadata));
    for (const [key, value] of metadata) tell(key, value);
    metadata = null;
    return chunk;
  }
  function tell(key: string, value: string): void {
    const file = key === "map" ? mappedFile(value) : key === "build-id" ? parseModule(value) : null;
    if (file !== null) profile.mappings([file]);
  }
  return {
    recorded(recorded: Recorded): Chunk {
      if (recorded.kind === "metadata") {
        const { key, value } = recorded;
        if (metadata !== null) metadata.push([key, value]);
        else tell(key, value);
        return "";
      }
      const [header, sample] = [begin(), profile.sample(recorded.sample)];
      return typeof header === "string" && typeof sample === "string"
        ? header + sample
        : encodeChunks([header, sample]);
    },
    *end() {
      yield begin();
      yield* profile.end();
    },
    warnings: () => profile.warnings?.() ?? [],
  };
}

/** Where something is not said, it is as it mostly is. */
function headerOf(metadata: readonly Metadata[]): ProfileHeader {
  const values = new Map(metadata);
  const interval = Number(values.get("interval"));
  return {
    mode: modeNamed(values.get("mode")) ?? "wall",
    interval: interval > 0 ? interval : 0,
    python: values.get("python") ?? null,
  };
}

function mappedFile(value: string): MappedFile | null {
  const [, start, end, path] = /^([0-9a-f]{1,12})-([0-9a-f]{1,12}) (.+)$/s.exec(value) ?? [];
  return path === undefined ? null : { start: parseInt(start, 16), end: parseInt(end, 16), path };
}
