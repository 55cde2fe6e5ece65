/**
 * Bytes of an ELF file by file address, as its loadable segments place them.
 * @module
 */

import type { ByteCount, FileAddress } from "../types.ts";
import { type ElfFile, PT_LOAD, type Segment } from "./elf.ts";

/** The loadable segment that has the byte at `address` in the file, or null. */
export function segmentAt(elf: ElfFile, address: FileAddress): Segment | null {
  return elf.segments.find((segment) =>
    segment.type === PT_LOAD && segment.address <= address && address < segment.address + segment.fileSize
  ) ?? null;
}

/**
 * The bytes at a file address; 0 where no segment puts any. The caller bounds `size`.
 * @throws {RangeError} when the file ends early
 */
export function readLoaded(elf: ElfFile, { address, size }: { address: FileAddress; size: ByteCount }): Uint8Array {
  const bytes = new Uint8Array(size);
  for (const segment of elf.segments) {
    if (segment.type !== PT_LOAD) continue;
    const start = Math.max(address, segment.address);
    const end = Math.min(address + size, segment.address + segment.fileSize);
    if (start >= end) continue;
    bytes.set(elf.readAt(segment.offset + start - segment.address, end - start), start - address);
  }
  return bytes;
}
