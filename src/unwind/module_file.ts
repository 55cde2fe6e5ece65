/**
 * One ELF file that is mapped somewhere, and what was read from it so far. All in file addresses; `module.ts` adds the
 * load bias.
 * @module
 */

import type { FileAddress } from "../types.ts";
import { type ElfFile, findSection, parseElf, SHT_DYNSYM, SHT_SYMTAB } from "./elf.ts";
import { loadBias } from "./load_bias.ts";
import type { OpenFile } from "./mapped_file.ts";
import { readDynamicSymbols } from "./symbols/dynamic_symbols.ts";
import { type ElfSymbols, findSymbol, readElfSymbols } from "./symbols/elf_symbols.ts";
import { SymbolTable } from "./symbols/symbol_table.ts";
import { readUnwindTables, type UnwindTables } from "./unwind_info.ts";

/** Reads symbols and unwind tables when they are asked for first. Holds the file open: the target may end before. */
export class ModuleFile implements Disposable {
  readonly elf: ElfFile;
  readonly #file: OpenFile;
  #dynamic: ElfSymbols | null | undefined;
  #full: ElfSymbols | null | undefined;
  #symbols: SymbolTable | undefined;
  #unwindTables: UnwindTables | null | undefined;

  /**
   * Owns `file` from here on.
   * @throws {SyntaxError} when it is no ELF file for x86-64, or a malformed one
   * @throws {RangeError} when it ends early
   */
  constructor(file: OpenFile) {
    this.#file = file;
    this.elf = parseElf(file.readAt, { size: file.size, segmentsOnly: file.mappedAt !== undefined });
    if (file.mappedAt !== undefined) {
      // Now or never: the memory goes when the target ends.
      this.#dynamicSymbols();
      this.unwindTables;
    }
  }

  /** The names of its code: `.symtab`, and what `.dynsym` adds. */
  get symbols(): SymbolTable {
    this.#symbols ??= new SymbolTable([this.#fullSymbols(), this.#dynamicSymbols()].filter((table) => table !== null));
    return this.#symbols;
  }

  /** The unwind tables, or null when there are none. */
  get unwindTables(): UnwindTables | null {
    if (this.#unwindTables === undefined) this.#unwindTables = orNull(() => readUnwindTables(this.elf));
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
      this.#dynamic = orNull(() => readElfSymbols(this.elf, SHT_DYNSYM)) ??
        orNull(() => readDynamicSymbols(this.elf, bias));
    }
    return this.#dynamic;
  }

  #fullSymbols(): ElfSymbols | null {
    if (this.#full === undefined) this.#full = orNull(() => readElfSymbols(this.elf, SHT_SYMTAB));
    return this.#full;
  }
}

/** A table that is malformed, or that can no longer be read, is one that is not there: the others still help. */
function orNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
