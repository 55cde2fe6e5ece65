/**
 * What was worked out of a file, kept on the disk for the next run, below `XDG_CACHE_HOME/austinp`.
 *
 * A file there has to be our own, in a folder of our own. What cannot be kept or read is worked out again, and nobody is
 * told: the results are the same with it and without. Whether a file's contents are what they should be is for those to
 * tell who wrote them.
 * @module
 */

import type { ByteCount } from "../types.ts";
import { openRegular } from "./mapped_file.ts";

/** What a cache holds. */
export interface DiskCacheOptions {
  /** How its files' names end, with the dot. They begin with the build-id of what they were worked out of. */
  readonly ending: string;
  /** How much may lie there; what was not used for longest goes first. */
  readonly maxTotal: ByteCount;
}

/** The folder that the environment says for things of this kind, or null where it says none. */
export function cacheFolder(kind: string, environment: (name: string) => string | undefined): string | null {
  const home = environment("HOME");
  const cache = environment("XDG_CACHE_HOME") || (home ? `${home}/.cache` : "");
  return cache.startsWith("/") ? `${cache}/austinp/${kind}` : null;
}

/** Files by the build-id of what they were worked out of. */
export class DiskCache {
  readonly #folder: string;
  readonly #options: DiskCacheOptions;

  /** Keeps files in `folder`, which is made when it is needed. */
  constructor(folder: string, options: DiskCacheOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** What was kept under a build-id, or null. */
  read(buildId: string): Uint8Array | null {
    const path = this.#path(buildId);
    if (path === null) return null;
    const isOurs = ({ uid, size }: Deno.FileInfo) => uid === Deno.uid() && size <= this.#options.maxTotal;
    using file = openRegular(path, isOurs);
    try {
      return file === null ? null : file.readAt(0, file.size);
    } catch {
      return null;
    }
  }

  /** Tells that what was read was of use: that decides what is kept. */
  touch(buildId: string): void {
    const path = this.#path(buildId);
    if (path === null) return;
    try {
      Deno.utimeSync(path, new Date(), new Date());
    } catch {
      // Another process has removed it.
    }
  }

  /** Keeps bytes, where that can be done. */
  write(buildId: string, bytes: Uint8Array): void {
    const path = this.#path(buildId);
    if (path === null || bytes.length > this.#options.maxTotal) return;
    const part = `${path}.${crypto.randomUUID().slice(0, 8)}`;
    try {
      Deno.mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      // Where a link leads, or somebody else may write, is not ours to fill and to clear.
      const { isDirectory, uid } = Deno.lstatSync(this.#folder);
      if (!isDirectory || uid !== Deno.uid()) return;
      Deno.writeFileSync(part, bytes, { createNew: true, mode: 0o600 });
      Deno.renameSync(part, path);
      this.#prune();
    } catch {
      removeIfThere(part);
    }
  }

  #path(buildId: string): string | null {
    return /^[0-9a-f]{4,128}$/.test(buildId) ? `${this.#folder}/${buildId}${this.#options.ending}` : null;
  }

  /** Removes what was not used for longest. */
  #prune(): void {
    const { ending, maxTotal } = this.#options;
    const isKept = (name: string) => name.endsWith(ending) && this.#path(name.slice(0, -ending.length)) !== null;
    const files = [...Deno.readDirSync(this.#folder)].filter(({ name, isFile }) => isFile && isKept(name))
      .map(({ name }) => ({ path: `${this.#folder}/${name}`, info: Deno.lstatSync(`${this.#folder}/${name}`) }))
      .sort((a, b) => Number(b.info.mtime) - Number(a.info.mtime));
    let total = 0;
    for (const { path, info } of files) {
      total += info.size;
      if (total > maxTotal) removeIfThere(path);
    }
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Another process was quicker, or it was never made.
  }
}
