/**
 * The Firefox Profiler's processed format, version 48: https://profiler.firefox.com and
 * https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md
 * @module
 */

import type { ProfileFormat, ProfileHeader } from "../format.ts";
import { ROOT } from "./call_tree.ts";
import { fileName, FRAME_KINDS, modulesOf } from "./frames.ts";
import { NumberedFrames } from "./gecko_tables.ts";
import { tableJson } from "./json.ts";
import { type ProfileContext, stackProfile, Stacks, type Weight } from "./stacks.ts";
import type { Thread } from "./threads.ts";
import { Timelines } from "./timelines.ts";

const VERSION = { gecko: 30, processed: 48 } as const;
/** By kind, in the order of FRAME_KINDS; the colours are those that the profiler knows. */
const CATEGORIES = [
  ["Python", "blue"],
  ["Native", "orange"],
  ["Kernel", "red"],
  ["Garbage collection", "green"],
  ["Idle", "transparent"],
  ["Not known", "grey"],
  ["Thread", "grey"],
].map(([name, color]) => ({ name, color, subcategories: ["Other"] }));
/** Firefox Profiler. */
export function geckoProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { idle: true });
  const timelines = new Timelines();
  return stackProfile(stacks, {
    add: (sample) => timelines.add(sample),
    warnings: () => timelines.warnings,
    *end({ weight, ...about }) {
      const head = { meta: metaOf(about), ...libraries(stacks) };
      yield `${JSON.stringify(head).slice(0, -1)},"threads":[`;
      const { tree, threads } = stacks;
      const { nodes, places } = tree.byThread(threads.length);
      const libs = new Map(modulesOf(stacks.frames.all).map((module, i) => [module, i]));
      for (const thread of threads) {
        if (thread.index > 0) yield ",";
        yield* threadJson(thread, { stacks, timelines, weight, libs, nodes: nodes[thread.index], places });
      }
      yield "]}\n";
    },
  });
}

function metaOf({ interval, python }: ProfileHeader): unknown {
  return {
    ...{ version: VERSION.gecko, preprocessedProfileVersion: VERSION.processed, symbolicated: true },
    ...{ interval: interval / 1000, startTime: 0, processType: 0, stackwalk: 1, debug: false },
    product: python === null ? "Python" : `Python ${python}`,
    importedFrom: "austinp",
    sampleUnits: { time: "ms", eventDelay: "ms", threadCPUDelta: "µs" },
    categories: CATEGORIES,
    markerSchema: [],
  };
}

function libraries({ frames }: Stacks): { libs: unknown[] } {
  const ids = new Map(frames.files.map(({ path, buildId }) => [path, buildId ?? null]));
  const libs = modulesOf(frames.all).map((path) => {
    const name = fileName(path);
    return {
      arch: "x86_64",
      name,
      path,
      debugName: name,
      debugPath: path,
      breakpadId: "",
      codeId: ids.get(path) ?? null,
    };
  });
  return { libs };
}

/** What a thread is put together from. */
interface Parts {
  readonly stacks: Stacks;
  readonly timelines: Timelines;
  readonly weight: Weight;
  /** The numbers of the binaries. */
  readonly libs: ReadonlyMap<string, number>;
  /** Those of its stacks. */
  readonly nodes: Uint32Array;
  /** Of each node of the tree, where it is in the list of its thread. */
  readonly places: Uint32Array;
}

function* threadJson(thread: Thread, parts: Parts): Generator<string> {
  const { pid, tid, name, clock } = thread;
  const head = {
    ...{ processType: "default", processName: `process ${pid}`, processStartupTime: 0, processShutdownTime: null },
    ...{ registerTime: parts.timelines.start(thread) / 1000, unregisterTime: clock / 1000, pausedRanges: [] },
    ...{ name: name ?? `thread ${tid}`, isMainThread: pid === tid, pid: String(pid), tid },
    markers: { length: 0, data: [], name: [], startTime: [], endTime: [], phase: [], category: [] },
  };
  yield `${JSON.stringify(head).slice(0, -1)},"samples":`;
  yield* samplesJson(thread, parts);
  const { stacks: { tree, frames }, libs, nodes, places } = parts;
  const numbered = new NumberedFrames(libs);
  const frameOf = (node: number) => frames.all[tree.frame(node)];
  const above = (node: number) => tree.parent(tree.parent(node)) === ROOT ? null : places[tree.parent(node)];
  yield ',"stackTable":';
  yield* tableJson({ length: nodes.length }, {
    frame: column(nodes, (node) => numbered.of(frameOf(node))),
    prefix: column(nodes, above),
    category: column(nodes, (node) => FRAME_KINDS.indexOf(frameOf(node).kind)),
    subcategory: column(nodes, () => 0),
  });
  yield* numbered.json();
  yield "}";
}

function* column<T, U>(rows: Iterable<T>, cell: (row: T) => U): Generator<U> {
  for (const row of rows) yield cell(row);
}

/** Times are in milliseconds. What is weighed in bytes has no time: there, the samples follow each other by 1 ms. */
function* samplesJson(thread: Thread, { stacks, timelines, weight, nodes, places }: Parts): Generator<string> {
  const { tree, frames } = stacks;
  const isTime = weight.unit === "microseconds";
  const runs = () => timelines.runs(thread, nodes);
  const isThread = (node: number) => tree.parent(node) === ROOT;
  const isIdle = (node: number) => !isThread(node) && frames.all[tree.frame(node)].kind === "idle";
  function* times(): Generator<number> {
    let clock = timelines.start(thread) / 1000;
    for (const [, value] of runs()) {
      yield clock;
      clock += isTime ? value / 1000 : 1;
    }
  }
  /** In microseconds: what the sample before was on the processor for. */
  function* deltas(): Generator<number> {
    let cpu = 0;
    for (const [node, value] of runs()) {
      yield cpu;
      cpu = isTime && !isIdle(node) ? value : 0;
    }
  }
  const count = runs().reduce((sum) => sum + 1, 0);
  yield* tableJson({ length: count, weightType: isTime ? "tracing-ms" : "bytes" }, {
    stack: column(runs(), ([node]) => isThread(node) ? null : places[node]),
    time: times(),
    weight: column(runs(), ([, value]) => isTime ? value / 1000 : value),
    threadCPUDelta: deltas(),
  });
}
