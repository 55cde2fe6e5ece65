/**
 * Frames up to 3.10: PyFrameObjects chained by `f_back`, one activation of the evaluation loop each.
 * CPython Include/frameobject.h, Include/cpython/frameobject.h.
 *
 * 3.10 also keeps a CFrame on the native stack for each activation, which is its marker; before there is none.
 * @module
 */

import type { Activation, Address, PythonFrame, PythonStack, ReadMemory } from "../types.ts";
import type { FrameReader, FrameSources } from "./frame_reader.ts";
import { isAddress, StructReader } from "./memory.ts";

const FRAMES_MAX = 65536;

/** Reads the frames of thread states. */
export class FrameObjectReader implements FrameReader {
  readonly #sources: FrameSources;
  readonly #thread: StructReader;
  readonly #frame: StructReader;

  constructor(sources: FrameSources) {
    const { offsets } = sources;
    this.#sources = sources;
    this.#thread = new StructReader(offsets.thread.size);
    this.#frame = new StructReader(offsets.frame.size!);
  }

  /** The activations of the thread state at `threadState`, from captured memory. */
  read(read: ReadMemory, threadState: Address): PythonStack {
    if (!this.#thread.load(read, threadState)) return { activations: [], torn: true };
    const frames: PythonFrame[] = [];
    let at = this.#thread.word(this.#sources.offsets.thread.frame!);
    while (at !== 0) {
      const frame = frames.length < FRAMES_MAX ? this.#pythonFrame(read, at) : null;
      if (frame === null) return { activations: [], torn: true };
      frames.push(frame);
      at = this.#frame.word(this.#sources.offsets.frame.back!);
    }
    return this.#sources.cframes === null
      ? { activations: frames.map((frame) => ({ marker: null, cframe: null, frames: [frame] })), torn: false }
      : withMarkers(frames, this.#sources.cframes.chain(read, threadState));
  }

  /** Leaves the frame object in `#frame`. */
  #pythonFrame(read: ReadMemory, address: Address): PythonFrame | null {
    const { back, code: codeOffset, instruction } = this.#sources.offsets.frame;
    if (!this.#frame.load(read, address)) return null;
    const previous = this.#frame.word(back!);
    if (previous !== 0 && !isAddress(previous)) return null;
    const code = this.#sources.codes.find(read, this.#frame.word(codeOffset!));
    return code &&
      this.#sources.codes.frame(code, this.#frame.i32(instruction!) * this.#sources.dialect.instructionUnit);
  }
}

/**
 * An activation that begins has its CFrame before its frame is current, and one that ends loses it first, so that
 * there may be one more of either; then the innermost activation is the evaluation loop without a frame.
 */
function withMarkers(frames: readonly PythonFrame[], cframes: readonly { address: Address }[] | null): PythonStack {
  // The last one is the thread state's own.
  const markers = cframes?.slice(0, -1) ?? null;
  const surplus = markers === null ? NaN : markers.length - frames.length;
  if (surplus !== 0 && surplus !== 1 && surplus !== -1) return { activations: [], torn: true };
  const activations: Activation[] = markers!.map(({ address }, i) => {
    const frame = frames[i - surplus];
    return { marker: address, cframe: address, frames: frame === undefined ? [] : [frame] };
  });
  return { activations, torn: false };
}
