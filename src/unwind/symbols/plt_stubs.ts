/**
 * Names for the linker's stubs, by which code calls into other files: `memcpy@plt`. No symbol table has them; what a
 * stub jumps to is told by the relocation of the word that it reads the address from.
 *
 *     f3 0f 1e fa           endbr64                 only in .plt.sec
 *     [f2] ff 25 disp32     [bnd] jmp *disp(%rip)   the word is at disp + the address behind
 *     68 index32            push $index             in .plt: counts the relocations of .rela.plt
 *
 * Sources: System V ABI for AMD64 1.0, 5.2 "Procedure Linkage Table", and 13.2 for `.plt.sec`; binutils,
 * `bfd/elfxx-x86.c`.
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { ByteCount, FileAddress } from "../../types.ts";
import { type ElfFile, findSection, type Section, SHT_DYNSYM, SHT_NOBITS, SHT_RELA } from "../elf.ts";
import { SYMBOL_SIZE } from "./elf_symbols.ts";
import type { FoundSymbol, NameSource } from "./name_source.ts";
import { StringTable } from "./string_table.ts";

const STUB_SECTIONS = [".plt", ".plt.sec", ".plt.got", ".plt.bnd"];
const MAX_STUBS_SIZE: ByteCount = 2 ** 24;
const DEFAULT_STUB_SIZE: ByteCount = 16;
const RELOCATION_SIZE: ByteCount = 24;
const MAX_RELOCATIONS = 2 ** 22;
const MAX_STRINGS: ByteCount = 2 ** 27;

const R_X86_64_GLOB_DAT = 6;
const R_X86_64_JUMP_SLOT = 7;
const R_X86_64_IRELATIVE = 37;

/** What a word of the file is filled with when it is loaded. */
interface Slots {
  readonly names: ReadonlyMap<FileAddress, string>;
  /** The names of `.rela.plt`, in its order. */
  readonly numbered: readonly (string | null)[];
}

/** Names of stubs by where they begin. */
export type StubNames = ReadonlyMap<FileAddress, FoundSymbol>;

/** The sections of a file that hold stubs. */
export function stubSections(elf: ElfFile): Section[] {
  return elf.sections.filter(({ name, type, size }) =>
    STUB_SECTIONS.includes(name) && type !== SHT_NOBITS && size <= MAX_STUBS_SIZE
  );
}

/**
 * Reads the names of all stubs. `symbols` names what a stub finds out when it is loaded.
 * @throws {RangeError} when the file ends early
 */
export function readStubNames(elf: ElfFile, symbols: NameSource): StubNames {
  const slots = readSlots(elf, symbols);
  const stubs = new Map<FileAddress, FoundSymbol>();
  for (const section of stubSections(elf)) {
    const bytes = elf.readAt(section.offset, section.size);
    const size = stubSize(section);
    for (let at = 0; at + size <= bytes.length; at += size) {
      const start = section.address + at;
      const name = targetOf(bytes.subarray(at, at + size), { address: start, slots });
      if (name !== null) stubs.set(start, { name: `${name}@plt`, start, size });
    }
  }
  return stubs;
}

/** Names stubs. Their relocations are many, so these are read when an address is in a stub first. */
export class PltStubs implements NameSource {
  readonly #sections: readonly Section[];
  readonly #read: () => StubNames | null;
  #stubs: StubNames | undefined;

  /** `read` is called once at most. */
  constructor(sections: readonly Section[], read: () => StubNames | null) {
    this.#sections = sections;
    this.#read = read;
  }

  /** The stub that holds an address; one FDE is for all of a section, so that it tells nothing. */
  lookup(address: FileAddress): FoundSymbol | null {
    const section = this.#sections.find((section) =>
      section.address <= address && address < section.address + section.size
    );
    if (section === undefined) return null;
    this.#stubs ??= this.#read() ?? new Map();
    return this.#stubs.get(address - (address - section.address) % stubSize(section)) ?? null;
  }
}

/** lld leaves it at 0. */
function stubSize({ entrySize }: Section): ByteCount {
  return entrySize === 8 || entrySize === 16 ? entrySize : DEFAULT_STUB_SIZE;
}

/** The name of what a stub jumps to, or null where its instructions or its relocation tell none. */
function targetOf(stub: Uint8Array, { address, slots }: { address: FileAddress; slots: Slots }): string | null {
  let at = hasBytes(stub, 0, [0xf3, 0x0f, 0x1e, 0xfa]) ? 4 : 0;
  const view = new DataView(stub.buffer, stub.byteOffset, stub.length);
  if (stub[at] === 0x68) return slots.numbered[view.getUint32(at + 1, true)] ?? null;
  if (stub[at] === 0xf2) at++;
  if (!hasBytes(stub, at, [0xff, 0x25]) || at + 6 > stub.length) return null;
  return slots.names.get(address + at + 6 + view.getInt32(at + 2, true)) ?? null;
}

function hasBytes(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function readSlots(elf: ElfFile, symbols: NameSource): Slots {
  const dynamic = elf.sections.find(({ type }) => type === SHT_DYNSYM);
  const strings = dynamic === undefined ? undefined : elf.sections[dynamic.link];
  const names = new Map<FileAddress, string>();
  const numbered: (string | null)[] = [];
  const symbolBytes = dynamic === undefined ? new Uint8Array() : elf.readAt(dynamic.offset, dynamic.size);
  const hasStrings = strings !== undefined && strings.type !== SHT_NOBITS && strings.size <= MAX_STRINGS;
  const symbolNames = new StringTable(hasStrings ? { ...strings, readAt: elf.readAt } : new Uint8Array());

  function nameOf(type: number, { symbol, addend }: { symbol: number; addend: FileAddress }): string | null {
    if (type === R_X86_64_IRELATIVE) return symbols.lookup(addend, addend)?.name ?? null;
    if (type !== R_X86_64_JUMP_SLOT && type !== R_X86_64_GLOB_DAT) return null;
    if ((symbol + 1) * SYMBOL_SIZE > symbolBytes.length) return null;
    const name = symbolNames.at(new ByteReader(symbolBytes, symbol * SYMBOL_SIZE).u32());
    return name === "" ? null : name;
  }

  for (const section of relocationSections(elf)) {
    const count = Math.min(Math.floor(section.size / RELOCATION_SIZE), MAX_RELOCATIONS);
    const reader = new ByteReader(elf.readAt(section.offset, count * RELOCATION_SIZE));
    for (let index = 0; index < count; index++) {
      const slot = reader.u64();
      const type = reader.u32();
      const symbol = reader.u32();
      const name = nameOf(type, { symbol, addend: reader.u64() });
      if (name !== null) names.set(slot, name);
      if (section.name === ".rela.plt") numbered.push(name);
    }
  }
  return { names, numbered };
}

/** The many relocations of data are read only where there are stubs of the kind that shares words with data. */
function relocationSections(elf: ElfFile): Section[] {
  const names = findSection(elf, ".plt.got") === null ? [".rela.plt"] : [".rela.plt", ".rela.dyn"];
  return elf.sections.filter(({ name, type }) => type === SHT_RELA && names.includes(name));
}
