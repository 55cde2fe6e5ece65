/**
 * CFrames, 3.10 to 3.12: a structure that each activation of the evaluation loop keeps on its native stack.
 * CPython Include/cpython/pystate.h.
 * @module
 */

import type { Address, ReadMemory } from "../types.ts";
import { StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

const CFRAMES_MAX = 65536;

/** One of them. */
export interface CFrame {
  readonly address: Address;
  /** The innermost interpreter frame of the activation; 0 in 3.10, which does not keep it here. */
  readonly current: Address;
}

/** Reads the chains of cframes. */
export class CFrameReader {
  readonly #offsets: Offsets;
  readonly #thread: StructReader;
  readonly #cframe: StructReader;

  constructor(offsets: Offsets) {
    this.#offsets = offsets;
    this.#thread = new StructReader(offsets.thread.size);
    this.#cframe = new StructReader(offsets.cframe.size!);
  }

  /**
   * The cframes of a thread state, innermost first, from `first` on or from the current one; the last is the thread
   * state's own, which no activation has. Null where the chain does not lead there.
   */
  chain(read: ReadMemory, threadState: Address, first?: Address): CFrame[] | null {
    const { thread, cframe } = this.#offsets;
    if (!this.#thread.load(read, threadState)) return null;
    const chain: CFrame[] = [];
    let address = first ?? this.#thread.word(thread.cframe!);
    while (chain.length < CFRAMES_MAX) {
      if (!this.#cframe.load(read, address)) return null;
      const current = cframe.currentFrame === null ? 0 : this.#cframe.word(cframe.currentFrame);
      chain.push({ address, current });
      if (address >= threadState && address < threadState + thread.size) return chain;
      const previous = this.#cframe.word(cframe.previous!);
      // Outwards on the same stack is upwards, until the thread state.
      const isOutwards = previous > address || (previous >= threadState && previous < threadState + thread.size);
      if (!isOutwards) return null;
      address = previous;
    }
    return null;
  }
}
