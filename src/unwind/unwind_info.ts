/**
 * The unwind tables of an ELF file: `.eh_frame_hdr`, which is sorted by address, and `.eh_frame`, which it points to.
 * Both come out in one piece, since they refer to each other by distance. Nothing here interprets them but the one
 * pointer of the header (LSB 5.0, "The .eh_frame_hdr section").
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import type { ByteCount, FileAddress } from "../types.ts";
import { type ElfFile, findSection, findSegment, PT_GNU_EH_FRAME, SHT_NOBITS } from "./elf.ts";
import { readLoaded, segmentAt } from "./loaded.ts";

/** Unwind tables in file addresses. */
export interface UnwindTables {
  /** Where `.eh_frame_hdr` begins. */
  readonly headerAddress: FileAddress;
  /** Where `bytes` begins. */
  readonly address: FileAddress;
  /** Everything from the first to the last byte of both; what lies between and is not in the file is 0. */
  readonly bytes: Uint8Array;
}

/** Chromium, the largest program at hand, has 22 MB. */
const MAX_SIZE: ByteCount = 2 ** 28;

const VERSION = 1;
/** `DW_EH_PE_pcrel | DW_EH_PE_sdata4`: a signed 32-bit distance from the field itself. */
const PCREL_SDATA4 = 0x1b;
const POINTER_AT = 4;

/**
 * Reads the unwind tables, or null when the file has none that can be searched.
 * @throws {RangeError} when the file ends early
 */
export function readUnwindTables(elf: ElfFile): UnwindTables | null {
  const header = findSegment(elf, PT_GNU_EH_FRAME);
  if (header === null || header.fileSize < POINTER_AT + 4) return null;
  const frames = frameSection(elf) ?? pointedTo(elf, header.address);
  if (frames === null) return null;
  const address = Math.min(header.address, frames.start);
  const size = Math.max(header.address + header.fileSize, frames.end) - address;
  if (size > MAX_SIZE) return null;
  return { headerAddress: header.address, address, bytes: readLoaded(elf, { address, size }) };
}

interface Extent {
  readonly start: FileAddress;
  readonly end: FileAddress;
}

function frameSection(elf: ElfFile): Extent | null {
  const section = findSection(elf, ".eh_frame");
  if (section === null || section.type === SHT_NOBITS || section.address === 0) return null;
  return { start: section.address, end: section.address + section.size };
}

/** Without section headers: from where the header points to, up to the end of that segment. */
function pointedTo(elf: ElfFile, headerAddress: FileAddress): Extent | null {
  const reader = new ByteReader(readLoaded(elf, { address: headerAddress, size: POINTER_AT + 4 }));
  if (reader.u8() !== VERSION || reader.u8() !== PCREL_SDATA4) return null;
  reader.offset = POINTER_AT;
  const start = headerAddress + POINTER_AT + reader.i32();
  const segment = segmentAt(elf, start);
  return segment === null ? null : { start, end: segment.address + segment.fileSize };
}
