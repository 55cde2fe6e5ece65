/**
 * Where the source lines of the modules of a process are.
 * @module
 */

import { buildId } from "../build_id.ts";
import { type FindDebugFile, openDebugFile } from "../debug_files.ts";
import type { ElfFile } from "../elf.ts";
import type { Module } from "../module.ts";
import type { ModuleTable } from "../modules.ts";
import type { LineCache } from "./line_cache.ts";
import { findLineFile, type LineFile } from "./line_file.ts";
import type { LocateLines } from "./line_resolver.ts";
import { LineTable } from "./line_table.ts";

/** What the lines of a process's modules are looked up with. */
export interface ModuleLinesOptions {
  readonly findDebugFile?: FindDebugFile;
  /** Where lines that were found before are kept. */
  readonly cache?: LineCache;
  /** Told, once a module, why there are no lines where there should be. */
  readonly warn?: (message: string) => void;
}

/** Locates the lines of frames that lie in `modules`. A module without any costs a look at its section headers. */
export function moduleLines(modules: ModuleTable, options: ModuleLinesOptions): LocateLines {
  const tables = new WeakMap<ElfFile, LineTable | null>();
  return ({ pc, exact = false, module: path }) => {
    const address = exact ? pc : pc - 1;
    const module = modules.find(address);
    if (module === null || module.path !== path) return null;
    let table = tables.get(module.elf);
    if (table === undefined) tables.set(module.elf, table = tableOf(module, options));
    return table === null ? null : { table, address: address - module.loadBias };
  };
}

function tableOf(module: Module, options: ModuleLinesOptions): LineTable | null {
  try {
    const file = lineFileOf(module, options);
    if (file === null) return null;
    const [{ cache, warn }, id] = [options, buildId(module.elf)];
    const kept = cache === undefined || id === null ? undefined : { cache, key: { buildId: id, file } };
    return new LineTable(file, { name: module.path, warn, kept });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    options.warn?.(`no source lines of ${module.path}: ${error.message}`);
    return null;
  }
}

function lineFileOf(module: Module, { findDebugFile }: ModuleLinesOptions): LineFile | null {
  return findLineFile(module.elf, { path: pathOf(module), knownAs: module.path, findDebugFile });
}

/** A path below /proc is gone with its process; then the file may still be where it was, if it is the same. */
function pathOf({ filePath, path, elf }: Module): string | null {
  if (filePath === null || exists(filePath)) return filePath;
  const id = buildId(elf);
  using file = id === null ? null : openDebugFile(path, (candidate) => buildId(candidate) === id);
  return file?.path ?? null;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
