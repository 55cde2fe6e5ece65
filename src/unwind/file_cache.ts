/**
 * ELF files that several processes have mapped, each read once: a forked child has all its files in common with its
 * parent, and most programs have their libraries in common.
 *
 * A file is told by device, inode and path, and stays open here, so that its inode cannot become another's. Where a
 * file system gives one inode number twice (the subvolumes of btrfs), the first page tells: it holds the ELF header
 * and nearly always the build-id.
 * @module
 */

import type { Mapping, ReadMemory } from "../types.ts";
import type { OpenFile } from "./mapped_file.ts";
import { ModuleFile, type ModuleFileOptions } from "./module_file.ts";

/** How many files are kept that no process has mapped any more: short programs come again and again. */
const SPARE_MAX = 64;
const PAGE_SIZE = 4096;
const ELF_MAGIC = "\x7fELF";

interface Entry {
  readonly file: ModuleFile;
  readonly firstPage: Uint8Array;
  users: number;
}

/** Who asks for a file, and how it is opened if it is not here yet. */
export interface FileRequest {
  /** The mapping of its first page, if there is one. */
  readonly first: Mapping | null;
  readonly readMemory: ReadMemory;
  readonly open: () => OpenFile | null;
  /** What its symbols are read with; those of whoever opens it are good for all. */
  readonly options: ModuleFileOptions;
}

/** Files by their identity, with how many have them in use. */
export class FileCache implements Disposable {
  readonly #entries = new Map<string, Entry>();
  /** Those of files that turned out to be another with the same identity: each is for one process alone. */
  readonly #strangers = new Set<ModuleFile>();

  /**
   * The file called `key`, in use until it is released; null when it is no ELF file that holds a module, undefined when
   * it cannot be opened.
   */
  acquire(key: string, { first, readMemory, open, options }: FileRequest): ModuleFile | null | undefined {
    const known = this.#entries.get(key);
    if (known !== undefined && isSame(known, first, readMemory)) {
      known.users++;
      return known.file;
    }
    const opened = open();
    if (opened === null) return undefined;
    const file = takeOver(opened, options);
    if (file === null) return null;
    // What is read from a process's memory is its own.
    if (known !== undefined || opened.mappedAt !== undefined) {
      this.#strangers.add(file);
      return file;
    }
    const firstPage = opened.readAt(0, Math.min(PAGE_SIZE, opened.size));
    this.#entries.set(key, { file, firstPage, users: 1 });
    return file;
  }

  /** Gives back a file that was acquired. */
  release(key: string, file: ModuleFile): void {
    if (this.#strangers.delete(file)) return file[Symbol.dispose]();
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.file !== file || --entry.users > 0) return;
    // The one that was given back last is closed last.
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    this.#closeSpare();
  }

  /** Closes all files. */
  [Symbol.dispose](): void {
    for (const { file } of this.#entries.values()) file[Symbol.dispose]();
    for (const file of this.#strangers) file[Symbol.dispose]();
    this.#entries.clear();
    this.#strangers.clear();
  }

  #closeSpare(): void {
    const spare = [...this.#entries].filter(([, { users }]) => users === 0);
    for (const [key, { file }] of spare.slice(0, Math.max(0, spare.length - SPARE_MAX))) {
      file[Symbol.dispose]();
      this.#entries.delete(key);
    }
  }
}

function isSame({ firstPage }: Entry, first: Mapping | null, readMemory: ReadMemory): boolean {
  if (first === null) return true;
  const mapped = new Uint8Array(firstPage.length);
  return readMemory(first.start, mapped) && firstPage.every((byte, index) => byte === mapped[index]);
}

/** Closes the file when it is none that holds a module. */
function takeOver(open: OpenFile, options: ModuleFileOptions): ModuleFile | null {
  try {
    return new ModuleFile(open, options);
  } catch (error) {
    // What is no ELF file at all is no reason to complain: fonts and caches are mapped, too.
    if (error instanceof Error && isElf(open)) options.warn?.(`${options.path} is left out: ${error.message}`);
    open[Symbol.dispose]();
    return null;
  }
}

function isElf({ readAt }: OpenFile): boolean {
  try {
    return readAt(0, 4).every((byte, index) => byte === ELF_MAGIC.charCodeAt(index));
  } catch {
    return false;
  }
}
