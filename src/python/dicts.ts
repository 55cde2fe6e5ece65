/**
 * `dict` objects and the attributes of instances, read while the program runs on: what changes meanwhile may be missed, or
 * read as something else, so each length is bounded and each caller checks what it gets.
 *
 *     PyDictObject, 2.7   filled, used, size - 1 of the table, table of entries, of which free ones have no value
 *     PyDictObject        keys, values          values: null where the keys hold them too
 *     keys up to 3.10     refcount, size, lookup, usable, count (8 bytes each), size indices of 1, 2, 4 or 8 bytes, entries
 *     keys since 3.11     refcount; u8 log2(size), u8 log2(bytes of the indices), u8 kind; usable at 16, count at 24,
 *                         indices at 32, entries
 *     an entry            hash, key, value; key, value alone for kinds 1 and 2 since 3.11, which have str keys alone
 *
 * Instances keep attributes in a dict at an offset that their type has, up to 3.10; since 3.11 in a list of values in the
 * order of the keys that their type has, and in a dict once that is needed. Sources: CPython Include/dictobject.h (2.7),
 * Objects/dict-common.h (3.10),
 * Include/internal/pycore_dict.h, pycore_object.h (`_PyObject_ValuesPointer` 3.11, `_PyObject_DictOrValuesPointer` 3.12,
 * `_PyObject_InlineValues` 3.13).
 * @module
 */

import type { Address, ReadMemory } from "../types.ts";
import type { Dialect } from "./dialect.ts";
import { isAddress, readBytes, readWord, StructReader } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

const WORD = 8;
/** Hash, key and value. */
const ENTRY = 3 * WORD;
const KEYS_HEADER = 40;
const KEYS_HEADER_LOG = 32;
const GENERAL = 0;
/** More entries are none; sys.modules of a large program has some thousands. */
const ENTRIES_MAX = 2 ** 16;
const LOG_SIZE_MAX = 24;
/** Of Py_TPFLAGS_INLINE_VALUES. */
const INLINE_VALUES = 4;
/** How far before an instance its dict, and in 3.11 its values, are told. */
const DICT_BEFORE = 3 * WORD;
const VALUES_BEFORE = 4 * WORD;
/** Of the free-threaded build. */
const DICT_BEFORE_FREE = WORD;
/** Where values begin in 3.13's PyDictValues, and where it tells whether they count. */
const INLINE_START = 8;
const INLINE_VALID = 3;
const FREE_THREADED_HEADER = 32;

/** A key and its value: addresses of objects. */
export type Entry = readonly [key: Address, value: Address];

/** Reads dicts of one version. */
export class DictReader {
  readonly #read: ReadMemory;
  readonly #offsets: Offsets;
  readonly #dialect: Dialect;

  constructor(read: ReadMemory, { offsets, dialect }: { offsets: Offsets; dialect: Dialect }) {
    this.#read = read;
    this.#offsets = offsets;
    this.#dialect = dialect;
  }

