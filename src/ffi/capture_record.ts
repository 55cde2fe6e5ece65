/**
 * The records that the shim's ring hands over: `struct record` of csrc/shim.h.
 *
 * In: drained bytes. Out: captures whose memory can be read like the target's. Nothing here interprets it.
 * @module
 */

import type { Address, ByteCount, Tid } from "../types.ts";

const HIGH_WORD = 2 ** 32;

/** `enum record_kind`. */
export const RecordKind = {
  Capture: 1,
  Same: 2,
  TaskGone: 3,
  Blocked: 4,
  MemoryGone: 5,
  Failed: 6,
} as const;

/** `enum record_flag`. */
export const RecordFlag = { Idle: 1, GroupStopped: 2, Incomplete: 4, Signalled: 8, Torn: 16, Partial: 32 } as const;

/** Offsets in `struct record`, in bytes. */
export const RECORD = {
  size: 0,
  kind: 4,
  flags: 6,
  tid: 8,
  detail: 12,
  time: 16,
  elapsed: 24,
  resident: 32,
  stop: 40,
  kernelSize: 44,
  threadCount: 48,
  rangeCount: 52,
  codeCount: 56,
  registers: 64,
  headerSize: 280,
} as const;

/** Sizes of `struct record_thread`, `struct record_code` and `struct record_range`. */
export const THREAD_SIZE = 24;
/** @see THREAD_SIZE */
export const CODE_SIZE = 16;
/** @see THREAD_SIZE */
export const RANGE_SIZE = 16;

/**
 * Size of the registers in bytes, and offsets of some in `struct user_regs_struct` (sys/user.h), which begins with the
 * general registers but for rsp.
 */
export const REGISTERS = { size: 216, generalCount: 15, rbp: 32, rip: 128, rsp: 152, fsBase: 168 } as const;

/** A thread state of CPython that belongs to the captured thread. */
export interface OwnedThread {
  readonly threadState: Address;
  readonly interpreter: Address;
  readonly interpreterId: number;
}

/** Parallel rows: range `i` is [starts[i], ends[i]) of the target, and its bytes begin at `offsets[i]` of the record. */
interface Ranges {
  readonly starts: readonly Address[];
  readonly ends: readonly Address[];
  readonly offsets: readonly ByteCount[];
}

/**
 * One record, read in place: it stands only until its buffer is filled again.
 */
export class CaptureRecord {
  readonly kind: number;
  readonly flags: number;
  readonly tid: Tid;
  /** An errno, for {@linkcode RecordKind.Failed}. */
  readonly detail: number;
  /** CLOCK_MONOTONIC in nanoseconds, when the thread was looked at. */
  readonly timeNs: number;
  /** Nanoseconds since the thread's last record. */
  readonly elapsedNs: number;
  /** How much of the process was in memory at the last tick; 0 where that was not asked for. */
  readonly resident: ByteCount;
  /** For how many nanoseconds the thread was stopped. */
  readonly stopNs: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #threadCount: number;
  readonly #codeCount: number;
  readonly #rangeCount: number;
  /** Where the table of ranges begins in the record. */
  readonly #rangesAt: ByteCount;
  readonly #kernelSize: ByteCount;
  /** The ranges: where they lie in the target, and where their bytes begin in the record. */
  readonly #ranges: Ranges;
  /** Where memory was found last. What is asked for next is often near. */
  #near = 0;
  #threads: readonly OwnedThread[] | null = null;

