/**
 * Frames as profiles show them: each with a kind, a name and a place, the same one under one number.
 * @module
 */

import { RangeMap } from "../../range_map.ts";
import type { Address, Frame, MarkFrame, RecordedSample } from "../../types.ts";
import type { MappedFile } from "../format.ts";
import { printable } from "../text.ts";

/**
 * What a frame is; `gc` and `idle` stand behind the frames of a thread that collects garbage or waits, `thread` before
 * those of a thread that is kept apart.
 */
export type FrameKind = "python" | "native" | "kernel" | "gc" | "idle" | "mark" | "thread";

/** All kinds. */
export const FRAME_KINDS: readonly FrameKind[] = ["python", "native", "kernel", "gc", "idle", "mark", "thread"];

/** A frame for people. */
export interface ProfileFrame {
  readonly kind: FrameKind;
  readonly name: string;
  /** Source file; empty where it is not known. */
  readonly file: string;
  /** In `file`; 0 where it is not known. */
  readonly line: number;
  /** The binary that a native frame is in; empty for others. */
  readonly module: string;
  /** Of the instruction that runs, or of the last byte of the call; null where addresses are not told apart. */
  readonly address: Address | null;
}

const MARKS: Readonly<Record<MarkFrame["mark"], string>> = {
  invalid: "(not proved)",
  truncated: "(outer frames missing)",
  gap: "(frames may be missing)",
};

/** How many frames are told apart: with all that is kept of one, some 40 MB. */
const MOST_FRAMES = 2 ** 16;

/** What of frames is told apart. */
export interface FrameOptions {
  /** How many frames there can be. */
  readonly most?: number;
  readonly addresses?: boolean;
  readonly idle?: boolean;
  readonly byLine?: boolean;
}

/** Numbers frames from 0. Where there are too many, all that are new go by one number. */
export class FrameTable {
  readonly #most: number = MOST_FRAMES;
  readonly #byLine: boolean;
  readonly #addresses: boolean;
  readonly #marksIdle: boolean;
  readonly #all: ProfileFrame[] = [];
  readonly #byKey = new Map<string, number>();
  #byFrame = new WeakMap<Frame, number>();
  #byFrameSize = 0;
  readonly #files: MappedFile[] = [];
  /** Null where it does not hold all files yet. */
  #modules: RangeMap<string> | null = null;
  readonly #gc = this.#add(special("gc", "(garbage collection)"));
  readonly #idle = this.#add(special("idle", "(idle)"));
  readonly #invalid = this.#add(special("mark", MARKS.invalid));
  readonly #others = this.#add(special("mark", "(other functions)"));
  #cut = 0;

  /**
   * `addresses` tells apart what native frames are at, not only which function they are in; `idle` puts a frame behind
   * those of threads that wait; `byLine` makes each line of a function one of its own.
   */
  constructor({ addresses = false, idle = false, byLine = false, most = MOST_FRAMES }: FrameOptions = {}) {
    this.#most = most;
    this.#byLine = byLine;
    this.#addresses = addresses;
    this.#marksIdle = idle;
  }

  /** Says where files are, for frames that do not tell which one they are in. */
  map(files: readonly MappedFile[]): void {
    this.#files.push(...files);
    this.#modules = null;
  }

  /** The files that were told of. */
  get files(): readonly MappedFile[] {
    return this.#files;
  }

  /** All frames so far, by their numbers. */
  get all(): readonly ProfileFrame[] {
    return this.#all;
  }

  /** How many samples had frames that there was no room for. */
  get cut(): number {
    return this.#cut;
  }

  /** The number of a frame that stands for a thread. */
  thread(name: string): number {
    return this.#add(special("thread", name));
  }

