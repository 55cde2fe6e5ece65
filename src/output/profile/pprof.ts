/**
 * The format of pprof: https://github.com/google/pprof/blob/main/proto/profile.proto, gzipped. The numbers of fields are
 * those of its messages. Native frames have their addresses, and mappings their build-ids, so that pprof can look up
 * more than was known here.
 * @module
 */

import { gzipSync } from "node:zlib";
import { PbfWriter } from "pbf";
import type { Microseconds, Mode, RecordedSample } from "../../types.ts";
import type { MappedFile, ProfileFormat } from "../format.ts";
import { functionKey, placeOf, type ProfileFrame } from "./frames.ts";
import { type ProfileContext, Stacks, Sums } from "./stacks.ts";
import type { Thread } from "./threads.ts";

/** What is measured: a kind of value that each sample has. */
interface Measure {
  readonly type: string;
  readonly unit: string;
  of(sample: RecordedSample): number;
}

const SAMPLES: Measure = { type: "samples", unit: "count", of: () => 1 };
const WALL: Measure = { type: "wall", unit: "microseconds", of: ({ time }) => Math.round(time) };
const CPU: Measure = { type: "cpu", unit: "microseconds", of: ({ time, idle }) => idle ? 0 : Math.round(time) };
const MEMORY: Measure = { type: "memory", unit: "bytes", of: ({ memory }) => memory };

/** Text recordings of wall time do not tell which threads were idle. */
function measuresOf(mode: Mode, { isRecorded }: ProfileContext): readonly Measure[] {
  switch (mode) {
    case "wall":
      return isRecorded ? [SAMPLES, WALL] : [SAMPLES, CPU, WALL];
    case "cpu":
      return [SAMPLES, CPU];
    case "memory":
      return [SAMPLES, MEMORY];
    case "full":
      return [SAMPLES, MEMORY, CPU, WALL];
  }
}

/** pprof. */
export function pprofProfile(context: ProfileContext): ProfileFormat {
  const stacks = new Stacks(context, { addresses: true, addsUp: true });
  let measures: readonly Measure[] = [];
  let interval: Microseconds = 0;
  let sums: readonly Sums[] = [];
  return {
    header(header) {
      measures = measuresOf(header.mode, context);
      sums = measures.map(() => new Sums());
      interval = header.interval;
      return "";
    },
    mappings: (files) => stacks.frames.map(files),
    warnings: () => stacks.warnings,
    sample(sample) {
      const { node } = stacks.add(sample);
      measures.forEach((measure, i) => sums[i].add(node, measure.of(sample)));
      return "";
    },
    end() {
      const writer = new ProfileWriter(stacks);
      return [gzipSync(writer.write({ measures, sums, interval }))];
    },
  };
}

interface Contents {
  readonly measures: readonly Measure[];
  readonly sums: readonly Sums[];
  readonly interval: Microseconds;
}

/** Puts the message together: strings, functions and mappings are numbered as they come. */
class ProfileWriter {
  readonly #stacks: Stacks;
  readonly #message = new PbfWriter();
  readonly #strings = new Map<string, number>([["", 0]]);
  readonly #functions = new Map<string, number>();
  readonly #mappings: readonly MappedFile[];

  constructor(stacks: Stacks) {
    this.#stacks = stacks;
    this.#mappings = wholeFiles(stacks.frames.files);
  }

