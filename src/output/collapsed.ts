/**
 * Samples in, collapsed text out: one line for each, `P<pid>;T<interpreter>:<tid>;<frame>;... <metric>`, outermost
 * frame first. Readers cut a line at `;` and a frame at its last two `:`, so names that hold these are escaped.
 * @module
 */

import type { Frame, Mode, NativeFrame, RecordedSample } from "../types.ts";
import { escapeCharacter, nativeFields, printable } from "./text.ts";

/** Austin's frame for what is not known; not three fields, so that readers drop its sample. */
const INVALID = ":INVALID:";
/** And the one for a native frame that it does not know, in a stack that is right but for that. */
const UNKNOWN = "native@0:<unknown>:0";
/** Stands behind the frames of a thread that collects garbage. */
const COLLECTING = ";:GC:";

/** Formats samples; frames are interned, so each is rendered once and then looked up by identity. */
export class CollapsedFormatter {
  readonly #rendered = new WeakMap<Frame, string>();
  readonly #metric: (sample: RecordedSample) => string;

  /** For samples of a run that measures `mode`. */
  constructor(mode: Mode = "wall") {
    this.#metric = METRICS[mode];
  }

  /** The line of `sample`, with its newline. */
  line(sample: RecordedSample): string {
    const { tid } = sample;
    let line = `P${sample.pid};T${sample.interpreter}:${typeof tid === "string" ? escapeName(tid) : tid}`;
    const { frames, proof } = sample.stack;
    // Whoever reads only the lines has to see a stack that did not prove.
    if (proof.flaw !== null && !frames.some((frame) => frame.kind === "mark" && frame.mark !== "gap")) {
      line += `;${INVALID}`;
    }
    for (const frame of frames) line += this.#frame(frame);
    if (sample.gc) line += COLLECTING;
    return `${line} ${this.#metric(sample)}\n`;
  }

  #frame(frame: Frame): string {
    let text = this.#rendered.get(frame);
    if (text === undefined) {
      text = `;${renderFrame(frame)}`;
      this.#rendered.set(frame, text);
    }
    return text;
  }
}

/** Whole microseconds, whether idle, bytes. */
const METRICS: Readonly<Record<Mode, (sample: RecordedSample) => string>> = {
  wall: ({ time }) => `${Math.round(time)}`,
  cpu: ({ time }) => `${Math.round(time)}`,
  memory: ({ memory }) => `${memory}`,
  full: ({ time, idle, memory }) => `${Math.round(time)},${idle ? 1 : 0},${memory}`,
};

function renderFrame(frame: Frame): string {
  switch (frame.kind) {
    case "python":
      return `${escapeFile(frame.file)}:${escapeName(frame.function)}:${frame.line}`;
    case "native":
      return nativeText(frame);
    case "kernel":
      return `kernel:${escapeName(frame.symbol)}:0`;
    case "mark":
      return frame.mark === "gap" ? UNKNOWN : INVALID;
  }
}

/** The text of a native frame. What is escaped already stays so. */
export function nativeText(frame: NativeFrame): string {
  const { file, function: name, number } = nativeFields(frame);
  return `${escapeFile(file)}:${escapeName(name)}:${number}`;
}

/** File names keep their colons: what is left of the last two is the file. */
function escapeFile(file: string): string {
  return printable(file).replace(/;/g, escapeCharacter);
}

function escapeName(name: string): string {
  return printable(name).replace(/[;:]/g, escapeCharacter);
}
