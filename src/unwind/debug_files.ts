/**
 * Separate debug files: what `strip` took from a file, kept elsewhere.
 *
 * The candidates, in order, each in the root of the process first and then in our own:
 *  1. `/usr/lib/debug/.build-id/ab/cdef….debug`
 *  2. by `.gnu_debuglink`: in the file's folder, in `.debug` there, and in its folder below `/usr/lib/debug`
 *
 * A candidate has to prove that it belongs to the file: by its build-id, or, where one of the two has none, by the
 * checksum in the link. What is of another build would name everything wrongly.
 * @module
 */

import { buildId } from "./build_id.ts";
import { checksumOf, type DebugLink, readDebugLink } from "./debug_link.ts";
import { type ElfFile, parseElf } from "./elf.ts";
import { openRegular } from "./mapped_file.ts";
import { resolveBelow } from "./rooted_path.ts";

const DEBUG_ROOT = "/usr/lib/debug";

/** A debug file, open. Its program headers are left out: they are those of the file that it was taken from. */
export interface DebugFile extends Disposable {
  /** Where it was found, as we see it. */
  readonly path: string;
  readonly elf: ElfFile;
}

/** Finds the debug file of a file that a process knows as `path`, or gives null. */
export type FindDebugFile = (elf: ElfFile, path: string) => DebugFile | null;

/** Looks for debug files where a process, whose root we see at `root`, has them, and where we have them. */
export function debugFileFinder(root: string): FindDebugFile {
  const roots = isOurs(root) ? [""] : [root, ""];
  return (elf, path) => findDebugFile(elf, { path, roots });
}

/** Opens a debug file if `accept` takes it. */
export function openDebugFile(path: string, accept: (elf: ElfFile) => boolean): DebugFile | null {
  let elf: ElfFile | undefined;
  const file = openRegular(path, ({ size }, readAt) => {
    elf = parseElf(readAt, { size, sectionsOnly: true });
    return accept(elf);
  });
  if (file === null || elf === undefined) return null;
  return { path, elf, [Symbol.dispose]: () => file[Symbol.dispose]() };
}

function findDebugFile(elf: ElfFile, { path, roots }: { path: string; roots: readonly string[] }): DebugFile | null {
  const id = buildId(elf);
  if (id !== null && id.length > 2) {
    const place = `${DEBUG_ROOT}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`;
    const found = firstOf([place], { roots, accept: (candidate) => buildId(candidate) === id });
    if (found !== null) return found;
  }
  const link = readDebugLink(elf);
  if (link === null || !path.startsWith("/")) return null;
  const accept = (candidate: ElfFile) => isOf(candidate, { id, link });
  const folders = roots.map((root) => folderOf(root, path));
  for (const [index, root] of roots.entries()) {
    const folder = folders[index];
    const places = [`${folder}/${link.name}`, `${folder}/.debug/${link.name}`, `${DEBUG_ROOT}${folder}/${link.name}`];
    const found = firstOf(places, { roots: [root], accept });
    if (found !== null) return found;
  }
  return null;
}

interface Search {
  readonly roots: readonly string[];
  readonly accept: (candidate: ElfFile) => boolean;
}

function firstOf(places: readonly string[], { roots, accept }: Search): DebugFile | null {
  for (const place of places) {
    for (const root of roots) {
      const path = resolveBelow(root, place);
      const found = path === null ? null : openDebugFile(path, accept);
      if (found !== null) return found;
    }
  }
  return null;
}

/** The folder of a file, its links resolved as far as they can be: that is where packages put debug files. */
function folderOf(root: string, path: string): string {
  const folder = path.slice(0, path.lastIndexOf("/"));
  return resolveBelow(root, folder)?.slice(root.length).replace(/\/$/, "") ?? folder;
}

function isOf(candidate: ElfFile, { id, link }: { id: string | null; link: DebugLink }): boolean {
  const candidateId = buildId(candidate);
  if (id !== null && candidateId !== null) return candidateId === id;
  return checksumOf(candidate) === link.checksum;
}

function isOurs(root: string): boolean {
  try {
    const [theirs, ours] = [`${root}/`, "/"].map((path) => Deno.statSync(path));
    return theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch {
    return true;
  }
}