  write({ measures, sums, interval }: Contents): Uint8Array {
    for (const measure of measures) this.#valueType(1, measure);
    this.#samples(sums);
    this.#mappings.forEach((file, i) => this.#mapping(file, i + 1));
    this.#stacks.frames.all.forEach((frame, i) => this.#location(frame, i + 1));
    const last = measures.at(-1)!;
    // What the tree shows at first.
    const shown = this.#string(last.type);
    this.#valueType(11, { type: "wall", unit: "microseconds" });
    for (const text of this.#strings.keys()) this.#message.writeStringField(6, text);
    this.#integers({ 12: interval, 14: shown });
    return this.#message.finish();
  }

  #string(text: string): number {
    const known = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, known);
    return known;
  }

  /** Integers by the numbers of their fields; 0 is what a field has that is not there. */
  #integers(fields: Readonly<Record<number, number>>): void {
    for (const [field, value] of Object.entries(fields)) {
      if (value !== 0) this.#message.writeVarintField(Number(field), value);
    }
  }

  /** A message in the one that is being written. */
  #within(field: number, write: () => void): void {
    this.#message.writeMessage(field, write, null);
  }

  #valueType(field: number, { type, unit }: Pick<Measure, "type" | "unit">): void {
    this.#within(field, () => this.#integers({ 1: this.#string(type), 2: this.#string(unit) }));
  }

  #samples(sums: readonly Sums[]): void {
    const { tree, threads } = this.#stacks;
    for (let node = 1; node < tree.size; node++) {
      // Each sample was counted, so other nodes only lie on the way.
      if (sums[0].of(node) === 0) continue;
      this.#within(2, () => {
        this.#message.writePackedVarint(1, tree.stack(node).map((frame) => frame + 1).reverse());
        this.#message.writePackedVarint(2, sums.map((sum) => sum.of(node)));
        this.#labels(threads[tree.thread(node)]);
      });
    }
  }

  #labels({ pid, tid, name }: Thread): void {
    this.#within(3, () => this.#integers({ 1: this.#string("pid"), 3: pid }));
    if (typeof tid === "number") this.#within(3, () => this.#integers({ 1: this.#string("tid"), 3: tid }));
    if (name !== null) this.#within(3, () => this.#integers({ 1: this.#string("thread"), 2: this.#string(name) }));
  }

  #mapping({ start, end, path, buildId }: MappedFile, id: number): void {
    const [file, build] = [this.#string(path), this.#string(buildId ?? "")];
    const hasFunctions = 1;
    this.#within(3, () => this.#integers({ 1: id, 2: start, 3: end, 5: file, 6: build, 7: hasFunctions }));
  }

  #location(frame: ProfileFrame, id: number): void {
    const { address, line, module } = frame;
    const mapping = address === null
      ? -1
      : this.#mappings.findIndex(({ start, end, path }) =>
        start <= address && address < end && (module === "" || module === path)
      );
    const functionId = this.#function(frame);
    this.#within(4, () => {
      this.#integers({ 1: id, 2: mapping + 1, 3: address ?? 0 });
      this.#within(4, () => this.#integers({ 1: functionId, 2: line }));
    });
  }

  #function(frame: ProfileFrame): number {
    const key = functionKey(frame);
    const known = this.#functions.get(key);
    if (known !== undefined) return known;
    const id = this.#functions.size + 1;
    this.#functions.set(key, id);
    const [name, file] = [this.#string(frame.name), this.#string(placeOf(frame))];
    this.#within(5, () => this.#integers({ 1: id, 2: name, 3: name, 4: file }));
    return id;
  }
}

/** Each file once, from its first address to its last: as it was told, else from its parts that follow each other. */
function wholeFiles(files: readonly MappedFile[]): MappedFile[] {
  const whole = new Map<string, MappedFile>();
  for (const file of files) {
    if (file.buildId !== undefined) whole.set(`${file.path}\0${file.start}`, file);
  }
  const told = [...whole.values()];
  const found: MappedFile[] = [...told];
  for (const file of files) {
    const { start, end, path, buildId } = file;
    if (buildId !== undefined) continue;
    if (told.some((other) => other.path === path && other.start <= start && end <= other.end)) continue;
    const last = found.at(-1);
    if (last?.path === path && last.buildId === undefined && start >= last.start) {
      found[found.length - 1] = { ...last, end: Math.max(end, last.end) };
    } else found.push(file);
  }
  return found;
}
