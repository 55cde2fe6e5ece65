/**
 * The formats by name, and which one the name of a file asks for.
 * @module
 */

import {
  collapsedFormat,
  type ProfileFormat,
  type RecordingFormat,
  sampledProfile,
  type SampleFormat,
} from "./format.ts";
import { callgrindProfile } from "./profile/callgrind.ts";
import { chromeProfile } from "./profile/chrome.ts";
import { geckoProfile } from "./profile/gecko.ts";
import { svgProfile } from "./profile/svg.ts";
import { flamegraphProfile } from "./profile/flamegraph.ts";
import { jsonlProfile } from "./profile/jsonl.ts";
import { pprofProfile } from "./profile/pprof.ts";
import { speedscopeProfile } from "./profile/speedscope.ts";
import type { ProfileContext } from "./profile/stacks.ts";
import { mojoFormat } from "./mojo.ts";
import type { Shape } from "./shape.ts";
import type { ThreadName } from "./thread_names.ts";
import { collapsedRecording, mojoRecording, recordedProfile } from "./recordings.ts";

/** What the formats need to know beside the samples. */
export interface FormatContext {
  /** The version of MOJO. */
  readonly mojo: 3 | 4;
  /** The operating system's name of a thread. */
  readonly threadName: ThreadName;
  /** What Python calls a thread; it is not known if this is left out. */
  readonly pythonName?: ThreadName;
  /** How much is kept apart. */
  readonly shape: Pick<Shape, "byLine" | "splitThreads">;
}

type Profile = (context: ProfileContext) => ProfileFormat;

const PROFILES = {
  flamegraph: flamegraphProfile,
  svg: svgProfile,
  speedscope: speedscopeProfile,
  pprof: pprofProfile,
  gecko: geckoProfile,
  chrome: chromeProfile,
  callgrind: callgrindProfile,
  jsonl: jsonlProfile,
} as const satisfies Readonly<Record<string, Profile>>;

/** A format. */
export type FormatName = "collapsed" | "mojo" | keyof typeof PROFILES;

/** All of them. */
export const FORMATS: readonly FormatName[] = [
  "collapsed",
  "mojo",
  ...Object.keys(PROFILES) as (keyof typeof PROFILES)[],
];

/** How the names of files end. What ends in `.json` alone may be anything. */
const EXTENSIONS: readonly (readonly [extension: RegExp, format: FormatName])[] = [
  [/\.(collapsed|folded)$/, "collapsed"],
  [/\.mojo$/, "mojo"],
  [/\.html?$/, "flamegraph"],
  [/\.svg$/, "svg"],
  [/\.gecko\.json$/, "gecko"],
  [/\.(chrome|trace)\.json$/, "chrome"],
  [/^callgrind\.out|\.callgrind$/, "callgrind"],
  [/\.speedscope\.json$/, "speedscope"],
  [/\.(pprof|pb\.gz)$/, "pprof"],
  [/\.jsonl$/, "jsonl"],
];

/** The format that a file's name asks for; null where it says nothing. */
export function formatOfFile(path: string): FormatName | null {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return EXTENSIONS.find(([extension]) => extension.test(name))?.[1] ?? null;
}

/** Writes a run. */
export function sampleFormat(name: FormatName, context: FormatContext): SampleFormat {
  if (name === "collapsed") return collapsedFormat();
  if (name === "mojo") return mojoFormat({ version: context.mojo, threadName: context.threadName });
  return sampledProfile(PROFILES[name]({ ...context.shape, ...names(context), isRecorded: false }));
}

function names({ threadName, pythonName }: FormatContext): Pick<ProfileContext, "threadName" | "pythonName"> {
  return { threadName, pythonName };
}

/** Writes a recording in another form. */
export function recordingFormat(
  name: FormatName,
  context: FormatContext,
): RecordingFormat {
  if (name === "collapsed") return collapsedRecording();
  if (name === "mojo") return mojoRecording(context.mojo, context.threadName);
  return recordedProfile(PROFILES[name]({ ...context.shape, ...names(context), isRecorded: true }));
}
