/**
 * The Python frames of a captured thread, split into activations of the evaluation loop.
 *
 * In: captured memory and a thread state's address. Out: activations, innermost first, each with the address of
 * the structure that it keeps on its native stack: a cframe in 3.11, a shim frame from 3.12 on. What the chain
 * itself promises is checked; a chain that breaks a promise was caught half-built, and is reported as torn.
 * @module
 */

import type { Activation, Address, PythonFrame, PythonStack, ReadMemory } from "../types.ts";
import type { CodeTable } from "./code.ts";
import { isAddress, StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

/** CPython Include/internal/pycore_frame.h: FRAME_OWNED_BY_CSTACK, and what later versions add above it. */
const OWNER_SHIM = 3;
const FRAMES_MAX = 65536;

/** Why a frame chain ended early. */
const TORN = Symbol("torn");

/** What stands at one place of the frame chain. */
interface Link {
  readonly address: Address;
  readonly previous: Address;
  readonly isShim: boolean;
  readonly isEntry: boolean;
  /** Null for a shim, and for frames that CPython hides. */
  readonly frame: PythonFrame | null;
}

/** Reads the frames of thread states of one interpreter. */
export class FrameReader {
  readonly #offsets: Offsets;
  readonly #codes: CodeTable;
  readonly #thread: StructReader;
  readonly #cframe: StructReader;
  readonly #frame: StructReader;
  /** Frames whose code object was not in the capture that should have had it. */
  missingCode = 0;

  /** `codes` keeps the code objects between captures. */
  constructor(offsets: Offsets, codes: CodeTable) {
    this.#offsets = offsets;
    this.#codes = codes;
    this.#thread = new StructReader(offsets.thread.size);
    this.#cframe = new StructReader(offsets.cframe?.size ?? 0);
    this.#frame = new StructReader(offsets.frame.size);
  }

  /** The activations of the thread state at `threadState`, from captured memory. */
  read(read: ReadMemory, threadState: Address): PythonStack {
    const { thread, frame } = this.#offsets;
    if (!this.#thread.load(read, threadState)) return { activations: [], torn: true };
    const activations: Activation[] = [];
    let torn: boolean;
    if (thread.currentFrame !== null) {
      torn = this.#splitByShims(read, this.#thread.word(thread.currentFrame), activations, null);
    } else {
      const cframes = this.#cframes(read, threadState);
      if (cframes === TORN) torn = true;
      else if (frame.isEntry === null) torn = this.#splitByShims(read, cframes[0].current, activations, cframes);
      else torn = this.#splitByCframes(read, cframes, activations);
    }
    return { activations, torn };
  }

  /** The cframes, innermost first; the last one is the thread state's own, which no activation has. */
  #cframes(read: ReadMemory, threadState: Address): { address: Address; current: Address }[] | typeof TORN {
    const { thread, cframe } = this.#offsets;
    const chain: { address: Address; current: Address }[] = [];
    let address = this.#thread.word(thread.cframe!);
    while (chain.length < FRAMES_MAX) {
      if (!this.#cframe.load(read, address)) return TORN;
      chain.push({ address, current: this.#cframe.word(cframe!.currentFrame) });
      if (address >= threadState && address < threadState + thread.size) return chain;
      const previous = this.#cframe.word(cframe!.previous);
      // The chain leads outwards, to higher addresses of the same stack, and at last into the thread state.
      address = previous;
    }
    return TORN;
  }

  /** 3.11: each cframe names its activation's innermost frame; the outermost is marked as the entry. */
  #splitByCframes(
    read: ReadMemory,
    cframes: readonly { address: Address; current: Address }[],
    into: Activation[],
  ): boolean {
    for (let i = 0; i + 1 < cframes.length; i++) {
      const frames: PythonFrame[] = [];
      let at = cframes[i].current;
      for (;;) {
        const link = this.#link(read, at);
        if (link === TORN || frames.length >= FRAMES_MAX) return true;
        if (link.frame !== null) frames.push(link.frame);
        at = link.previous;
        if (link.isEntry) break;
      }
      if (at !== cframes[i + 1].current) return true;
      into.push({ marker: cframes[i].address, frames });
    }
    return cframes.at(-1)!.current !== 0;
  }

  /** 3.12 and later: a shim frame closes each activation, and the outermost shim ends the chain. */
  #splitByShims(
    read: ReadMemory,
    first: Address,
    into: Activation[],
    cframes: readonly { address: Address; current: Address }[] | null,
  ): boolean {
    let frames: PythonFrame[] = [];
    let at = first;
    for (let count = 0; at !== 0; count++) {
      const link = count < FRAMES_MAX ? this.#link(read, at) : TORN;
      if (link === TORN) return true;
      at = link.previous;
      if (link.isShim) {
        into.push({ marker: link.address, frames });
        frames = [];
        // 3.12 still has cframes: the frame outside a shim is the one that the next cframe names.
        if (cframes !== null && cframes[into.length]?.current !== at) return true;
      } else if (link.frame !== null) {
        frames.push(link.frame);
      }
    }
    return frames.length > 0 || (cframes !== null && cframes.length !== into.length + 1);
  }

  #link(read: ReadMemory, address: Address): Link | typeof TORN {
    const { frame: o } = this.#offsets;
    const frame = this.#frame;
    if (!frame.load(read, address)) return TORN;
    const previous = frame.word(o.previous);
    const isShim = o.isEntry === null && frame.u8(o.owner) >= OWNER_SHIM;
    if (previous !== 0 && !isAddress(previous)) return TORN;
    if (isShim) return { address, previous, isShim, isEntry: false, frame: null };
    const isEntry = o.isEntry !== null && frame.u8(o.isEntry) !== 0;
    const python = this.#pythonFrame(read, frame.word(o.code), frame.word(o.instruction));
    return python === TORN ? TORN : { address, previous, isShim, isEntry, frame: python };
  }

  #pythonFrame(read: ReadMemory, address: Address, instruction: Address): PythonFrame | null | typeof TORN {
    const code = this.#codes.find(read, address);
    if (code === null) {
      this.missingCode++;
      return TORN;
    }
    // 3.12 and later run a clean-up frame of their own under the __init__ of a specialised constructor call.
    if (code.name === "__init__" && code.file === "__init__") return null;
    // A frame that is about to begin points one unit before its first instruction (3.11, 3.12), or is 0.
    const offset = instruction === 0 ? 0 : instruction - (address + this.#offsets.code.instructions);
    if (offset < -2 || offset > code.size) return TORN;
    return this.#codes.frame(code, offset);
  }
}
