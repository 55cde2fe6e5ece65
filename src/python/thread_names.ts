/**
 * What Python calls its threads: the `_name` of each `threading.Thread` in `sys.modules["threading"]._active`, which has
 * them by pthread_self(). The operating system is told these names since 3.14 alone, and only their first 15 bytes.
 *
 * It is all read while the program runs on; what was caught half-way is left out, or right the next time.
 * @module
 */

import type { Address, ByteCount, ReadMemory, Tid } from "../types.ts";
import { GLIBC_TID } from "./c_library.ts";
import { DictReader, type Entry } from "./dicts.ts";
import { isAddress, readU32, readWord, StructReader } from "./memory.ts";
import type { Runtime } from "./runtime.ts";
import { decodeText, readBytesObject, readText } from "./unicode.ts";

const INTERPRETERS_MAX = 256;
const THREADS_MAX = 2 ** 16;
/** Digits of an `int` have 30 bits; a pointer takes three. */
const DIGIT = 2 ** 30;
const DIGITS_MAX = 3;
const NAME_MAX = 4096;

/** Reads the names of all threads of one target. */
export class ThreadNameReader {
  readonly #read: ReadMemory;
  readonly #runtime: Runtime;
  readonly #dicts: DictReader;
  readonly #descriptorTid: ByteCount;

  /** `descriptorTid` is where the C library keeps the id of a thread. */
  constructor(
    read: ReadMemory,
    runtime: Runtime,
    { descriptorTid = GLIBC_TID }: { descriptorTid?: ByteCount } = {},
  ) {
    this.#descriptorTid = descriptorTid;
    this.#read = read;
    this.#runtime = runtime;
    this.#dicts = new DictReader(read, runtime);
  }

  /** By thread id, as the target itself sees them; none where they cannot be read. */
  names(): Map<Tid, string> {
    const names = new Map<Tid, string>();
    const { offsets: { interp, object }, interpretersHead } = this.#runtime;
    if (interp.modules === null || object.size === null) return names;
    let interpreter = readWord(this.#read, interpretersHead);
    for (let count = 0; interpreter && count < INTERPRETERS_MAX; count++) {
      const modules = readWord(this.#read, interpreter + interp.modules);
      const active = modules === null ? null : this.#activeOf(modules);
      for (const [, thread] of active === null ? [] : this.#dicts.entries(active).slice(0, THREADS_MAX)) {
        const named = this.#named(thread);
        if (named !== null) names.set(...named);
      }
      interpreter = readWord(this.#read, interpreter + interp.next);
    }
    return names;
  }

  /** The dict `threading._active`, or null where that is not imported. */
  #activeOf(modules: Address): Address | null {
    const threading = this.#find(this.#dicts.entries(modules), "threading");
    // PyModuleObject begins with its dict (Include/internal/pycore_moduleobject.h).
    const dict = threading === null ? null : readWord(this.#read, threading + this.#runtime.offsets.object.size!);
    return dict === null ? null : this.#find(this.#dicts.entries(dict), "_active");
  }

  #named(thread: Address): [Tid, string] | null {
    const attributes = this.#dicts.attributes(thread);
    // In 2.7 both begin with two underscores, and are kept under the name of their class.
    const prefix = this.#runtime.dialect.hasStr ? "" : "_Thread_";
    const nameAt = this.#find(attributes, `${prefix}_name`);
    const name = nameAt === null ? null : this.#text(nameAt, NAME_MAX);
    const tid = this.#number(attributes, "_native_id") ?? this.#tidOf(this.#number(attributes, `${prefix}_ident`));
    return name === null || name === "" || tid === null ? null : [tid, name];
  }

  /** Up to 3.7 the number of a thread is that of the C library alone, whose structure has the system's. */
  #tidOf(ident: number | null): Tid | null {
    return ident === null || !isAddress(ident) ? null : readU32(this.#read, ident + this.#descriptorTid);
  }

  #find(entries: readonly Entry[], name: string): Address | null {
    return entries.find(([key]) => this.#text(key, name.length) === name)?.[1] ?? null;
  }

  /** A text of that length at most. */
  #text(address: Address, most: number): string | null {
    const { offsets, dialect } = this.#runtime;
    if (!dialect.hasStr) {
      const bytes = readBytesObject(this.#read, address, offsets.bytes);
      return bytes === null || bytes.length > most ? null : decodeText({ bytes, unit: null });
    }
    const length = offsets.str.length === null ? null : readWord(this.#read, address + offsets.str.length);
    if (length === null || length > most) return null;
    const text = readText(this.#read, address, offsets);
    return text === null ? null : decodeText(text);
  }

  #number(entries: readonly Entry[], name: string): number | null {
    const at = this.#find(entries, name);
    const { dialect, offsets: { object, long: { tag, digits } } } = this.#runtime;
    if (at !== null && dialect.integers === "long") return readWord(this.#read, at + object.size!);
    if (at === null || tag === null || digits === null) return null;
    const head = new StructReader(digits + DIGITS_MAX * 4);
    if (!head.load(this.#read, at)) return null;
    const word = head.word(tag);
    const count = dialect.integers === "sized" ? word : Math.floor(word / 8);
    if (count < 1 || count > DIGITS_MAX) return null;
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * DIGIT + head.u32(digits + 4 * i);
    return value;
  }
}
