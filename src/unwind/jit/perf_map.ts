/**
 * `/tmp/perf-PID.map`: a line for each piece of code that a program has made. Source: Linux,
 * `tools/perf/Documentation/jit-interface.txt`. CPython writes it with `-X perf`, node with `--perf-basic-prof`.
 *
 *     7f5c3e8e6000 30 py::work:/srv/app/main.py        start and size in hex, then the name
 * @module
 */

import type { ByteCount, FileOffset } from "../../types.ts";
import { type OpenFile, openRegular } from "../mapped_file.ts";
import { resolveBelow } from "../rooted_path.ts";
import { CodeRanges, type NamedCode } from "./code_ranges.ts";
import type { JitSource, Writer } from "./jit_source.ts";

/** What is beyond is not read. */
const MAX_SIZE: ByteCount = 2 ** 28;
/** So much is read at once. */
const CHUNK: ByteCount = 2 ** 22;
const NEWLINE = 0x0a;

/** Follows the file as it grows. It counts only if it belongs to the program's user: others may write to /tmp, too. */
export class PerfMap implements JitSource {
  readonly #writer: Writer;
  #ranges = new CodeRanges();
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
    const { root, namespacePid, user } = this.#writer;
    const place = `/tmp/perf-${namespacePid}.map`;
    const path = resolveBelow(root, place);
    using file = path === null ? null : openRegular(path, ({ uid }) => uid === user);
    if (file === null) return false;
    this.#path = place;
    if (file.size < this.#read) {
      // Begun anew, by another program of this process.
      this.#ranges = new CodeRanges();
      this.#read = 0;
    }
    const before = this.#read;
    while (this.#take(file));
    return this.#read !== before;
  }

  /** The newest piece that holds an address. */
  find(address: number): NamedCode | null {
    return this.#ranges.find(address);
  }

  /** Reads whole lines; false when there are no more. */
  #take({ readAt, size }: OpenFile): boolean {
    const left = Math.min(size, MAX_SIZE) - this.#read;
    if (left <= 0) return false;
    let bytes: Uint8Array;
    try {
      bytes = readAt(this.#read, Math.min(left, CHUNK));
    } catch {
      return false; // it shrank meanwhile
    }
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    for (const line of new TextDecoder().decode(bytes.subarray(0, end)).split("\n")) {
      const match = /^(?:0x)?([0-9a-f]{1,16}) +(?:0x)?([0-9a-f]{1,16}) +(.+)$/i.exec(line);
      if (match === null) continue;
      this.#ranges.add({ start: parseInt(match[1], 16), name: match[3] }, parseInt(match[2], 16));
    }
    // A chunk without an end of line is no line that anything wrote.
    this.#read += end === 0 && bytes.length === CHUNK ? CHUNK : end;
    return end > 0;
  }
}
