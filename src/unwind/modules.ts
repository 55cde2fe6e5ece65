/**
 * The modules of a process. In: its mappings, again and again. Out: the ELF file that holds an address.
 * @module
 */

import { RangeMap } from "../range_map.ts";
import type { Address, Mapping, Pid, ReadMemory } from "../types.ts";
import type { FindDebugFile } from "./debug_files.ts";
import type { Debuginfod } from "./debuginfod.ts";
import { FileCache } from "./file_cache.ts";
import { loadBias } from "./load_bias.ts";
import { type OpenFile, openMappedFile } from "./mapped_file.ts";
import { memoryFile, vdsoFile } from "./memory_file.ts";
import { Module } from "./module.ts";
import type { ModuleFile } from "./module_file.ts";
import type { SymbolCache } from "./symbols/symbol_cache.ts";

/** What a module table reads the target with. */
export interface ModuleTableOptions {
  /** The mappings of the process, ascending; empty when it has ended. */
  readonly readMaps: () => Mapping[];
  readonly readMemory: ReadMemory;
  /** Where to find what was stripped from a file. */
  readonly findDebugFile?: FindDebugFile;
  /** Where that comes from if it is nowhere here. */
  readonly debuginfod?: Debuginfod;
  /** Where what is worked out of many symbols is kept. */
  readonly symbolCache?: SymbolCache;
  /** Told of files that are malformed, once each. */
  readonly warn?: (message: string) => void;
  /** Where files are shared with other processes; must outlive the table. */
  readonly files?: FileCache;
}

const VDSO = "[vdso]";

/**
 * The ELF files that a process has mapped with code in them. Files are opened once and kept open, so that names can
 * still be told when the process has ended; disposing closes them.
 */
export class ModuleTable implements Disposable {
  readonly #pid: Pid;
  readonly #options: ModuleTableOptions;
  readonly #cache: FileCache;
  /** By `fileKey`; null for what is mapped executable but no ELF file. */
  readonly #files = new Map<string, ModuleFile | null>();
  #signature = "";
  #generation = 0;
  #modules: readonly Module[] = [];
  #ranges = new RangeMap<Module>([]);
  #mappings = new RangeMap<Mapping>([]);
  #allMappings: readonly Mapping[] = [];

  /**
   * Reads the mappings for the first time.
   * @throws what `readMaps` throws
   */
  constructor(pid: Pid, options: ModuleTableOptions) {
    this.#pid = pid;
    this.#options = options;
    this.#cache = options.files ?? new FileCache();
    this.refresh();
  }

  /** The modules, ascending by start. */
  get modules(): readonly Module[] {
    return this.#modules;
  }

  /**
   * Counts how often the modules changed, or more became known of them: what was derived from them holds as long as
   * this stays the same.
   */
  get generation(): number {
    return this.#generation + (this.#options.debuginfod?.arrivals ?? 0);
  }

  /**
   * Reads the mappings again. Returns whether mappings of files with code changed; if not, the modules are the same
   * objects as before. When the process has ended, everything stays as it was.
   * @throws what `readMaps` throws
   */
  refresh(): boolean {
    const mappings = this.#options.readMaps();
    if (mappings.length === 0) return false;
    this.#allMappings = mappings;
    this.#mappings = new RangeMap(mappings.map((mapping) => ({ ...span(mapping), value: mapping })));
    // Their data too: the dynamic linker maps it after the code.
    const withCode = new Set(mappings.filter(holdsCode).map(fileKey));
    const signature = mappings.map(describe).filter(({ key }) => withCode.has(key)).map(({ text }) => text).join("\n");
    if (signature === this.#signature) return false;
    this.#signature = signature;
    this.#generation++;
    this.#modules = this.#place(mappings);
    this.#ranges = new RangeMap(
      this.#modules.flatMap((module) => module.mappings.map((mapping) => ({ ...span(mapping), value: module }))),
    );
    return true;
  }

  /** The module that has a mapping at `address`, or null. */
  find(address: Address): Module | null {
    return this.#ranges.find(address)?.value ?? null;
  }

  /** All mappings as they were read last, ascending. */
  get mappings(): readonly Mapping[] {
    return this.#allMappings;
  }

  /** The mapping that holds `address`, of whatever kind, or null. */
  mapping(address: Address): Mapping | null {
    return this.#mappings.find(address)?.value ?? null;
  }

  /** Closes all files. */
  [Symbol.dispose](): void {
    for (const key of [...this.#files.keys()]) this.#release(key);
    if (this.#options.files === undefined) this.#cache[Symbol.dispose]();
  }

  /** Groups mappings by file, and those of a file by load bias: it may be mapped more than once. */
  #place(mappings: readonly Mapping[]): Module[] {
    const byFile = Map.groupBy(mappings.filter(isCandidate), fileKey);
    const modules: Module[] = [];
    const used = new Set<string>();
    for (const [key, group] of byFile) {
      if (!group.some(holdsCode)) continue;
      used.add(key);
      const file = this.#file(key, group);
      if (file !== null) modules.push(...placements(file, group));
    }
    for (const key of [...this.#files.keys()]) if (!used.has(key)) this.#release(key);
    return modules.sort((a, b) => a.start - b.start);
  }

  #file(key: string, group: readonly Mapping[]): ModuleFile | null {
    const known = this.#files.get(key);
    if (known !== undefined) return known;
    const { readMemory, findDebugFile, debuginfod, symbolCache, warn } = this.#options;
    const first = group.find((mapping) => mapping.offset === 0 && mapping.readable) ?? null;
    const options = { path: group[0].path, findDebugFile, debuginfod, symbolCache, warn };
    const file = this.#cache.acquire(key, { first, readMemory, options, open: () => this.#open(group, first) });
    // Not remembered: the mapping may have changed under our hands, and the next time it can be opened.
    if (file === undefined) return null;
    this.#files.set(key, file);
    return file;
  }

  #open(group: readonly Mapping[], first: Mapping | null): OpenFile | null {
    const { readMemory } = this.#options;
    if (group[0].path === VDSO) return vdsoFile(group[0], readMemory);
    const code = group.find(holdsCode) ?? group[0];
    return openMappedFile(this.#pid, code, { first, readMemory }) ?? memoryFile(group, readMemory);
  }

  #release(key: string): void {
    const file = this.#files.get(key);
    if (file) this.#cache.release(key, file);
    this.#files.delete(key);
  }
}

function placements(file: ModuleFile, group: readonly Mapping[]): Module[] {
  const byBias = Map.groupBy(group, (mapping) => loadBias(file.elf, mapping));
  const modules: Module[] = [];
  for (const [bias, mappings] of byBias) {
    if (bias === null || !mappings.some(holdsCode)) continue;
    modules.push(new Module(file, { path: mappings[0].path, loadBias: bias, mappings }));
  }
  return modules;
}

function isCandidate(mapping: Mapping): boolean {
  return mapping.inode !== 0 || mapping.path === VDSO;
}

function holdsCode(mapping: Mapping): boolean {
  return mapping.executable && isCandidate(mapping);
}

function fileKey({ device, inode, path, start }: Mapping): string {
  return path === VDSO ? `${path} ${start}` : `${device} ${inode} ${path}`;
}

function describe(mapping: Mapping): { key: string; text: string } {
  const key = fileKey(mapping);
  return { key, text: `${mapping.start}-${mapping.end} ${mapping.offset} ${key}` };
}

function span({ start, end }: Mapping): { start: Address; end: Address } {
  return { start, end };
}
