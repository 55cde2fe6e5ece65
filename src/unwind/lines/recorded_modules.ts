/**
 * The modules of a process that was sampled some time ago, maybe on another machine: what the metadata of a file of
 * samples says of them, and where their source lines are here. A file that is not the very one that was mapped, by its
 * build-id, is not used.
 * @module
 */

import type { Address, MappedModule } from "../../types.ts";
import { buildId } from "../build_id.ts";
import { debugFileFinder, openDebugFile } from "../debug_files.ts";
import { findLineFile, type LineFile } from "./line_file.ts";
import type { LinePlace, LocateLines } from "./line_resolver.ts";
import { LineTable } from "./line_table.ts";

/** Where to look for files. */
export interface RecordedModulesOptions {
  /**
   * Folders with debug files by build-id (`.build-id/ab/cdef.debug`), or with files as they lay below the root of the
   * machine that was sampled. They are asked before this machine's own.
   */
  readonly folders: readonly string[];
  /** Told, once a file, which is not used or not there. */
  readonly warn?: (message: string) => void;
}

interface RecordedModule extends MappedModule {
  readonly path: string;
}

const DEBUG_ROOT = "/usr/lib/debug";

/** Learns modules, and locates the lines of frames in them. */
export class RecordedModules {
  readonly #options: RecordedModulesOptions;
  readonly #modules: RecordedModule[] = [];
  /** By path and build-id. */
  readonly #tables = new Map<string, LineTable | null>();
  readonly #findDebugFile = debugFileFinder("");

  constructor(options: RecordedModulesOptions) {
    this.#options = options;
  }

  /** Whether any module was told of. */
  get isEmpty(): boolean {
    return this.#modules.length === 0;
  }

  /** Takes a module that the process, or another one of the same file, has mapped from now on. */
  add(path: string, module: MappedModule): void {
    this.#modules.push({ ...module, path });
  }

  /** Locates the lines of a frame by its address alone. */
  readonly locate: LocateLines = ({ pc, exact = false }): LinePlace | null => {
    const address = exact ? pc : pc - 1;
    const module = this.#find(address);
    if (module === null) return null;
    const key = `${module.path}\n${module.buildId}`;
    let table = this.#tables.get(key);
    if (table === undefined) this.#tables.set(key, table = this.#open(module));
    return table === null ? null : { table, address: address - module.loadBias };
  };

  /** The module at an address, unless two were there, one after the other or in two processes. */
  #find(address: Address): RecordedModule | null {
    const [first, ...others] = this.#modules.filter(({ start, end }) => start <= address && address < end);
    if (first === undefined) return null;
    const isSame = (other: RecordedModule) =>
      other.path === first.path && other.buildId === first.buildId && other.loadBias === first.loadBias;
    return others.every(isSame) ? first : null;
  }

  #open(module: RecordedModule): LineTable | null {
    const { path } = module;
    const { warn } = this.#options;
    try {
      const file = this.#lineFile(module);
      return file === null ? null : new LineTable(file, { name: path, warn });
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      warn?.(`no source lines of ${path}: ${error.message}`);
      return null;
    }
  }

  #lineFile({ path, buildId: id }: RecordedModule): LineFile | null {
    if (!path.startsWith("/")) return null; // [vdso]
    let found = false;
    for (const candidate of this.#candidates(path, id)) {
      using file = openDebugFile(candidate, (elf) => id === null || buildId(elf) === id);
      if (file === null) continue;
      found = true;
      const lines = findLineFile(file.elf, { path: candidate, knownAs: path, findDebugFile: this.#findDebugFile });
      if (lines === null) continue;
      if (id === null) this.#options.warn?.(`${path} has no build-id; ${candidate} is taken for the same file`);
      return lines;
    }
    if (!found) this.#options.warn?.(`no source lines of ${path}: ${this.#reason(path, id)}`);
    return null;
  }

  #candidates(path: string, id: string | null): string[] {
    const { folders } = this.#options;
    const own = [...folders.map((folder) => `${folder}${path}`), path];
    if (id === null || id.length < 3) return own;
    const places = [...folders, DEBUG_ROOT].flatMap((folder) => {
      const place = `${folder}/.build-id/${id.slice(0, 2)}/${id.slice(2)}`;
      return [`${place}.debug`, place];
    });
    return [...places, ...own, `${downloads()}/${id}/debuginfo`];
  }

  #reason(path: string, id: string | null): string {
    using file = openDebugFile(path, () => true);
    if (file === null) return `the file is not here`;
    return `the file here is another one, of build-id ${buildId(file.elf) ?? "none"}; that of the samples is ${id}`;
  }
}

/** Where debuginfod's client keeps what it has fetched (debuginfod_find_debuginfo(3)). */
function downloads(): string {
  const cache = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? ""}/.cache`;
  return Deno.env.get("DEBUGINFOD_CACHE_PATH") || `${cache}/debuginfod_client`;
}
