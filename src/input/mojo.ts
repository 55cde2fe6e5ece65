/**
 * MOJO in, versions 1 to 4; samples and metadata out. What each version has is said in `src/output/mojo.ts`; here only
 * what is older or newer than version 3:
 *
 *     1   FRAME ends after its line; STACK has no interpreter
 *     2   STACK has no interpreter
 *     4   STACK has the thread's name in place of its id, if it has one; STACK_REPEAT; TASK_STACK and TASK_WAITER
 * @module
 */

import { EVENT, MAGIC, UNKNOWN_REF } from "../mojo_events.ts";
import type { Frame, KernelFrame, Recorded, Tid } from "../types.ts";
import { EventReader } from "./event_reader.ts";
import { frameOf, INVALID, stackOf, UNKNOWN } from "./text_frames.ts";

const NEWEST = 4;

/** Several times what fits on the stacks of a thread. Only STACK_REPEAT makes much of a short file. */
const DEEPEST_STACK = 2 ** 20;

/** What has been said of one process. */
interface Dictionary {
  readonly strings: Map<number, string>;
  readonly frames: Map<number, Frame>;
}

/** A sample of which there may be more to come. */
interface Draft {
  readonly pid: number;
  readonly interpreter: number;
  readonly tid: Tid | string;
  readonly dictionary: Dictionary;
  frames: Frame[];
  isRepeat: boolean;
  gc: boolean;
  idle: boolean;
  time: number | null;
  memory: number | null;
}

/** Reads one file, in pieces of any size. */
export class MojoReader {
  readonly #reader = new EventReader();
  readonly #dictionaries = new Map<number, Dictionary>();
  readonly #kernelFrames = new Map<string, KernelFrame>();
  /** Stacks by thread, for STACK_REPEAT. */
  readonly #previous = new Map<string, readonly Frame[]>();
  #version: number | null = null;
  #mode: string | null = null;
  #draft: Draft | null = null;

  /**
   * What is whole with this piece, in order. A sample is when the next one begins, so it may come with a later piece.
   *
   * @throws {InputError} where the file is malformed; what was given out before stands.
   */
  *read(piece: Uint8Array): Generator<Recorded> {
    this.#reader.push(piece);
    if (this.#version === null) {
      this.#version = this.#reader.event(() => this.#header());
      if (this.#version === null) return;
    }
    while (!this.#reader.isEmpty) {
      const recorded = this.#reader.event(() => this.#event());
      if (recorded === null) return;
      yield* recorded;
    }
  }

  /**
   * The last sample.
   *
   * @throws {InputError} where the file is cut off; the sample that it is cut off in is not given out.
   */
  *end(): Generator<Recorded> {
    if (this.#version === null) this.#reader.fail(`it ends before its version`);
    const draft = this.#draft;
    if (draft !== null && this.#isWhole(draft)) yield* this.#finish();
    if (!this.#reader.isEmpty) this.#reader.fail("it ends in the middle of an event");
    if (this.#draft !== null) this.#reader.fail("it ends in the middle of a sample");
  }

  #header(): number {
    for (const letter of MAGIC) {
      if (this.#reader.byte() !== letter.charCodeAt(0)) this.#reader.fail(`it does not begin with "${MAGIC}"`);
    }
    const version = this.#reader.varint();
    if (!(version >= 1 && version <= NEWEST)) {
      this.#reader.fail(`version ${version} is not known; 1 to ${NEWEST} are`);
    }
    return version;
  }

  /** Reads an event and returns what it completes; all its fields come before any change. */
  #event(): Recorded[] {
    const reader = this.#reader;
    const event = reader.byte();
    switch (event) {
      case EVENT.metadata: {
        const [key, value] = [reader.string(), reader.string()];
        const finished = this.#finish();
        if (key === "mode") this.#mode = value;
        return [...finished, { kind: "metadata", key, value }];
      }
      case EVENT.stack:
        return this.#stack();
      case EVENT.string: {
        const [key, text] = [reader.varint(), reader.string()];
        this.#current().dictionary.strings.set(key, text);
        return [];
      }
      case EVENT.frame:
        this.#frame();
        return [];
      case EVENT.stringRef:
        reader.varint(); // says nothing by itself
        return [];
      case EVENT.taskStack:
      case EVENT.taskWaiter:
        if (this.#version !== NEWEST) reader.fail(`event ${event} is not one of version ${this.#version}`);
        reader.varint();
        reader.varint();
        return [];
      default:
        this.#partOfSample(event);
        return [];
    }
  }

  #partOfSample(event: number): void {
    const reader = this.#reader;
    switch (event) {
      case EVENT.frameInvalid:
        return this.#add(INVALID);
      case EVENT.frameRef: {
        const key = reader.varint();
        const frame = this.#current().dictionary.frames.get(key);
        return this.#add(frame ?? reader.fail(`frame ${key} has not been defined`));
      }
      case EVENT.frameKernel:
        return this.#add(this.#kernelFrame(reader.string()));
      case EVENT.gc:
        this.#current().gc = true;
        return;
      case EVENT.idle:
        this.#current().idle = true;
        return;
      case EVENT.metricTime: {
        const time = reader.varint();
        this.#current().time = time;
        return;
      }
      case EVENT.metricMemory: {
        const memory = reader.varint();
        this.#current().memory = memory;
        return;
      }
      case EVENT.stackRepeat:
        return this.#repeat();
      default:
        reader.fail(`event ${event} is not known`);
    }
  }

  #stack(): Recorded[] {
    const reader = this.#reader;
    const pid = reader.varint();
    const interpreter = this.#version! >= 3 ? reader.varint() : 0;
    const name = reader.string();
    const finished = this.#finish();
    let dictionary = this.#dictionaries.get(pid);
    if (dictionary === undefined) {
      dictionary = { strings: new Map(), frames: new Map() };
      this.#dictionaries.set(pid, dictionary);
    }
    const tid = this.#tid(name);
    this.#draft = {
      ...{ pid, interpreter, tid, dictionary },
      ...{ frames: [], isRepeat: false, gc: false, idle: false, time: null, memory: null },
    };
    return finished;
  }

  /** A hexadecimal number up to version 3; after that there is no telling it from a name that looks like one. */
  #tid(name: string): Tid | string {
    const tid = /^[0-9a-f]{1,8}$/.test(name) ? parseInt(name, 16) : name;
    if (this.#version! < NEWEST && typeof tid === "string") this.#reader.fail(`thread '${tid}' is not a number`);
    return tid;
  }

  #frame(): void {
    const reader = this.#reader;
    const [key, file, scope, line] = [reader.varint(), reader.varint(), reader.varint(), reader.varint()];
    const [endLine, column, endColumn] = this.#version! >= 2
      ? [reader.varint(), reader.varint(), reader.varint()]
      : [0, 0, 0];
    const { strings, frames } = this.#current().dictionary;
    const names = [file, scope].map((ref) =>
      ref === UNKNOWN_REF ? UNKNOWN : strings.get(ref) ?? reader.fail(`string ${ref} has not been defined`)
    );
    frames.set(key, frameOf(names[0], names[1], { line, endLine, column, endColumn }));
  }

  #kernelFrame(symbol: string): KernelFrame {
    let frame = this.#kernelFrames.get(symbol);
    if (frame === undefined) this.#kernelFrames.set(symbol, frame = { kind: "kernel", symbol });
    return frame;
  }

