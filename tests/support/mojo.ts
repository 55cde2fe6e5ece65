/**
 * Reads MOJO back into collapsed text, as Austin's clients do: strict, so that what they refuse is refused here.
 * @module
 */

import { ByteReader } from "../../src/byte_reader.ts";

/** What a file holds. */
export interface MojoContent {
  readonly version: number;
  readonly metadata: readonly (readonly [string, string])[];
  /** As collapsed stacks. */
  readonly samples: readonly string[];
}

interface MojoFrame {
  readonly text: string;
}

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
export function readMojo(bytes: Uint8Array): MojoContent {
  const reader = new ByteReader(bytes);
  if (new TextDecoder().decode(reader.take(3)) !== "MOJ") throw new Error("no MOJO");
  const version = readVarint(reader);
  const metadata: [string, string][] = [];
  const samples: string[] = [];
  const strings = new Map<string, string>();
  const frames = new Map<string, MojoFrame>();
  let pid = NaN;
  let sample: string | null = null;
  const lookUp = (ref: number): string => {
    const text = ref === 1 ? "<unknown>" : strings.get(`${pid} ${ref}`);
    if (text === undefined) throw new Error(`string ${ref} of process ${pid} is not known`);
    return text;
  };
  while (reader.remaining > 0) {
    const event = reader.u8();
    switch (event) {
      case 1:
        metadata.push([readString(reader), readString(reader)]);
        break;
      case 2: {
        if (sample !== null) throw new Error(`no metric for ${sample}`);
        pid = readVarint(reader);
        const interpreter = readVarint(reader);
        sample = `P${pid};T${interpreter}:${parseInt(readString(reader), 16)}`;
        break;
      }
      case 3: {
        const key = readVarint(reader);
        const [file, scope] = [lookUp(readVarint(reader)), lookUp(readVarint(reader))];
        const [line] = [1, 2, 3, 4].map(() => readVarint(reader));
        frames.set(`${pid} ${key}`, { text: `${file}:${scope}:${line}` });
        break;
      }
      case 4:
        sample += ";:INVALID:";
        break;
      case 5: {
        const frame = frames.get(`${pid} ${readVarint(reader)}`);
        if (frame === undefined || sample === null) throw new Error("a frame that is not known, or in no sample");
        sample += `;${frame.text}`;
        break;
      }
      case 6:
        sample += `;kernel:${readString(reader)}:0`;
        break;
      case 9:
        samples.push(`${sample} ${readVarint(reader)}`);
        sample = null;
        break;
      case 11:
        strings.set(`${pid} ${readVarint(reader)}`, readString(reader));
        break;
      default:
        throw new Error(`event ${event} at ${reader.offset - 1}`);
    }
  }
  return { version, metadata, samples };
}
