/**
 * Load bias: what to add to a file address to get the runtime address of the same byte.
 * @module
 */

import type { Address, ByteCount, Mapping } from "../types.ts";
import { type ElfFile, PT_LOAD, type Segment } from "./elf.ts";

const PAGE_SIZE: ByteCount = 4096;

/**
 * The load bias that follows from one mapping of the file: the byte at file offset `mapping.offset` is at runtime
 * address `mapping.start`, and at file address `segment.address + (mapping.offset - segment.offset)`. It is 0 for an
 * `EXEC` file where its loader put it. Null when no loadable segment covers the mapping's start.
 *
 * The mapping's own segment is looked for, not the first one: code that a program has mapped once more elsewhere (V8
 * does so with its built-in functions) has a bias of its own, by which its unwind table and symbols hold there, too.
 */
export function loadBias(elf: ElfFile, mapping: Mapping): number | null {
  const covering = elf.segments.filter((segment) => covers(segment, mapping.offset));
  // One page of a file may end one segment and start the next, and is then mapped twice.
  const best = covering.find((segment) => segment.executable === mapping.executable) ?? covering[0];
  return best === undefined ? null : mapping.start - mapping.offset + best.offset - best.address;
}

function covers(segment: Segment, offset: Address): boolean {
  if (segment.type !== PT_LOAD || segment.fileSize === 0) return false;
  // Mappings begin and end at pages; the loader rounds the segment's start down.
  return segment.offset - segment.offset % PAGE_SIZE <= offset && offset < segment.offset + segment.fileSize;
}
