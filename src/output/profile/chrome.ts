/**
 * Trace events, as Perfetto and chrome://tracing show them: each call of a thread from when it was first seen on its stack
 * to when it was there no more.
 * https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 * @module
 */

import type { Microseconds, RecordedSample } from "../../types.ts";
import type { ProfileFormat } from "../format.ts";
import { FrameTable, placeOf, type ProfileFrame } from "./frames.ts";
import { cutWarnings, type ProfileContext, weightOf } from "./stacks.ts";
import { type Thread, ThreadTable, threadText } from "./threads.ts";

/** A call that has not ended yet. */
interface Open {
  readonly frame: number;
  readonly start: Microseconds;
}

/** What a thread was seen doing last. */
interface Track {
  readonly thread: Thread;
  calls: Open[];
  /** When its last sample ended. In memory mode there is no time: there, it is the bytes so far. */
  clock: Microseconds;
}

/** Trace events in a list. */
export function chromeProfile(context: ProfileContext): ProfileFormat {
  const frames = new FrameTable({ byLine: context.byLine });
  const threads = new ThreadTable(context);
  const tracks: Track[] = [];
  const rendered: string[] = [];
  let weight = weightOf("wall");
  let isFirst = true;
  let incomplete = 0;

  /** One element of the list. */
  function element(json: string): string {
    const text = `${isFirst ? "[\n" : ",\n"}${json}`;
    isFirst = false;
    return text;
  }
  /** Name, category and place of a frame, rendered once. */
  function frameJson(frame: number): string {
    return rendered[frame] ??= JSON.stringify(described(frames.all[frame])).slice(1, -1);
  }
  function ended({ frame, start }: Open, { thread, clock }: Track): string {
    if (clock === start) return "";
    const times = `"ts":${start},"dur":${clock - start}`;
    return element(`{"ph":"X",${times},"pid":${thread.pid},"tid":${numberOf(thread)},${frameJson(frame)}}`);
  }
  /** Ends the calls behind the first `count`. Of those with the same times, viewers take the first for the outermost. */
  function cut(track: Track, count: number): string {
    return track.calls.splice(count).map((call) => ended(call, track)).join("");
  }
  function trackOf(thread: Thread, sample: RecordedSample): Track {
    return tracks[thread.index] ??= { thread, calls: [], clock: thread.clock - Math.max(0, sample.time) };
  }
  return {
    header({ mode }) {
      weight = weightOf(mode);
      return "";
    },
    mappings: (files) => frames.map(files),
    sample(sample) {
      const lost = threads.cut + frames.cut;
      const track = trackOf(threads.next(sample), sample);
      const stack = frames.of(sample);
      if (threads.cut + frames.cut > lost) incomplete++;
      let common = 0;
      while (common < stack.length && track.calls[common]?.frame === stack[common]) common++;
      const text = cut(track, common);
      for (const frame of stack.slice(common)) track.calls.push({ frame, start: track.clock });
      track.clock += weight.of(sample);
      return text;
    },
    warnings: () => cutWarnings(incomplete),
    *end() {
      for (const track of tracks) {
        yield cut(track, 0);
        const { thread } = track;
        const args = { name: thread.name ?? threadText(thread) };
        const event = { ph: "M", name: "thread_name", pid: thread.pid, tid: numberOf(thread), args };
        yield element(JSON.stringify(event));
      }
      yield isFirst ? "[]\n" : "\n]\n";
    },
  };
}

/** Viewers want a number, also of a thread that is known by its name alone. */
function numberOf({ tid, index }: Thread): number {
  return typeof tid === "number" ? tid : -1 - index;
}

function described(frame: ProfileFrame): unknown {
  const { name, kind, line } = frame;
  const place = placeOf(frame);
  return { name, cat: kind, args: { ...(place === "" ? {} : { file: place }), ...(line > 0 ? { line } : {}) } };
}