  #add(frame: Frame): void {
    const { frames } = this.#current();
    if (frames.push(frame) > DEEPEST_STACK) this.#reader.fail(`a stack of more than ${DEEPEST_STACK} frames`);
  }

  /** The frames of the thread's previous sample come before these, but for those below its innermost Python frame. */
  #repeat(): void {
    const draft = this.#current();
    if (this.#version !== NEWEST) {
      this.#reader.fail(`event ${EVENT.stackRepeat} is not one of version ${this.#version}`);
    }
    if (draft.isRepeat) this.#reader.fail("a stack is repeated twice");
    const previous = this.#previous.get(threadKey(draft)) ?? [];
    const count = previous.findLastIndex(isPython) + 1;
    if (count + draft.frames.length > DEEPEST_STACK) this.#reader.fail(`a stack of more than ${DEEPEST_STACK} frames`);
    draft.isRepeat = true;
    draft.frames = [...previous.slice(0, count), ...draft.frames];
  }

  #current(): Draft {
    return this.#draft ?? this.#reader.fail("it belongs to no sample");
  }

  /** Ends the current sample, if there is one. */
  #finish(): Recorded[] {
    const draft = this.#draft;
    if (draft === null) return [];
    if (!this.#isWhole(draft)) this.#reader.fail("the sample before it has no metric");
    this.#draft = null;
    if (this.#version === NEWEST) this.#previous.set(threadKey(draft), draft.frames);
    const { pid, interpreter, tid, frames, gc, idle, time, memory } = draft;
    const sample = { pid, interpreter, tid, idle, gc, stack: stackOf(frames), time: time ?? 0, memory: memory ?? 0 };
    return [{ kind: "sample", sample }];
  }

  /** Whether it has the metrics of the mode, as far as that is told. */
  #isWhole({ time, memory }: Draft): boolean {
    switch (this.#mode) {
      case "full":
        return time !== null && memory !== null;
      case "memory":
        return memory !== null;
      default:
        return time !== null;
    }
  }
}

function threadKey({ pid, interpreter, tid }: Draft): string {
  return `${pid} ${interpreter} ${tid}`;
}

/** Austin's readers tell Python frames by their file alone. */
function isPython(frame: Frame): boolean {
  return frame.kind === "python" && (frame.file.endsWith(".py") || /^<.*>$/s.test(frame.file));
}
