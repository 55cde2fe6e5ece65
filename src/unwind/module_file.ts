/**
 * One ELF file that is mapped somewhere, and what was read from it so far. All in file addresses; `module.ts` adds the
 * load bias.
 * @module
 */

import type { FileAddress } from "../types.ts";
import { buildId } from "./build_id.ts";
import type { FindDebugFile } from "./debug_files.ts";
import type { Debuginfod } from "./debuginfod.ts";
import { type ElfFile, findSection, parseElf, SHT_DYNSYM, SHT_SYMTAB } from "./elf.ts";
import { loadBias } from "./load_bias.ts";
import type { OpenFile } from "./mapped_file.ts";
import { readDynamicSymbols } from "./symbols/dynamic_symbols.ts";
import {
  type ElfSymbols,
  findSymbol,
  findSymbolSection,
  readElfSymbols,
  readSection,
  type SymbolSection,
} from "./symbols/elf_symbols.ts";
import { readMiniDebugInfo } from "./symbols/mini_debug_info.ts";
import { type Later, NameChain, type NameSource } from "./symbols/name_source.ts";
import { readMethodTables } from "./symbols/method_tables.ts";
import { PltStubs, readStubNames, stubSections } from "./symbols/plt_stubs.ts";
import type { SymbolCache } from "./symbols/symbol_cache.ts";
import { sortSymbols } from "./symbols/symbol_rows.ts";
import { StringTable } from "./symbols/string_table.ts";
import { SymbolTable } from "./symbols/symbol_table.ts";
import { readUnwindTables, type UnwindTables } from "./unwind_info.ts";

/** What a file is told of its surroundings. */
export interface ModuleFileOptions {
  /** Its path as the process knows it. */
  readonly path: string;
  readonly findDebugFile?: FindDebugFile;
  /** Where debug files come from that are nowhere here. */
  readonly debuginfod?: Debuginfod;
  /** Where what is worked out of many symbols is kept. */
  readonly symbolCache?: SymbolCache;
  /** Told, once, what is malformed and therefore left out. */
  readonly warn?: (message: string) => void;
}

/** So many symbols are worth keeping on the disk: to read them takes longer than to read what was made of them. */
const MANY_SYMBOLS = 32768;

/** Reads symbols and unwind tables when they are asked for first. Holds the file open: the target may end before. */
export class ModuleFile implements Disposable {
  readonly elf: ElfFile;
  readonly #file: OpenFile;
  readonly #options: ModuleFileOptions;
  #dynamic: ElfSymbols | null | undefined;
  #full: ElfSymbols | null | undefined;
  #own: SymbolTable | undefined;
  #names: NameChain | undefined;
  #warned = false;
  /** Whether symbols that were stripped were found. */
  #isWhole = false;
  #unwindTables: UnwindTables | null | undefined;

  /**
   * Owns `file` from here on.
   * @throws {SyntaxError} when it is no ELF file for x86-64, or a malformed one
   * @throws {RangeError} when it ends early
   */
  constructor(file: OpenFile, options: ModuleFileOptions) {
    this.#file = file;
    this.#options = options;
    this.elf = parseElf(file.readAt, { size: file.size, segmentsOnly: file.mappedAt !== undefined });
    if (file.mappedAt !== undefined) {
      // Now or never: the memory goes when the target ends.
      this.#dynamicSymbols();
      this.unwindTables;
    }
  }

