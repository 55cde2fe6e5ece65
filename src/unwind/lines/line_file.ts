/**
 * Which file has the source lines of a module: the module's own, or the separate debug file of it. Tells that by the
 * section headers alone, so that nothing more is read, or loaded, for code without debug information.
 *
 * A file whose information `dwz` has moved in part to one that several share names that one in `.gnu_debugaltlink`
 * (binutils, `bfd_get_alt_debug_link_info`): its path and its build-id.
 * @module
 */

import type { ByteCount } from "../../types.ts";
import { buildId } from "../build_id.ts";
import { type FindDebugFile, openDebugFile } from "../debug_files.ts";
import { type ElfFile, findSection, SHT_NOBITS } from "../elf.ts";
import { resolveBelow } from "../rooted_path.ts";

/** Files to read lines from, as this process sees them. */
export interface LineFile {
  readonly path: string;
  /** The file that some of it is shared in; null where none is, or the right one was not found. */
  readonly alternate: string | null;
}

/** A file and its surroundings. */
export interface LineFileSearch {
  /** Where this process can open the file; null if nowhere. */
  readonly path: string | null;
  /** Its path as the process that has it mapped knows it. */
  readonly knownAs: string;
  readonly findDebugFile?: FindDebugFile;
}

const MAX_LINK: ByteCount = 4096 + 64;
const PROCESS_ROOT = /^\/proc\/\d+\/root(?=\/)/;
const PROCESS = /^\/proc\/\d+(?=\/)/;
const DEBUG_ROOT = "/usr/lib/debug";

/**
 * Finds the file with the lines of `elf`, or gives null.
 * @throws {RangeError} @throws {SyntaxError} when a file is malformed
 */
export function findLineFile(elf: ElfFile, { path, knownAs, findDebugFile }: LineFileSearch): LineFile | null {
  if (hasLines(elf)) return path === null ? null : { path, alternate: findAlternate(elf, placeOf(path, knownAs)) };
  using file = findDebugFile?.(elf, knownAs) ?? null;
  if (file === null || !hasLines(file.elf)) return null;
  return { path: file.path, alternate: findAlternate(file.elf, file.path) };
}

/** Whether a file itself has source lines, compressed or not. */
export function hasLines({ sections }: ElfFile): boolean {
  return sections.some(({ name, type, size }) =>
    (name === ".debug_line" || name === ".zdebug_line") && type !== SHT_NOBITS && size > 0
  );
}

/** The path by which a file's neighbours can be found: `/proc/PID/map_files` and `/proc/PID/exe` have none. */
function placeOf(path: string, knownAs: string): string {
  const process = PROCESS.exec(path)?.[0];
  return process === undefined ? path : `${process}/root${knownAs}`;
}

/** Finds the file that `elf`, which lies at `path`, shares information in: in the same root, by build-id. */
function findAlternate(elf: ElfFile, path: string): string | null {
  const section = findSection(elf, ".gnu_debugaltlink");
  if (section === null || section.type === SHT_NOBITS || section.size > MAX_LINK) return null;
  const bytes = elf.readAt(section.offset, section.size);
  const end = bytes.indexOf(0);
  const name = new TextDecoder().decode(bytes.subarray(0, Math.max(end, 0)));
  const id = hex(bytes.subarray(end + 1));
  if (name === "" || id === "") return null;

  const root = PROCESS_ROOT.exec(path)?.[0] ?? "";
  const folder = path.slice(root.length, path.lastIndexOf("/"));
  const places = [
    name.startsWith("/") ? name : `${folder}/${name}`,
    `${DEBUG_ROOT}/.build-id/${id.slice(0, 2)}/${id.slice(2)}.debug`,
    `${DEBUG_ROOT}/.dwz/${name.slice(name.lastIndexOf("/") + 1)}`,
  ];
  for (const place of places) {
    const candidate = resolveBelow(root, place);
    if (candidate === null) continue;
    using file = openDebugFile(candidate, (elf) => buildId(elf) === id);
    if (file !== null) return file.path;
  }
  return null;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
