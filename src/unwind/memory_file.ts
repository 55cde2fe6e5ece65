/**
 * A mapped file read from where it is mapped, for when the file itself cannot be had: it was deleted or replaced, and
 * `/proc/PID/map_files` is not permitted, as in any container. What is in memory is enough for unwind tables and the
 * dynamic linker's symbols; section headers and `.symtab` are not there.
 * @module
 */

import type { Address, ByteCount, FileOffset, Mapping, ReadMemory } from "../types.ts";
import { bytesFile, type OpenFile } from "./mapped_file.ts";

/** The vdso has two to four pages; its size comes from the target's maps. */
const MAX_VDSO: ByteCount = 2 ** 20;

/** The file whose mappings these are, or null when its first page is not among them. */
export function memoryFile(mappings: readonly Mapping[], readMemory: ReadMemory): OpenFile | null {
  const readable = mappings.filter((mapping) => mapping.readable);
  const first = readable.find((mapping) => mapping.offset === 0);
  if (first === undefined) return null;
  const size = Math.max(...readable.map(endOffset));

  function readAt(offset: FileOffset, size: ByteCount): Uint8Array {
    const bytes = new Uint8Array(checkedSize(offset, size));
    let done = 0;
    while (done < size) {
      const at = offset + done;
      const mapping = readable.find((mapping) => mapping.offset <= at && at < endOffset(mapping));
      if (mapping === undefined) throw new RangeError(`Cannot read at offset ${at}: that part is not mapped`);
      const piece = bytes.subarray(done, done + Math.min(size - done, endOffset(mapping) - at));
      const address: Address = mapping.start + at - mapping.offset;
      if (!readMemory(address, piece)) {
        throw new RangeError(`Cannot read ${piece.length} bytes at 0x${address.toString(16)}`);
      }
      done += piece.length;
    }
    return bytes;
  }

  function checkedSize(offset: FileOffset, wanted: ByteCount): ByteCount {
    if (offset < 0 || wanted < 0 || !(offset + wanted <= size)) {
      throw new RangeError(`Cannot read ${wanted} bytes at offset ${offset} of ${size}`);
    }
    return wanted;
  }

  return { path: null, readAt, size, mappedAt: first, [Symbol.dispose]() {} };
}

/** A copy of the vdso: the kernel maps it whole, section headers included, and it has no other file. */
export function vdsoFile({ start, end }: Mapping, readMemory: ReadMemory): OpenFile | null {
  const bytes = new Uint8Array(Math.min(end - start, MAX_VDSO));
  return readMemory(start, bytes) ? bytesFile(bytes) : null;
}

function endOffset({ start, end, offset }: Mapping): FileOffset {
  return offset + end - start;
}