  /** The numbers of a sample's frames, outermost first. */
  of({ stack, gc, idle }: RecordedSample): number[] {
    const { frames, proof } = stack;
    const numbers = frames.map((frame) => this.#number(frame));
    if (proof.flaw !== null && !frames.some((frame) => frame.kind === "mark" && frame.mark !== "gap")) {
      numbers.unshift(this.#invalid);
    }
    if (this.#addresses) this.#markRunning(frames, numbers);
    if (gc) numbers.push(this.#gc);
    if (idle && this.#marksIdle) numbers.push(this.#idle);
    if (this.#all.length >= this.#most && numbers.includes(this.#others)) this.#cut++;
    return numbers;
  }

  /** All native frames but the innermost are at a call, which lies before their pc. */
  #markRunning(frames: readonly Frame[], numbers: number[]): void {
    const last = frames.findLastIndex(({ kind }) => kind !== "kernel");
    const frame = frames[last];
    if (frame?.kind !== "native" || frame.pc === 0) return;
    numbers[last + numbers.length - frames.length] = this.#add({ ...this.#describe(frame), address: frame.pc });
  }

  #number(frame: Frame): number {
    let number = this.#byFrame.get(frame);
    if (number === undefined) {
      number = this.#add(this.#describe(frame));
      // V8 looks through all of a weak map whenever it collects garbage, and of frames that are gone.
      if (this.#byFrameSize++ % MOST_FRAMES === 0) this.#byFrame = new WeakMap();
      this.#byFrame.set(frame, number);
    }
    return number;
  }

  #describe(frame: Frame): ProfileFrame {
    switch (frame.kind) {
      case "python": {
        const [name, file] = [printable(frame.function), printable(frame.file)];
        return {
          kind: "python",
          name: this.#named(name, frame.line),
          file,
          line: frame.line,
          module: "",
          address: null,
        };
      }
      case "native": {
        const module = printable(frame.module || this.#moduleAt(frame.pc - 1));
        const address = this.#addresses && frame.pc > 0 ? frame.pc - 1 : null;
        const { file, line } = frame.source ?? { file: "", line: 0 };
        const name = this.#named(printable(frame.symbol), line);
        return { kind: "native", name, file: printable(file), line, module, address };
      }
      case "kernel":
        return special("kernel", printable(frame.symbol));
      case "mark":
        return special("mark", MARKS[frame.mark]);
    }
  }

  #named(name: string, line: number): string {
    return this.#byLine && line > 0 ? `${name}:${line}` : name;
  }

  #moduleAt(address: Address): string {
    this.#modules ??= new RangeMap(this.#files.map(({ start, end, path }) => ({ start, end, value: path })));
    return this.#modules.find(address)?.value ?? "";
  }

  #add(frame: ProfileFrame): number {
    const { kind, name, file, line, module, address } = frame;
    const key = [kind, name, file, line, module, address].join("\0");
    let number = this.#byKey.get(key);
    if (number === undefined) {
      if (this.#all.length >= this.#most) return this.#others;
      number = this.#all.push(frame) - 1;
      this.#byKey.set(key, number);
    }
    return number;
  }
}

/** The last part of a path, for people; `<string>` and the like stay whole. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** A frame for people, as one text: `f (a.py:3)`, `qsort (libc.so.6)`. */
export function frameText({ name, file, line, module }: ProfileFrame): string {
  if (file !== "") return `${name} (${fileName(file)}${line > 0 ? `:${line}` : ""})`;
  return module === "" ? name : `${name} (${fileName(module)})`;
}

/** Which function a frame is of: the same text for all of its lines and addresses. */
export function functionKey(
  { kind, name, file, module }: Pick<ProfileFrame, "kind" | "name" | "file" | "module">,
): string {
  return [kind, name, file, module].join("\0");
}

/** The file that is shown for a frame: its source, or else the binary. */
export function placeOf({ file, module }: ProfileFrame): string {
  return file === "" ? module : file;
}

/** The binaries that frames are in. */
export function modulesOf(frames: readonly ProfileFrame[]): string[] {
  return [...new Set(frames.map(({ module }) => module))].filter((module) => module !== "");
}

function special(kind: FrameKind, name: string): ProfileFrame {
  return { kind, name, file: "", line: 0, module: "", address: null };
}