  /** The names of its code, from all sources that there are for it. */
  get names(): NameSource {
    return this.#names ??= new NameChain([
      () => this.#ownSymbols(),
      () =>
        new PltStubs(
          stubSections(this.elf),
          () => this.#orNull(() => readStubNames(this.elf, this.#ownSymbols())),
        ),
      () => this.#takenAway(() => readMiniDebugInfo(this.elf)),
      () => this.#takenAway(() => this.#debugFileSymbols()),
      () => this.#fetched(),
      () => this.#orNull(() => readMethodTables(this.elf)),
    ]);
  }

  /** Where this process can open the file, as long as the target lives; null if nowhere. */
  get path(): string | null {
    return this.#file.path;
  }

  /** The unwind tables, or null when there are none. */
  get unwindTables(): UnwindTables | null {
    if (this.#unwindTables === undefined) this.#unwindTables = this.#orNull(() => readUnwindTables(this.elf));
    return this.#unwindTables;
  }

  /** The value of a symbol of code or data. `.dynsym` is asked first: it is small and has only global symbols. */
  find(name: string): FileAddress | null {
    for (const table of [() => this.#dynamicSymbols(), () => this.#fullSymbols()]) {
      const symbols = table();
      const value = symbols === null ? null : findSymbol(symbols, name);
      if (value !== null) return value;
    }
    return null;
  }

  /** Where a section is in memory, or null when there is none of that name. */
  section(name: string): FileAddress | null {
    const section = findSection(this.elf, name);
    return section === null || section.address === 0 ? null : section.address;
  }

  /** Closes the file. What was read stays. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #dynamicSymbols(): ElfSymbols | null {
    if (this.#dynamic === undefined) {
      const { mappedAt } = this.#file;
      const bias = mappedAt === undefined ? 0 : loadBias(this.elf, mappedAt) ?? 0;
      this.#dynamic = this.#orNull(() => readElfSymbols(this.elf, SHT_DYNSYM)) ??
        this.#orNull(() => readDynamicSymbols(this.elf, bias));
    }
    return this.#dynamic;
  }

  #fullSymbols(): ElfSymbols | null {
    if (this.#full === undefined) this.#full = this.#orNull(() => readElfSymbols(this.elf, SHT_SYMTAB));
    return this.#full;
  }

  /** `.symtab`, and what `.dynsym` adds. */
  #ownSymbols(): SymbolTable {
    return this.#own ??= this.#orNull(() => this.#tableOf(this.elf, [SHT_SYMTAB, SHT_DYNSYM])) ??
      SymbolTable.of([this.#fullSymbols(), this.#dynamicSymbols()].filter((table) => table !== null));
  }

  /** A table of all symbols in sections of these types, if these are many; null if they are few. */
  #tableOf(elf: ElfFile, types: readonly number[]): SymbolTable | null {
    const sections = types.map((type) => findSymbolSection(elf, type)).filter((section) => section !== null);
    const count = sections.reduce((sum, section) => sum + section.count, 0);
    if (count < MANY_SYMBOLS) return null;
    const id = buildId(this.elf);
    const key = id === null ? null : { buildId: id, sections: sections.flatMap(extentOf) };
    const { symbolCache } = this.#options;
    let rows = key === null ? null : symbolCache?.read(key) ?? null;
    if (rows === null) {
      rows = sortSymbols(sections.map((section) => readSection(elf, section)));
      if (key !== null) symbolCache?.write(key, rows);
    }
    return new SymbolTable(sections.map(({ strings }) => strings), rows);
  }

  /** Whether nothing was stripped from the file. */
  get #hasFullSymbols(): boolean {
    return this.#full !== undefined ? this.#full !== null : this.elf.sections.some(({ type }) => type === SHT_SYMTAB);
  }

  /** Symbols kept elsewhere; a file that still has them all is not looked for twice. */
  #takenAway(read: () => ElfSymbols | null): SymbolTable | null {
    const symbols = this.#hasFullSymbols ? null : this.#orNull(read);
    if (symbols === null) return null;
    this.#isWhole = true;
    return SymbolTable.of([symbols]);
  }

  #debugFileSymbols(): ElfSymbols | null {
    using file = this.#options.findDebugFile?.(this.elf, this.#options.path) ?? null;
    return file === null ? null : wholeSymbols(file.elf);
  }

  /** The symbols of a debug file of a server, when it has come. A file that has its symbols needs none. */
  #fetched(): SymbolTable | Later | null {
    const { debuginfod } = this.#options;
    if (debuginfod === undefined || this.#isWhole || this.#hasFullSymbols) return null;
    const id = this.#orNull(() => buildId(this.elf));
    if (id === null) return null;
    using file = debuginfod.find(id);
    if (file === null) return "later";
    const symbols = this.#orNull(() => wholeSymbols(file.elf));
    return symbols === null ? null : SymbolTable.of([symbols]);
  }

  /** A table that is malformed, or that can no longer be read, is one that is not there: the others still help. */
  #orNull<T>(read: () => T | null): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      // Memory that is gone tells of its process's end, not of a fault in the file.
      const isFault = this.#file.mappedAt === undefined && !this.#warned;
      if (isFault) this.#options.warn?.(`some symbols of ${this.#options.path} are left out: ${error.message}`);
      this.#warned = true;
      return null;
    }
  }
}

function extentOf({ section, count, strings }: SymbolSection): number[] {
  return [section.offset, count, strings.size];
}

/** The symbols of a file that will be closed, with all their names. */
function wholeSymbols(elf: ElfFile): ElfSymbols | null {
  const symbols = readElfSymbols(elf, SHT_SYMTAB);
  return symbols === null ? null : { ...symbols, strings: new StringTable(symbols.strings.bytes) };
}
