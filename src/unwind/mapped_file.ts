/**
 * Opening the very file that a process has mapped, which need not be the one that its path now leads to: it may be
 * deleted, replaced by an upgrade, in another mount namespace (a container) or below another root (a chroot, where maps
 * show paths from the reader's root).
 *
 * The candidates, in order:
 *  1. `/proc/PID/map_files/LO-HI`: the mapped file itself, whatever became of its path. The kernel asks for
 *     CAP_CHECKPOINT_RESTORE (or CAP_SYS_ADMIN) in the first user namespace.
 *  2. `/proc/PID/exe`: the program itself, deleted or not, for everyone who may trace it.
 *  3. `/proc/PID/root` + path: right in containers.
 *  4. path: right for chroots.
 *
 * All but the first have to prove that they are the mapped file. Device and inode prove it. But they differ from what
 * `stat` says where a file system invents device numbers: overlayfs shows the device of a layer in maps, btrfs that of
 * the whole instead of the subvolume. There the content is compared: the first page holds the ELF header, where each
 * table lies in the file, and nearly always the build-id. It must be the same in memory, and either the inode number is
 * the same, too, or the build-id is in that page, which then names the content better than any inode.
 * @module
 */

import type { ByteCount, FileOffset, Mapping, Pid, ReadMemory } from "../types.ts";
import { buildId } from "./build_id.ts";
import { parseElf, type ReadAt } from "./elf.ts";

const PAGE_SIZE: ByteCount = 4096;

/** An open file. It stays readable after the process has ended and the path is gone. */
export interface OpenFile extends Disposable {
  /** Where it was opened; null for what is no file to us. */
  readonly path: string | null;
  readonly readAt: ReadAt;
  readonly size: ByteCount;
  /** The mapping of its first page, for one that is read from the target's memory: section headers are not there. */
  readonly mappedAt?: Mapping;
}

/** What tells the mapped file from others. */
export interface MappedFileOptions {
  /** The mapping of the file's first page, to compare contents with, if there is one. */
  readonly first: Mapping | null;
  readonly readMemory: ReadMemory;
}

/** Opens the file that process `pid` has mapped at `mapping`, or null when it cannot be reached. */
export function openMappedFile(pid: Pid, mapping: Mapping, options: MappedFileOptions): OpenFile | null {
  const range = `${mapping.start.toString(16)}-${mapping.end.toString(16)}`;
  const direct = openRegular(`/proc/${pid}/map_files/${range}`);
  if (direct !== null) return direct;
  const paths = [`/proc/${pid}/exe`, `/proc/${pid}/root${mapping.path}`, mapping.path];
  for (const path of paths) {
    const file = openRegular(
      path,
      (info, readAt) => isSameFile(info, mapping) || isSameContent(info, { readAt, mapping, ...options }),
    );
    if (file !== null) return file;
  }
  return null;
}

/** Wraps bytes that are already here, as those of the vdso. */
export function bytesFile(bytes: Uint8Array): OpenFile {
  function readAt(offset: FileOffset, size: ByteCount): Uint8Array {
    checkRange(offset, { size, end: bytes.length });
    return bytes.slice(offset, offset + size);
  }
  return { path: null, readAt, size: bytes.length, [Symbol.dispose]() {} };
}

/** Opens a regular file that `accept` takes, or gives null. What `accept` throws is a refusal. */
export function openRegular(
  path: string,
  accept: (info: Deno.FileInfo, readAt: ReadAt) => boolean = () => true,
): OpenFile | null {
  let file: Deno.FsFile;
  try {
    // To open a device or a pipe may do something or wait; a regular file is only opened.
    if (!Deno.statSync(path).isFile) return null;
    file = Deno.openSync(path);
  } catch {
    return null;
  }
  try {
    const info = file.statSync();
    const readAt = fileReader(file, info.size);
    if (info.isFile && accept(info, readAt)) {
      return { path, readAt, size: info.size, [Symbol.dispose]: () => file.close() };
    }
  } catch {
    // What cannot be looked at is not the file.
  }
  file.close();
  return null;
}

function fileReader(file: Deno.FsFile, end: ByteCount): ReadAt {
  return (offset, size) => {
    checkRange(offset, { size, end });
    const bytes = new Uint8Array(size);
    file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < size) {
      const count = file.readSync(bytes.subarray(done));
      if (count === null || count === 0) {
        throw new RangeError(`Cannot read at offset ${offset + done}: the file shrank`);
      }
      done += count;
    }
    return bytes;
  };
}

function checkRange(offset: FileOffset, { size, end }: { size: ByteCount; end: ByteCount }): void {
  if (offset < 0 || size < 0 || !Number.isSafeInteger(offset + size) || offset + size > end) {
    throw new RangeError(`Cannot read ${size} bytes at offset ${offset} of a file of ${end}`);
  }
}

function isSameFile(info: Deno.FileInfo, mapping: Mapping): boolean {
  return info.ino === mapping.inode && info.dev === deviceNumber(mapping.device);
}

interface Comparison extends MappedFileOptions {
  readonly readAt: ReadAt;
  readonly mapping: Mapping;
}

function isSameContent(info: Deno.FileInfo, { readAt, mapping, first, readMemory }: Comparison): boolean {
  if (first === null || first.offset !== 0 || info.size < PAGE_SIZE || mapping.offset >= info.size) return false;
  const mapped = new Uint8Array(PAGE_SIZE);
  if (!readMemory(first.start, mapped)) return false;
  const page = readAt(0, PAGE_SIZE);
  if (!page.every((byte, index) => byte === mapped[index])) return false;
  return info.ino === mapping.inode || hasBuildId(page, info.size);
}

/** Whether the build-id lies in the first page of a file of `size` bytes. */
function hasBuildId(page: Uint8Array, size: ByteCount): boolean {
  try {
    const { readAt } = bytesFile(page);
    return buildId(parseElf(readAt, { size, segmentsOnly: true })) !== null;
  } catch {
    return false;
  }
}

/** `major:minor` in hex as the number that `stat` gives (`gnu_dev_makedev` of glibc). */
function deviceNumber(device: string): number {
  const [major, minor] = device.split(":").map((part) => BigInt(`0x${part}`));
  const low = ((major & 0xfffn) << 8n) | (minor & 0xffn);
  return Number(low | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n));
}
