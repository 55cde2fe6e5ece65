/**
 * `.gnu_debuglink`: a file says what the one with its symbols is called, and which checksum that has. Source: GDB
 * manual, "Debugging Information in Separate Files".
 * @module
 */

import { ByteReader } from "../byte_reader.ts";
import type { ByteCount } from "../types.ts";
import { type ElfFile, findSection, SHT_NOBITS } from "./elf.ts";

/** What the section says. */
export interface DebugLink {
  /** Without a folder. */
  readonly name: string;
  /** CRC-32 of the whole file. */
  readonly checksum: number;
}

const MAX_SECTION: ByteCount = 4096 + 8;
const CHUNK: ByteCount = 2 ** 20;
/** So much takes some seconds. Larger debug files have build-ids; a sparse one could keep us reading for ever. */
const MAX_CHECKED: ByteCount = 2 ** 31;

/**
 * Reads the section, or null when there is none, or one that names a file elsewhere.
 * @throws {RangeError} when the file ends early
 */
export function readDebugLink(elf: ElfFile): DebugLink | null {
  const section = findSection(elf, ".gnu_debuglink");
  if (section === null || section.type === SHT_NOBITS || section.size > MAX_SECTION) return null;
  const bytes = elf.readAt(section.offset, section.size);
  const end = bytes.indexOf(0);
  const name = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0)));
  if (name === "" || name.includes("/") || name === "." || name === "..") return null;
  // The checksum follows at the next multiple of 4.
  return { name, checksum: new ByteReader(bytes, Math.ceil((end + 1) / 4) * 4).u32() };
}

/**
 * CRC-32 of a file as in IEEE 802.3, which `.gnu_debuglink` uses.
 * @throws {RangeError} when the file ends early, or is larger than any that is checked
 */
export function checksumOf({ readAt, size }: Pick<ElfFile, "readAt" | "size">): number {
  if (size > MAX_CHECKED) throw new RangeError(`Cannot check ${size} bytes: they are more than ${MAX_CHECKED}`);
  const table = crcTable();
  let crc = 0xffffffff;
  for (let at = 0; at < size; at += CHUNK) {
    for (const byte of readAt(at, Math.min(CHUNK, size - at))) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** What each byte does: the polynomial 0x04c11db7, its lowest bit first. */
function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
    return crc;
  });
}
