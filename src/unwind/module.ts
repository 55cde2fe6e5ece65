/**
 * A module: an ELF file as it is mapped in the target. All addresses here are runtime addresses.
 * @module
 */

import type { Address, ByteCount, Mapping } from "../types.ts";
import type { ElfFile } from "./elf.ts";
import type { ModuleFile } from "./module_file.ts";

/** What an address is called. */
export interface AddressName {
  /** The symbol's name, else `file+0xaddress` with the file address of the function, or of the address itself. */
  readonly symbol: string;
  /** Whether `symbol` is a real symbol's name. */
  readonly named: boolean;
  /** The address minus the start of its function; 0 where the function is not known. */
  readonly offset: ByteCount;
}

/** Unwind tables as they lie in the target. */
export interface UnwindInfo {
  /** Where `.eh_frame_hdr` begins. */
  readonly headerAddress: Address;
  /** Where `bytes` begins. */
  readonly address: Address;
  /** `.eh_frame_hdr` and `.eh_frame`. */
  readonly bytes: Uint8Array;
}

/** Where a module is mapped. */
export interface Placement {
  /** Path as the target's maps show it. */
  readonly path: string;
  readonly loadBias: Address;
  /** Its mappings, ascending; at least one. */
  readonly mappings: readonly Mapping[];
}

/** A mapped ELF file. */
export class Module {
  readonly path: string;
  /** Runtime address minus file address. */
  readonly loadBias: Address;
  /** Ascending. The memory behind the last one that has no file (`.bss`) is not among them. */
  readonly mappings: readonly Mapping[];
  /** From the start of the first mapping to the end of the last. */
  readonly start: Address;
  readonly end: Address;
  readonly #file: ModuleFile;

  constructor(file: ModuleFile, { path, loadBias, mappings }: Placement) {
    this.#file = file;
    this.path = path;
    this.loadBias = loadBias;
    this.mappings = mappings;
    this.start = mappings[0].start;
    this.end = mappings[mappings.length - 1].end;
  }

  /** Its headers. */
  get elf(): ElfFile {
    return this.#file.elf;
  }

  /** Where this process can open the file, as long as the target lives; null if nowhere. */
  get filePath(): string | null {
    return this.#file.path;
  }

  /** Names an address; `functionStart` is the start of the FDE that holds it, or null when none does. */
  name(address: Address, functionStart: Address | null): AddressName {
    const fileAddress = address - this.loadBias;
    const fileStart = functionStart === null ? null : functionStart - this.loadBias;
    const found = this.#file.names.lookup(fileAddress, fileStart);
    if (found !== null) return { symbol: found.name, named: true, offset: fileAddress - found.start };
    // One name for all of a function, where its bounds are known, so that its samples add up.
    const start = fileStart ?? fileAddress;
    return { symbol: `${baseName(this.path)}+0x${start.toString(16)}`, named: false, offset: fileAddress - start };
  }

  /** Its unwind tables, or null when it has none. */
  unwindInfo(): UnwindInfo | null {
    const tables = this.#file.unwindTables;
    if (tables === null) return null;
    const { headerAddress, address, bytes } = tables;
    return { headerAddress: headerAddress + this.loadBias, address: address + this.loadBias, bytes };
  }

  /** The address of the symbol of code or data with that very name, or null. */
  find(name: string): Address | null {
    const value = this.#file.find(name);
    return value === null ? null : value + this.loadBias;
  }

  /** The address of a section, as `.PyRuntime`, or null. */
  section(name: string): Address | null {
    const address = this.#file.section(name);
    return address === null ? null : address + this.loadBias;
  }
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
