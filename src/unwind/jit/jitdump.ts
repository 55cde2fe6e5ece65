/**
 * `jit-PID.dump`: what a program that makes code has made, in binary, code and all. The program maps the file so that it
 * is found. Source: Linux, `tools/perf/Documentation/jitdump-specification.txt`. CPython writes it with `-X perf_jit`.
 *
 *     header   u32 magic "JiTD", version, size of the header, ...
 *     record   u32 id, size of the record; u64 time; then for
 *       0 load   u32 pid, tid; u64 vma, address, size, index; name, NUL, code
 *       1 move   u32 pid, tid; u64 vma, old address, new address, size, index
 * @module
 */

import { ByteReader } from "../../byte_reader.ts";
import type { ByteCount, FileOffset, Mapping } from "../../types.ts";
import { type OpenFile, openMappedFile } from "../mapped_file.ts";
import { CodeRanges, type NamedCode } from "./code_ranges.ts";
import type { JitSource, Writer } from "./jit_source.ts";

const FILE_NAME = /\/jit-\d+\.dump$/;
const MAGIC = 0x4a695444;
const HEADER_SIZE: ByteCount = 40;
const RECORD_HEADER_SIZE: ByteCount = 16;
const LOAD_SIZE: ByteCount = 40;
const MOVE_SIZE: ByteCount = 48;
const CODE_LOAD = 0;
const CODE_MOVE = 1;
const MAX_NAME: ByteCount = 4096;
/** No more are read at a time. */
const MAX_RECORDS = 100_000;

/** Follows the file as it grows. */
export class JitDump implements JitSource {
  readonly #writer: Writer;
  readonly #ranges = new CodeRanges();
  /** Where pieces of code were before they moved, by index: their names. */
  readonly #names = new Map<number, string>();
  #read: FileOffset = 0;
  #path = "";

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Where the file is, as the program sees it. */
  get path(): string {
    return this.#path;
  }

  /** Reads what is new. */
  refresh(): boolean {
    const mapping = this.#writer.readMaps().find(({ path, inode }) => inode !== 0 && FILE_NAME.test(path));
    using file = mapping === undefined ? null : this.#open(mapping);
    if (file === null) return false;
    const before = this.#read;
    try {
      if (this.#read === 0) this.#read = headerSize(file);
      for (let count = 0; count < MAX_RECORDS && this.#takeRecord(file); count++);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
    }
    return this.#read !== before;
  }

  /** The newest piece that holds an address. */
  find(address: number): NamedCode | null {
    return this.#ranges.find(address);
  }

  #open(mapping: Mapping): OpenFile | null {
    this.#path = mapping.path;
    const { pid, readMemory } = this.#writer;
    return openMappedFile(pid, mapping, { first: mapping, readMemory });
  }

  /** Reads one record; false where none is there, or not yet whole. */
  #takeRecord({ readAt, size }: OpenFile): boolean {
    if (size - this.#read < RECORD_HEADER_SIZE) return false;
    const header = new ByteReader(readAt(this.#read, RECORD_HEADER_SIZE));
    const id = header.u32();
    const total = header.u32();
    if (total < RECORD_HEADER_SIZE || total > size - this.#read) return false;
    const bytes = readAt(this.#read + RECORD_HEADER_SIZE, Math.min(total - RECORD_HEADER_SIZE, LOAD_SIZE + MAX_NAME));
    this.#read += total;
    if (id === CODE_LOAD && bytes.length > LOAD_SIZE) this.#load(bytes);
    if (id === CODE_MOVE && bytes.length >= MOVE_SIZE) this.#move(bytes);
    return true;
  }

  #load(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes, 16);
    const start = reader.u64();
    const size = reader.u64();
    const index = reader.u64();
    const end = bytes.indexOf(0, LOAD_SIZE);
    const name = new TextDecoder().decode(bytes.subarray(LOAD_SIZE, end < 0 ? bytes.length : end));
    if (name === "") return;
    this.#ranges.add({ start, name }, size);
    this.#names.set(index, name);
  }

  #move(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes, 24);
    const start = reader.u64();
    const size = reader.u64();
    const name = this.#names.get(reader.u64());
    if (name !== undefined) this.#ranges.add({ start, name }, size);
  }
}

/** @throws {SyntaxError} when it is another kind of file @throws {RangeError} when it ends early */
function headerSize({ readAt }: OpenFile): ByteCount {
  const reader = new ByteReader(readAt(0, HEADER_SIZE));
  if (reader.u32() !== MAGIC) throw new SyntaxError("Cannot parse jitdump: no magic number");
  reader.skip(4);
  const size = reader.u32();
  if (size < HEADER_SIZE) throw new SyntaxError(`Cannot parse jitdump: a header of ${size} bytes`);
  return size;
}
