/**
 * Reads MOJO, version 3 or 4, back into collapsed text, as Austin's clients do: strict, so that what they refuse is
 * refused here.
 * @module
 */

import { ByteReader } from "../../src/byte_reader.ts";

/** What a file holds. */
export interface MojoContent {
  readonly version: number;
  readonly metadata: readonly (readonly [string, string])[];
  /** As collapsed stacks; in version 4 the thread is as it stands there, its name or its number in hex. */
  readonly samples: readonly string[];
  /** Of each frame `file:function:line,endLine,column,endColumn`, as they stand there. */
  readonly places: readonly string[];
  /** How many of the samples repeat frames. */
  readonly repeats: number;
}

interface MojoFrame {
  readonly text: string;
  readonly file: string;
}

/** What is a native frame when a stack is repeated: readers go by one of these. */
export const NATIVE_RULES: Readonly<Record<string, (frame: MojoFrame) => boolean>> = {
  "named so": ({ file }) => file.startsWith("native@") || file === "kernel",
  "no Python file": ({ file }) => !file.endsWith(".py") && !/^<.*>$/s.test(file),
};

/** A number: six bits and a sign first, then seven bits a byte. */
export function readVarint(reader: ByteReader): number {
  let byte = reader.u8();
  const isNegative = (byte & 0x40) !== 0;
  let value = byte & 0x3f;
  for (let scale = 64; byte & 0x80; scale *= 128) {
    byte = reader.u8();
    value += (byte & 0x7f) * scale;
  }
  return isNegative ? -value : value;
}

function readString(reader: ByteReader): string {
  const end = reader.bytes.indexOf(0, reader.offset);
  const text = new TextDecoder("utf-8", { fatal: true }).decode(reader.take(end - reader.offset));
  reader.skip(1);
  return text;
}

/** @throws {Error} for what a client could not read. */
export function readMojo(bytes: Uint8Array, isNative = NATIVE_RULES["named so"]): MojoContent {
  const reader = new ByteReader(bytes);
  if (new TextDecoder().decode(reader.take(3)) !== "MOJ") throw new Error("no MOJO");
  const version = readVarint(reader);
  if (version !== 3 && version !== 4) throw new Error(`version ${version}`);
  const metadata: [string, string][] = [];
  const samples: string[] = [];
  const places: string[] = [];
  const strings = new Map<string, string>();
  const frames = new Map<string, MojoFrame>();
  const previous = new Map<string, readonly MojoFrame[]>();
  let repeats = 0;
  let pid = NaN;
  let sample: { readonly head: string; frames: MojoFrame[]; mark: string } | null = null;
  let time = "";
  let idle = 0;
  const isFull = () => metadata.some(([key, value]) => key === "mode" && value === "full");
  const finish = (metric: string): void => {
    if (sample === null) throw new Error("a metric of no sample");
    samples.push(`${[sample.head, ...sample.frames.map(({ text }) => text)].join(";")}${sample.mark} ${metric}`);
    const last = sample.frames.findLastIndex((frame) => !isNative(frame));
    previous.set(sample.head, sample.frames.slice(0, last + 1));
    sample = null;
  };
  const lookUp = (ref: number): string => {
    const text = ref === 1 ? "<unknown>" : strings.get(`${pid} ${ref}`);
    if (text === undefined) throw new Error(`string ${ref} of process ${pid} is not known`);
    return text;
  };
  const push = (file: string, text: string): void => {
    if (sample === null) throw new Error("a frame in no sample");
    sample.frames.push({ file, text });
  };
  while (reader.remaining > 0) {
    const event = reader.u8();
    switch (event) {
      case 1:
        metadata.push([readString(reader), readString(reader)]);
        break;
      case 2: {
        if (sample !== null) throw new Error(`no metric for ${sample.head}`);
        pid = readVarint(reader);
        const interpreter = readVarint(reader);
        const label = readString(reader);
        const thread = version === 3 ? parseInt(label, 16) : label;
        sample = { head: `P${pid};T${interpreter}:${thread}`, frames: [], mark: "" };
        break;
      }
      case 3: {
        const key = readVarint(reader);
        const [file, scope] = [lookUp(readVarint(reader)), lookUp(readVarint(reader))];
        const numbers = [1, 2, 3, 4].map(() => readVarint(reader));
        places.push(`${file}:${scope}:${numbers}`);
        frames.set(`${pid} ${key}`, { file, text: `${file}:${scope}:${numbers[0]}` });
        break;
      }
      case 4:
        push("", ":INVALID:");
        break;
      case 5: {
        const frame = frames.get(`${pid} ${readVarint(reader)}`);
        if (frame === undefined) throw new Error("a frame that is not known");
        push(frame.file, frame.text);
        break;
      }
      case 6:
        push("kernel", `kernel:${readString(reader)}:0`);
        break;
      case 7:
        if (sample === null) throw new Error("GC in no sample");
        sample.mark = ";:GC:";
        break;
      case 8:
        idle = 1;
        break;
      case 9:
        time = `${readVarint(reader)}`;
        if (!isFull()) finish(time);
        break;
      case 10: {
        const memory = readVarint(reader);
        finish(isFull() ? `${time},${idle},${memory}` : `${memory}`);
        idle = 0;
        break;
      }
      case 11:
        strings.set(`${pid} ${readVarint(reader)}`, readString(reader));
        break;
      case 13: {
        if (version < 4 || sample === null) throw new Error("frames repeated where they cannot be");
        const repeated = previous.get(sample.head);
        if (repeated === undefined) throw new Error(`nothing to repeat for ${sample.head}`);
        sample.frames.unshift(...repeated);
        repeats++;
        break;
      }
      default:
        throw new Error(`event ${event} at ${reader.offset - 1}`);
    }
  }
  return { version, metadata, samples, places, repeats };
}
