/**
 * Frames since 3.11: _PyInterpreterFrames chained by `previous`, several to an activation of the evaluation loop.
 * CPython Include/internal/pycore_frame.h, pycore_interpframe_structs.h (3.14).
 *
 * 3.11 marks an activation's outermost frame as its entry, and a cframe on the native stack names the innermost one.
 * From 3.12 on a shim frame on the native stack closes each activation. What the chain itself promises is checked; a
 * chain that breaks a promise was caught half-built, and is reported as torn.
 * @module
 */

import type { Activation, Address, PythonFrame, PythonStack, ReadMemory } from "../types.ts";
import type { CFrame } from "./cframes.ts";
import type { FrameReader, FrameSources, NativeSpan, ReadFrom } from "./frame_reader.ts";
import { isAddress, StructReader } from "./memory.ts";

/** `enum _frameowner`: what is not owned by a thread, generator or frame object stands on the native stack. */
const OWNER_SHIM = 3;
const FRAMES_MAX = 65536;

/** What stands at one place of the frame chain; null where the chain is torn. */
interface Link {
  readonly previous: Address;
  readonly isShim: boolean;
  readonly isEntry: boolean;
  /** Null for a shim, and for frames that CPython hides. */
  readonly frame: PythonFrame | null;
}

/** Frames of which shims close the activations. */
interface ShimChain {
  readonly first: Address;
  readonly cframes: readonly CFrame[] | null;
  /** Where 3.15 ends the chain; null in other versions. */
  readonly base: Address | null;
  /** Of the first frame, whatever that says itself. */
  readonly caller?: Address;
  readonly entered?: NativeSpan;
}

/** Reads the frames of thread states. */
export class InterpreterFrameReader implements FrameReader {
  readonly #sources: FrameSources;
  readonly #thread: StructReader;
  readonly #frame: StructReader;

  constructor(sources: FrameSources) {
    const { offsets } = sources;
    this.#sources = sources;
    this.#thread = new StructReader(offsets.thread.size);
    this.#frame = new StructReader(offsets.iframe.size!);
  }

  /** The activations of the thread state at `threadState`, from captured memory. */
  read(read: ReadMemory, threadState: Address, from: ReadFrom = {}): PythonStack {
    const activations: Activation[] = [];
    const isWhole = this.#fill(read, { threadState, ...from }, activations);
    return isWhole ? { activations, torn: false } : { activations: [], torn: true };
  }

  #fill(read: ReadMemory, from: ReadFrom & { threadState: Address }, into: Activation[]): boolean {
    const { offsets } = this.#sources;
    if (this.#sources.cframes === null) {
      if (!this.#thread.load(read, from.threadState)) return false;
      const first = this.#thread.word(offsets.thread.currentFrame!);
      const { baseFrame } = offsets.thread;
      // 3.15 ends each chain in a frame of the thread state, which is no activation's.
      const base = baseFrame === null ? null : this.#thread.word(baseFrame);
      return this.#splitByShims(read, { first, cframes: null, base, entered: from.entered }, into);
    }
    const cframes = this.#sources.cframes.chain(read, from.threadState, from.cframe);
    if (cframes === null || !this.#mayRun(read, from)) return false;
    if (offsets.iframe.isEntry !== null) return this.#splitByCframes(read, { cframes, caller: from.caller }, into);
    return this.#splitByShims(read, { first: cframes[0].current, cframes, base: null, caller: from.caller }, into);
  }

  /** What lies above the top of the data stack has returned. */
  #mayRun(read: ReadMemory, { threadState, caller }: ReadFrom & { threadState: Address }): boolean {
    if (caller === undefined) return true;
    const { datastackTop, datastackLimit } = this.#sources.offsets.thread;
    if (!this.#thread.load(read, threadState)) return false;
    return caller < this.#thread.word(datastackTop!) || caller >= this.#thread.word(datastackLimit!);
  }

  #splitByCframes(
    read: ReadMemory,
    { cframes, caller }: { cframes: readonly CFrame[]; caller?: Address },
    into: Activation[],
  ): boolean {
    let count = 0;
    for (let i = 0; i + 1 < cframes.length; i++) {
      const frames: PythonFrame[] = [];
      let at = cframes[i].current;
      for (let isEntry = false; !isEntry; count++) {
        const link = count < FRAMES_MAX ? this.#link(read, at) : null;
        if (link === null) return false;
        if (link.frame !== null) frames.push(link.frame);
        at = count === 0 ? caller ?? link.previous : link.previous;
        isEntry = link.isEntry;
      }
      into.push({ marker: cframes[i].address, cframe: cframes[i].address, frames });
      // The frame outside an activation is the innermost of the next one.
      if (at !== cframes[i + 1].current) return false;
      // A greenlet begins with a cframe that is no activation's.
      if (at === 0 && i === cframes.length - 3) break;
    }
    return cframes.at(-1)!.current === 0;
  }

  #splitByShims(
    read: ReadMemory,
    { first, cframes, base, caller, entered }: ShimChain,
    into: Activation[],
  ): boolean {
    let frames: PythonFrame[] = [];
    let at = first;
    let last = base;
    for (let count = 0; at !== 0; count++) {
      const link = count < FRAMES_MAX ? this.#link(read, at, entered) : null;
      if (link === null) return false;
      if (link.isShim && at !== base) {
        // Outwards on the same stack is upwards.
        if (at <= (into.at(-1)?.marker ?? 0)) return false;
        into.push({ marker: at, cframe: cframes?.[into.length]?.address ?? null, frames });
        frames = [];
        if (cframes !== null && cframes[into.length]?.current !== link.previous) return false;
      } else if (link.frame !== null) {
        frames.push(link.frame);
      }
      last = at;
      at = count === 0 ? caller ?? link.previous : link.previous;
    }
    if (base !== null && last !== base) return false;
    return frames.length === 0 && (cframes === null || cframes.length === into.length + 1);
  }

  #link(read: ReadMemory, address: Address, entered?: NativeSpan): Link | null {
    const { iframe } = this.#sources.offsets;
    const frame = this.#frame;
    if (!frame.load(read, address)) return null;
    const previous = frame.word(iframe.previous!);
    if (previous !== 0 && !isAddress(previous)) return null;
    const isEntered = entered !== undefined && address >= entered.sp && address < entered.cfa;
    const isShim = iframe.isEntry === null && (isEntered || frame.u8(iframe.owner!) >= OWNER_SHIM);
    if (isShim) return { previous, isShim, isEntry: false, frame: null };
    const isEntry = iframe.isEntry !== null && frame.u8(iframe.isEntry) !== 0;
    const word = frame.word(iframe.code!);
    const python = this.#pythonFrame(read, word - word % (this.#sources.dialect.codeTagMask + 1));
    return python === undefined ? null : { previous, isShim, isEntry, frame: python };
  }

  /** Null for a frame that CPython hides; undefined where there is no code object. */
  #pythonFrame(read: ReadMemory, address: Address): PythonFrame | null | undefined {
    const { iframe } = this.#sources.offsets;
    const code = this.#sources.codes.find(read, address);
    if (code === null) return undefined;
    // 3.12 and later run a clean-up frame of their own under the __init__ of a specialised constructor call.
    if (code.name === "__init__" && code.file === "__init__") return null;
    const instruction = this.#frame.word(iframe.instruction!);
    const copy = iframe.tlbcIndex === null ? 0 : this.#frame.u32(iframe.tlbcIndex);
    const offset = this.#sources.codes.offset(code, { read, instruction, copy });
    if (offset === null) return undefined;
    return this.#sources.codes.frame(code, offset);
  }
}
