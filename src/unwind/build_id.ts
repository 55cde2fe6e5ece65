/**
 * The build-id, by which a linker names what it has made: the same in a file, in its stripped copy and in its debug file.
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import type { ByteCount, FileOffset } from "../types.ts";
import { type ElfFile, PT_NOTE, SHT_NOTE } from "./elf.ts";

const NT_GNU_BUILD_ID = 3;
const MAX_NOTES: ByteCount = 2 ** 16;

const LATIN1 = new TextDecoder("latin1");

/** Where notes are, and how they are padded. */
interface Notes {
  readonly offset: FileOffset;
  readonly size: ByteCount;
  readonly padding: ByteCount;
}

/** The build-id in hex, or null where the linker left none. */
export function buildId(elf: ElfFile): string | null {
  for (const { offset, size, padding } of notesOf(elf)) {
    if (size > MAX_NOTES) continue;
    const id = buildIdNote(elf.readAt(offset, size), padding);
    if (id !== null) return id;
  }
  return null;
}

/** By the program headers, or by the sections where those are not known. */
function notesOf({ segments, sections }: ElfFile): Notes[] {
  if (segments.length === 0) {
    return sections.filter(({ type }) => type === SHT_NOTE)
      .map(({ offset, size }) => ({ offset, size, padding: 4 }));
  }
  return segments.filter(({ type }) => type === PT_NOTE)
    .map(({ offset, fileSize, alignment }) => ({ offset, size: fileSize, padding: alignment === 8 ? 8 : 4 }));
}

/** Looks through notes: name size, description size, type, name, description, the last two padded. */
function buildIdNote(bytes: Uint8Array, alignment: number): string | null {
  const reader = new ByteReader(bytes);
  while (reader.remaining >= 12) {
    const nameSize = reader.u32();
    const size = reader.u32();
    const type = reader.u32();
    const nameAt = reader.offset;
    const at = roundUp(nameAt + nameSize, alignment);
    if (at + size > bytes.length) return null;
    if (type === NT_GNU_BUILD_ID && LATIN1.decode(bytes.subarray(nameAt, nameAt + nameSize)) === "GNU\0") {
      return Array.from(bytes.subarray(at, at + size), (byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    reader.offset = Math.min(roundUp(at + size, alignment), bytes.length);
  }
  return null;
}

function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
