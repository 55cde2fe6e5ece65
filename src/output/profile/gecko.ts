/**
 * The Firefox Profiler's processed format, version 48: https://profiler.firefox.com and
 * https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md
 * @module
 */

import type { Microseconds } from "../../types.ts";
import type { ProfileFormat, ProfileHeader } from "../format.ts";
import { ROOT } from "./call_tree.ts";
import { fileName, FRAME_KINDS, functionKey, modulesOf, type ProfileFrame } from "./frames.ts";
import { type ProfileContext, stackProfile, Stacks, Timeline, type Weight } from "./stacks.ts";
import type { Thread } from "./threads.ts";

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
const LIBRARY = 1;

/** One thread's part of the recording. */
interface Track {
  readonly timeline: Timeline;
  /** When its first sample began. */
  readonly start: Microseconds;
}

/** Firefox Profiler. */
export function geckoProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { idle: true });
  const tracks: Track[] = [];
  return stackProfile(stacks, {
    add({ thread, node, value, start }) {
      const track = tracks[thread.index] ??= { timeline: new Timeline(), start };
      track.timeline.add(node, value);
    },
    *end({ weight, ...about }) {
      const head = { meta: metaOf(about), ...libraries(stacks) };
      yield `${JSON.stringify(head).slice(0, -1)},"threads":[`;
      const tables = tablesOf(stacks);
      const { tree, frames } = stacks;
      const isIdle = (node: number) => tree.parent(node) !== ROOT && frames.all[tree.frame(node)].kind === "idle";
      for (const thread of stacks.threads) {
        const { timeline, start } = tracks[thread.index];
        const samples = samplesOf(timeline, { start, weight, nodes: tables[thread.index].nodes, isIdle });
        yield (thread.index > 0 ? "," : "") +
          JSON.stringify(threadOf(thread, { start, samples, table: tables[thread.index] }));
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

/** A thread's stacks, and where the nodes of the common tree are among them. */
interface Table {
  readonly nodes: Map<number, number>;
  readonly stackTable: {
    frame: number[];
    prefix: (number | null)[];
    category: number[];
    subcategory: number[];
    length: number;
  };
  readonly frames: NumberedFrames;
}

function tablesOf({ tree, frames, threads }: Stacks): Table[] {
  const libs = new Map(modulesOf(frames.all).map((module, i) => [module, i]));
  const tables = threads.map((): Table => ({
    nodes: new Map(),
    stackTable: { frame: [], prefix: [], category: [], subcategory: [], length: 0 },
    frames: new NumberedFrames(libs),
  }));
  const owners = new Uint32Array(tree.size);
  for (let node = 1; node < tree.size; node++) {
    const parent = tree.parent(node);
    owners[node] = parent === ROOT ? tree.frame(node) : owners[parent];
    if (parent === ROOT) continue;
    const { nodes, stackTable, frames: numbered } = tables[owners[node]];
    const frame = frames.all[tree.frame(node)];
    nodes.set(node, stackTable.length++);
    stackTable.frame.push(numbered.of(frame));
    stackTable.prefix.push(nodes.get(parent) ?? null);
    stackTable.category.push(FRAME_KINDS.indexOf(frame.kind));
    stackTable.subcategory.push(0);
  }
  return tables;
}

/** The frames, functions, resources and strings of a thread, which has tables of its own. */
class NumberedFrames {
  readonly #libs: ReadonlyMap<string, number>;
  readonly #strings = new Map<string, number>();
  readonly #frames = new Map<ProfileFrame, number>();
  readonly #functions = new Map<string, number>();
  readonly #resources = new Map<string, number>();
  readonly #rows: { category: number; func: number; line: number | null }[] = [];
  readonly #funcs: { name: number; resource: number; fileName: number | null }[] = [];

  constructor(libs: ReadonlyMap<string, number>) {
    this.#libs = libs;
  }

  of(frame: ProfileFrame): number {
    const known = this.#frames.get(frame);
    if (known !== undefined) return known;
    const category = FRAME_KINDS.indexOf(frame.kind);
    this.#rows.push({ category, func: this.#function(frame), line: frame.line > 0 ? frame.line : null });
    this.#frames.set(frame, this.#rows.length - 1);
    return this.#rows.length - 1;
  }

  /** All of them, a list a column. */
  tables(): Record<string, unknown> {
    const [rows, funcs] = [this.#rows, this.#funcs];
    const nulls = rows.map(() => null);
    const modules = [...this.#resources.keys()];
    const frameTable = {
      ...{ length: rows.length, address: rows.map(() => -1), inlineDepth: rows.map(() => 0) },
      ...{ category: rows.map(({ category }) => category), subcategory: rows.map(() => 0) },
      ...{ func: rows.map(({ func }) => func), nativeSymbol: nulls, innerWindowID: rows.map(() => 0) },
      ...{ implementation: nulls, line: rows.map(({ line }) => line), column: nulls },
    };
    const funcTable = {
      ...{ length: funcs.length, name: funcs.map(({ name }) => name), isJS: funcs.map(() => false) },
      ...{ relevantForJS: funcs.map(() => false), resource: funcs.map(({ resource }) => resource) },
      fileName: funcs.map(({ fileName }) => fileName),
      ...{ lineNumber: funcs.map(() => null), columnNumber: funcs.map(() => null) },
    };
    const resourceTable = {
      ...{ length: modules.length, lib: modules.map((module) => this.#libs.get(module)!) },
      name: modules.map((module) => this.#string(fileName(module))),
      ...{ host: modules.map(() => null), type: modules.map(() => LIBRARY) },
    };
    const nativeSymbols = { length: 0, libIndex: [], address: [], name: [], functionSize: [] };
    return { frameTable, funcTable, resourceTable, nativeSymbols, stringArray: [...this.#strings.keys()] };
  }

  #string(text: string): number {
    const known = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, known);
    return known;
  }

  #function(frame: ProfileFrame): number {
    const { name, file, module } = frame;
    const key = functionKey(frame);
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const resource = module === "" ? -1 : this.#resources.get(module) ?? this.#resources.size;
    if (module !== "") this.#resources.set(module, resource);
    const place = file === "" ? null : this.#string(file);
    this.#functions.set(key, this.#funcs.length);
    return this.#funcs.push({ name: this.#string(name), resource, fileName: place }) - 1;
  }
}

interface SampleOptions {
  readonly start: Microseconds;
  readonly weight: Weight;
  readonly nodes: ReadonlyMap<number, number>;
  isIdle(node: number): boolean;
}

/** Times are in milliseconds. What is weighed in bytes has no time: there, the samples follow each other by 1 ms. */
function samplesOf(timeline: Timeline, { start, weight, nodes, isIdle }: SampleOptions) {
  const isTime = weight.unit === "microseconds";
  const samples = {
    ...{ length: 0, stack: [] as (number | null)[], time: [] as number[], weight: [] as number[] },
    threadCPUDelta: [] as number[],
    weightType: isTime ? "tracing-ms" : "bytes",
  };
  let clock = start / 1000;
  // In microseconds, since the sample before: what that was on the processor for.
  let cpu = 0;
  for (const [node, value] of timeline.runs()) {
    samples.length++;
    samples.stack.push(nodes.get(node) ?? null);
    samples.time.push(clock);
    samples.weight.push(isTime ? value / 1000 : value);
    samples.threadCPUDelta.push(cpu);
    cpu = isTime && !isIdle(node) ? value : 0;
    clock += isTime ? value / 1000 : 1;
  }
  return samples;
}

interface ThreadParts {
  readonly start: Microseconds;
  readonly samples: unknown;
  readonly table: Table;
}

function threadOf(thread: Thread, { start, samples, table }: ThreadParts): unknown {
  const { pid, tid, name, clock } = thread;
  return {
    ...{ processType: "default", processName: `process ${pid}`, processStartupTime: 0, processShutdownTime: null },
    ...{ registerTime: start / 1000, unregisterTime: clock / 1000, pausedRanges: [] },
    ...{ name: name ?? `thread ${tid}`, isMainThread: pid === tid, pid: String(pid), tid },
    samples,
    markers: { length: 0, data: [], name: [], startTime: [], endTime: [], phase: [], category: [] },
    stackTable: table.stackTable,
    ...table.frames.tables(),
  };
}
