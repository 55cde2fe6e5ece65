/**
 * The tables of a thread in Firefox Profiler's format that say what its frames are.
 * @module
 */

import { fileName, FRAME_KINDS, functionKey, type ProfileFrame } from "./frames.ts";
import { listed, tableJson } from "./json.ts";

/** What kind of resource a function is of. */
const LIBRARY = 1;

/** The frames, functions, resources and strings of a thread, which has tables of its own. */
export class NumberedFrames {
  readonly #libs: ReadonlyMap<string, number>;
  readonly #strings = new Map<string, number>();
  readonly #frames = new Map<ProfileFrame, number>();
  readonly #functions = new Map<string, number>();
  readonly #resources = new Map<string, number>();
  readonly #rows: { category: number; func: number; line: number | null }[] = [];
  readonly #funcs: { name: number; resource: number; fileName: number | null }[] = [];

  /** `libs` has the numbers of the binaries. */
  constructor(libs: ReadonlyMap<string, number>) {
    this.#libs = libs;
  }

  /** The number of a frame. */
  of(frame: ProfileFrame): number {
    const known = this.#frames.get(frame);
    if (known !== undefined) return known;
    const category = FRAME_KINDS.indexOf(frame.kind);
    this.#rows.push({ category, func: this.#function(frame), line: frame.line > 0 ? frame.line : null });
    this.#frames.set(frame, this.#rows.length - 1);
    return this.#rows.length - 1;
  }

  /** All of them, as fields of the thread. */
  *json(): Generator<string> {
    const [rows, funcs] = [this.#rows, this.#funcs];
    const modules = [...this.#resources.keys()];
    const names = modules.map((module) => this.#string(fileName(module)));
    yield ',"frameTable":';
    yield* tableJson({ length: rows.length }, {
      ...{ address: always(-1, rows), inlineDepth: always(0, rows), category: rows.map(({ category }) => category) },
      ...{ subcategory: always(0, rows), func: rows.map(({ func }) => func), nativeSymbol: always(null, rows) },
      ...{ innerWindowID: always(0, rows), implementation: always(null, rows), line: rows.map(({ line }) => line) },
      column: always(null, rows),
    });
    yield ',"funcTable":';
    yield* tableJson({ length: funcs.length }, {
      ...{ name: funcs.map(({ name }) => name), isJS: always(false, funcs), relevantForJS: always(false, funcs) },
      ...{ resource: funcs.map(({ resource }) => resource), fileName: funcs.map(({ fileName }) => fileName) },
      ...{ lineNumber: always(null, funcs), columnNumber: always(null, funcs) },
    });
    yield ',"resourceTable":';
    yield* tableJson({ length: modules.length }, {
      ...{ lib: modules.map((module) => this.#libs.get(module)!), name: names },
      ...{ host: always(null, modules), type: always(LIBRARY, modules) },
    });
    yield ',"nativeSymbols":{"length":0,"libIndex":[],"address":[],"name":[],"functionSize":[]},"stringArray":[';
    yield* listed(this.#strings.keys().map((text) => JSON.stringify(text)));
    yield "]";
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

/** A column that has the same in each row. */
function always<T>(value: T, rows: readonly unknown[]): T[] {
  return new Array(rows.length).fill(value);
}