  /** The entries of a dict in their order; none where it cannot be read. */
  entries(dict: Address): Entry[] {
    if (this.#dialect.dictKeys === "table") return this.#tableAt(dict);
    const { keys, values } = this.#offsets.dict;
    if (keys === null || values === null || !isAddress(dict)) return [];
    const keysAt = readWord(this.#read, dict + keys);
    const valuesAt = readWord(this.#read, dict + values);
    if (keysAt === null || valuesAt === null) return [];
    const start = this.#dialect.instances === "inline" ? INLINE_START : 0;
    return this.#joined(keysAt, valuesAt === 0 ? null : valuesAt + start);
  }

  /** The attributes that an instance has of its own; none where they cannot be read. */
  attributes(instance: Address): Entry[] {
    const { object, type, heapType } = this.#offsets;
    const typeAt = readWord(this.#read, instance + object.type);
    if (typeAt === null || !isAddress(typeAt)) return [];
    if (this.#dialect.instances === "dict") return this.#dictAt(instance, typeAt);
    const keys = heapType.cachedKeys === null ? null : readWord(this.#read, typeAt + heapType.cachedKeys);
    const values = this.#valuesOf(instance, typeAt);
    if (values !== null && keys !== null) return this.#joined(keys, values);
    const isFree = object.size === FREE_THREADED_HEADER && type.flags !== null;
    const dict = readWord(this.#read, instance - (isFree ? DICT_BEFORE_FREE : DICT_BEFORE));
    return dict === null ? [] : this.entries(dict);
  }

  /** 2.7. */
  #tableAt(dict: Address): Entry[] {
    const head = new StructReader(2 * WORD);
    const start = this.#offsets.object.size;
    if (start === null || !isAddress(dict) || !head.load(this.#read, dict + start + 2 * WORD)) return [];
    const [count, address] = [head.word(0) + 1, head.word(WORD)];
    const entries = new StructReader(count <= ENTRIES_MAX ? count * ENTRY : 0);
    if (count > ENTRIES_MAX || !entries.load(this.#read, address)) return [];
    return pairs({ entries, stride: ENTRY, key: WORD }, null);
  }

  /** Up to 3.10: where the type says. */
  #dictAt(instance: Address, typeAt: Address): Entry[] {
    const { dictoffset, basicsize } = this.#offsets.type;
    const offset = readWord(this.#read, typeAt + dictoffset!);
    const size = readWord(this.#read, typeAt + basicsize!);
    if (offset === null || size === null || offset === 0 || offset >= size) return [];
    const dict = readWord(this.#read, instance + offset);
    return dict === null ? [] : this.entries(dict);
  }

  /** Where the values of an instance are that has not needed a dict; null for others. */
  #valuesOf(instance: Address, typeAt: Address): Address | null {
    if (this.#dialect.instances === "values") return readWord(this.#read, instance - VALUES_BEFORE) || null;
    if (this.#dialect.instances === "tagged") {
      const word = readWord(this.#read, instance - DICT_BEFORE);
      return word === null || word % 2 === 0 ? null : word + 1;
    }
    const { flags, basicsize } = this.#offsets.type;
    const word = readWord(this.#read, typeAt + flags!);
    const size = readWord(this.#read, typeAt + basicsize!);
    if (word === null || size === null || Math.floor(word / INLINE_VALUES) % 2 === 0) return null;
    const head = readBytes(this.#read, instance + size, INLINE_START);
    return head?.[INLINE_VALID] === 1 ? instance + size + INLINE_START : null;
  }

  #joined(keysAt: Address, valuesAt: Address | null): Entry[] {
    const keys = this.#keys(keysAt);
    if (keys === null) return [];
    const values = valuesAt === null ? null : new StructReader(keys.entries.bytes.length / keys.stride * WORD);
    return values === null || values.load(this.#read, valuesAt!) ? pairs(keys, values) : [];
  }

  #keys(address: Address): Table | null {
    const head = new StructReader(KEYS_HEADER);
    if (!head.load(this.#read, address)) return null;
    const place = this.#dialect.dictKeys === "sized" ? sizedEntries(head) : logarithmicEntries(head);
    if (place === null || !(place.count <= ENTRIES_MAX)) return null;
    const { start, count, hasHash } = place;
    const stride = (hasHash ? 3 : 2) * WORD;
    const entries = new StructReader(count * stride);
    if (count > 0 && !entries.load(this.#read, address + start)) return null;
    return { entries, stride, key: hasHash ? WORD : 0 };
  }
}

/** A table of entries. */
interface Table {
  readonly entries: StructReader;
  /** Size of an entry. */
  readonly stride: number;
  /** Where in an entry its key is; its value is behind that. */
  readonly key: number;
}

/** The entries of a table; the values may be in a list of their own. */
function pairs({ entries, stride, key }: Table, values: StructReader | null): Entry[] {
  const found: Entry[] = [];
  for (let i = 0; i * stride < entries.bytes.length; i++) {
    const at = i * stride + key;
    const [name, value] = [entries.word(at), values === null ? entries.word(at + WORD) : values.word(i * WORD)];
    if (isAddress(name) && isAddress(value)) found.push([name, value]);
  }
  return found;
}

interface EntriesPlace {
  readonly start: number;
  readonly count: number;
  readonly hasHash: boolean;
}

function sizedEntries(head: StructReader): EntriesPlace | null {
  const size = head.word(WORD);
  if (size > 2 ** LOG_SIZE_MAX) return null;
  const indexSize = size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
  return { start: KEYS_HEADER + size * indexSize, count: head.word(4 * WORD), hasHash: true };
}

function logarithmicEntries(head: StructReader): EntriesPlace | null {
  const logBytes = head.u8(WORD + 1);
  if (logBytes > LOG_SIZE_MAX) return null;
  return { start: KEYS_HEADER_LOG + 2 ** logBytes, count: head.word(3 * WORD), hasHash: head.u8(WORD + 2) === GENERAL };
}