  /**
   * Reads the record that fills `bytes`.
   * @throws {RangeError} where its parts do not fill it: a fault of the shim, never of the target
   */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < RECORD.headerSize) throw malformed(bytes.length, "that is less than a header");
    this.#bytes = bytes;
    this.#view = view;
    this.kind = view.getUint16(RECORD.kind, true);
    this.flags = view.getUint16(RECORD.flags, true);
    this.tid = view.getInt32(RECORD.tid, true);
    this.detail = view.getInt32(RECORD.detail, true);
    this.timeNs = this.#word(RECORD.time);
    this.elapsedNs = this.#word(RECORD.elapsed);
    this.resident = this.#word(RECORD.resident);
    this.stopNs = view.getUint32(RECORD.stop, true);
    this.#kernelSize = view.getUint32(RECORD.kernelSize, true);
    this.#threadCount = view.getUint32(RECORD.threadCount, true);
    this.#codeCount = view.getUint32(RECORD.codeCount, true);
    this.#rangeCount = view.getUint32(RECORD.rangeCount, true);
    this.#rangesAt = RECORD.headerSize + this.#threadCount * THREAD_SIZE + this.#codeCount * CODE_SIZE;
    this.#ranges = this.#layOut();
  }

  /** `struct user_regs_struct`. */
  get registers(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(RECORD.registers, RECORD.registers + REGISTERS.size);
  }

  /** A register by its offset in {@linkcode REGISTERS}. */
  register(offset: ByteCount): number {
    return this.#word(RECORD.registers + offset);
  }

  /** The thread states of CPython that belong to this thread. */
  get threads(): readonly OwnedThread[] {
    return this.#threads ??= Array.from({ length: this.#threadCount }, (_, i) => {
      const at = RECORD.headerSize + i * THREAD_SIZE;
      return { threadState: this.#word(at), interpreter: this.#word(at + 8), interpreterId: this.#word(at + 16) };
    });
  }

  /**
   * Tells the code objects on the stack to `each`: where they are, and what is told of their contents, which is the same
   * number as long as these are the same.
   */
  forEachCode(each: (address: Address, print: number) => void): void {
    for (
      let i = 0, at = RECORD.headerSize + this.#threadCount * THREAD_SIZE;
      i < this.#codeCount;
      i++, at += CODE_SIZE
    ) {
      each(this.#word(at), this.#word(at + 8));
    }
  }

  /** The text of `/proc/PID/task/TID/stack`; empty where it was not read. */
  get kernelText(): string {
    if (this.#kernelSize === 0) return "";
    const at = this.#kernelOffset;
    return new TextDecoder().decode(this.#bytes.subarray(at, at + this.#kernelSize));
  }

  /** Address of the lowest byte of the copied stack. */
  get stackAddress(): Address {
    return this.#rangeCount ? this.#ranges.starts[0] : 0;
  }

  /** The copied stack, from `stackAddress` upwards. */
  get stack(): Uint8Array<ArrayBuffer> {
    if (!this.#rangeCount) return this.#bytes.subarray(0, 0);
    const { starts: [start], ends: [end], offsets: [at] } = this.#ranges;
    return this.#bytes.subarray(at, at + end - start);
  }

  /** Copies captured memory out; false where some of it was not captured. A {@linkcode ReadMemory}. */
  readonly read = (address: Address, into: Uint8Array): boolean => {
    const { starts, ends, offsets } = this.#ranges;
    let done = 0;
    while (done < into.length) {
      const from = address + done;
      const range = this.#holds(this.#near, from) ? this.#near : this.#find(from);
      if (range < 0) return false;
      this.#near = range;
      const size = Math.min(ends[range] - from, into.length - done);
      copy(this.#bytes, { at: offsets[range] + from - starts[range], size, into, to: done });
      done += size;
    }
    return true;
  };

  get #kernelOffset(): number {
    return this.#rangesAt + this.#rangeCount * RANGE_SIZE;
  }

  /** The number of the range that holds `address`, or -1. */
  #find(address: Address): number {
    // The stack is range 0; the others ascend.
    if (this.#holds(0, address)) return 0;
    const { ends } = this.#ranges;
    let low = 1;
    let high = this.#rangeCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle] <= address) low = middle + 1;
      else high = middle;
    }
    return this.#holds(low, address) ? low : -1;
  }

  #holds(range: number, address: Address): boolean {
    return range < this.#rangeCount && address >= this.#ranges.starts[range] && address < this.#ranges.ends[range];
  }

  #layOut(): Ranges {
    const size = this.#bytes.length;
    let at = this.#kernelOffset + pad(this.#kernelSize);
    if (at > size) throw malformed(size, "its tables are larger");
    const count = this.#rangeCount;
    const ranges = { starts: new Array(count), ends: new Array(count), offsets: new Array(count) };
    for (let i = 0, row = this.#rangesAt; i < count; i++, row += RANGE_SIZE) {
      const [start, length] = [this.#word(row), this.#word(row + 8)];
      ranges.starts[i] = start;
      ranges.ends[i] = start + length;
      ranges.offsets[i] = at;
      at += pad(length);
    }
    if (at !== size) throw malformed(size, `its parts are ${at}`);
    return ranges;
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * HIGH_WORD;
  }
}

/** Structures are small: to make a view of them costs more than to copy them byte by byte. */
const SMALL: ByteCount = 256;

interface Part {
  readonly at: ByteCount;
  readonly size: ByteCount;
  readonly into: Uint8Array;
  readonly to: ByteCount;
}

function copy(bytes: Uint8Array, { at, size, into, to }: Part): void {
  if (size > SMALL) into.set(bytes.subarray(at, at + size), to);
  else for (let i = 0; i < size; i++) into[to + i] = bytes[at + i];
}

function pad(size: ByteCount): ByteCount {
  return Math.ceil(size / 8) * 8;
}

function malformed(size: ByteCount, reason: string): RangeError {
  return new RangeError(`Cannot parse a record of ${size} bytes: ${reason}`);
}

/**
 * Splits drained bytes into records.
 * @throws {RangeError} where they are none
 */
export function* records(bytes: Uint8Array<ArrayBuffer>): Generator<CaptureRecord> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const left = bytes.length - at;
    const size = left < 4 ? 0 : view.getUint32(at + RECORD.size, true);
    if (size > left) throw malformed(size, `only ${left} are left`);
    yield new CaptureRecord(bytes.subarray(at, at + size));
    at += size;
  }
}
