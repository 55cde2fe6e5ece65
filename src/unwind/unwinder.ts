/**
 * Native stacks of one process: captured bytes in, named native frames out.
 *
 * Keeps libunwind's picture of the process up to date: when a stack leads into memory that holds no known module,
 * or ends too early, the mappings are read again; and now and then in any case. Code that is at a place where other code
 * was lately is not stepped through and not named.
 * @module
 */

import type { CaptureRecord } from "../ffi/capture_record.ts";
import { type FrameCounts, StackUnwinder, type UnwindModule, type UnwindTables } from "../ffi/unwinder.ts";
import {
  type Address,
  ADDRESS_LIMIT,
  type ByteCount,
  type Microseconds,
  NATIVE_FLAG,
  type NativeFrame,
  type NativeStack,
} from "../types.ts";
import type { JitNames } from "./jit/jit_names.ts";
import type { Module } from "./module.ts";
import type { ModuleTable } from "./modules.ts";
import { NativeNamer } from "./names.ts";
import { ReusedRanges } from "./reused_ranges.ts";

// Reading the mappings takes some 100 us. An address in memory not seen before is reason enough, and so is, now and
// then, any stack that does not unwind; but code that is in no file at all must not make every stack pay for that.
const REFRESH_PAUSE_NEW: Microseconds = 2_000;
const REFRESH_PAUSE: Microseconds = 200_000;
// A library may also take another's place, which no stack shows. To look for that costs some 2 us a mapping, and must not
// take more than 2 % of the time, however many there are: threads have two each.
const REFRESH_PERIOD: Microseconds = 50_000;
const REFRESH_PERIOD_PER_MAPPING: Microseconds = 100;

/** In place of the module of code that took the place of other code lately. */
const REUSED = "[replaced]";

/** Unknown addresses are remembered by areas of this size, this many at most. */
const AREA = 65536;
const AREAS_MAX = 4096;

/** Unwinds and names the captured stacks of one process. */
export class NativeUnwinder implements Disposable {
  readonly #modules: ModuleTable;
  readonly #unwinder = new StackUnwinder();
  readonly #namer: NativeNamer;
  readonly #now: () => Microseconds;
  #refreshed: Microseconds;
  #slots: Int32Array<ArrayBuffer> | null = null;
  readonly #unknownAreas = new Set<number>();
  readonly #reused = new ReusedRanges();

  /** `now` is a clock; it decides how often mappings are read again. */
  constructor(
    modules: ModuleTable,
    { jit, now = () => performance.now() * 1000 }: { jit?: JitNames; now?: () => Microseconds } = {},
  ) {
    this.#modules = modules;
    this.#now = now;
    this.#namer = new NativeNamer(modules, {
      findFunction: (address) => this.#unwinder.functionAt(address),
      jit,
    });
    this.#refreshed = now();
    this.#reused.update(modules.modules, this.#refreshed);
    this.#load();
  }

  /** The native stack of a capture; stands until the next one. */
  unwind(record: CaptureRecord): NativeStack {
    if (this.#now() - this.#refreshed >= this.#refreshPeriod) this.#refresh();
    const stack = this.#believable(this.#unwinder.unwind(record));
    if (!this.#needsRefresh(stack) || !this.#refresh()) return stack;
    return this.#believable(this.#unwinder.unwind(record));
  }

  /**
   * A stack that was lost in code without CFI, taken up again at the next of `markers` (ascending) each time. What
   * the frame pointer led to is kept where it leads to a marker's own frame.
   */
  repair(record: CaptureRecord, native: NativeStack, markers: readonly Address[], distance: ByteCount): NativeStack {
    const slots = this.#slots;
    if (slots === null) return native;
    const rows: Row[] = [];
    let part = native;
    for (;;) {
      const end = soundEnd(part, markers, distance);
      for (let i = 0; i < end; i++) rows.push({ pc: part.pc(i), sp: part.sp(i), flags: part.flags(i) });
      const lost = rows.at(-1);
      const marker = lost === undefined ? undefined : markers.find((marker) => marker > lost.sp);
      if (end === part.count && part.complete) return stackOf(rows, true);
      if (marker === undefined || rows.length >= ROWS_MAX) return stackOf(rows, false);
      rows.push({ pc: 0, sp: marker, flags: NATIVE_FLAG.Gap });
      part = this.#believable(this.#unwinder.resume(record, marker + distance, slots));
      if (part.count === 0) return stackOf(rows, false);
    }
  }

  /** Learns from frame `frame` of a capture, an activation's, what `repair` needs. */
  learn(record: CaptureRecord, frame: number): void {
    this.#slots = this.#unwinder.slots(record, frame);
  }

  /**
   * Where the activation ends whose marker is at `marker`, by the first return address behind it, of a stack that was lost
   * before it: CFA minus marker. Finds out what `repair` needs, from the tables of `loop`, its function.
   *
   * @returns null where nothing tells; a guess otherwise, for `repair` to prove
   */
  guess(record: CaptureRecord, { marker, loop }: { marker: Address; loop: string }): ByteCount | null {
    const slots = this.#slotsOf(record, loop);
    if (slots === null) return null;
    const word = new BigUint64Array(1);
    const bytes = new Uint8Array(word.buffer);
    for (let distance = DISTANCE_MIN; distance <= DISTANCE_MAX; distance += 8) {
      if (!record.read(marker + distance - 8, bytes)) return null;
      const pc = Number(word[0]);
      const bounds = pc < ADDRESS_LIMIT ? this.#unwinder.functionAt(pc) : null;
      // No call returns to the start of a function: that is a pointer to it.
      if (bounds === null || pc === bounds.start) continue;
      this.#slots = slots;
      return distance;
    }
    return null;
  }

  /** Where a function's frames save registers: most of them wherever it is but at its beginning and its ends. */
  #slotsOf(record: CaptureRecord, name: string): Int32Array<ArrayBuffer> | null {
    const address = this.#modules.modules.reduce((found: Address | null, module) => found ?? module.find(name), null);
    const bounds = address === null ? null : this.#unwinder.functionAt(address);
    if (bounds === null) return null;
    let best: Int32Array<ArrayBuffer> | null = null;
    for (let i = 1; i < PLACES; i++) {
      const pc = bounds.start + Math.floor((bounds.end - bounds.start) * i / PLACES);
      const slots = this.#unwinder.slotsAt(record, pc);
      if (slots !== null && saved(slots) > saved(best)) best = slots;
    }
    return best;
  }

  /** A guess that leads to what is no code was wrong: the stack ends before it. */
  #believable(stack: NativeStack): NativeStack {
    for (let i = 1; i < stack.count; i++) {
      if (!(stack.flags(i) & NATIVE_FLAG.Guessed)) continue;
      const mapping = this.#modules.mapping(stack.pc(i) - 1);
      if (mapping !== null && !mapping.executable) return { ...stack, count: i, complete: false };
    }
    return stack;
  }

  /** The frame of a program counter; `exact` if it was interrupted, not returned to. */
  name(pc: Address, exact: boolean): NativeFrame {
    return this.#reused.has(exact ? pc : pc - 1) ? frameOfReused(pc, exact) : this.#namer.frame(pc, { exact });
  }

  /** How many frames there were in the stacks so far, and how many of them were known from the thread's stack before. */
  get counts(): FrameCounts {
    return this.#unwinder.counts;
  }

  /** Frees everything but the modules. */
  [Symbol.dispose](): void {
    this.#unwinder[Symbol.dispose]();
  }

  #needsRefresh(stack: NativeStack): boolean {
    const age = this.#now() - this.#refreshed;
    if (age < REFRESH_PAUSE_NEW) return false;
    let isUnknown = !stack.complete;
    for (let i = 0; i < stack.count; i++) {
      const pc = stack.pc(i);
      if (this.#modules.find(pc) !== null) continue;
      isUnknown = true;
      if (this.#isNewArea(pc)) return true;
    }
    return isUnknown && age >= REFRESH_PAUSE;
  }

  #isNewArea(pc: Address): boolean {
    const area = Math.floor(pc / AREA);
    if (this.#unknownAreas.has(area)) return false;
    if (this.#unknownAreas.size >= AREAS_MAX) this.#unknownAreas.clear();
    this.#unknownAreas.add(area);
    return true;
  }

  #refresh(): boolean {
    this.#refreshed = this.#now();
    const isChanged = this.#modules.refresh();
    const isReused = this.#reused.update(this.#modules.modules, this.#refreshed);
    if (isChanged || isReused) this.#load();
    return isChanged || isReused;
  }

  get #refreshPeriod(): Microseconds {
    return Math.max(REFRESH_PERIOD, this.#modules.mappings.length * REFRESH_PERIOD_PER_MAPPING);
  }

  #load(): void {
    const trusted = this.#modules.modules.filter((module) => !this.#reused.overlaps(module));
    this.#unwinder.setModules(trusted.map(unwindModule));
  }
}

function frameOfReused(pc: Address, exact: boolean): NativeFrame {
  const symbol = `${REUSED}+0x${pc.toString(16)}`;
  return { kind: "native", pc, symbol, named: false, offset: 0, module: REUSED, exact };
}

function unwindModule(module: Module): UnwindModule {
  return { start: module.start, end: module.end, tables: () => tablesOf(module) };
}

function tablesOf(module: Module): UnwindTables | null {
  const info = module.unwindInfo();
  return info === null ? null : { header: info.headerAddress, base: info.address, bytes: info.bytes };
}

/** Bytes from a marker, which a structure of CPython follows, to its frame's CFA; builds seen have 80 to 176. */
const DISTANCE_MIN: ByteCount = 80;
const DISTANCE_MAX: ByteCount = 512;
/** In so many parts a function is looked at, between them. */
const PLACES = 16;

/** How many registers have a slot. */
function saved(slots: Int32Array | null): number {
  return slots === null ? 0 : slots.filter((slot) => slot !== 0).length;
}

/** No repair goes on for ever. */
const ROWS_MAX = 131072;

interface Row {
  readonly pc: Address;
  readonly sp: Address;
  readonly flags: number;
}

function stackOf(rows: readonly Row[], complete: boolean): NativeStack {
  return {
    count: rows.length,
    complete,
    pc: (i) => rows[i].pc,
    sp: (i) => rows[i].sp,
    flags: (i) => rows[i].flags,
  };
}

/** How many frames from the innermost on are sound: up to a guess that does not lead to the next marker's frame. */
function soundEnd(stack: NativeStack, markers: readonly Address[], distance: ByteCount): number {
  for (let i = 1; i < stack.count; i++) {
    if (!(stack.flags(i) & NATIVE_FLAG.Guessed)) continue;
    const marker = markers.find((marker) => marker > stack.sp(i - 1));
    if (marker !== undefined && !endsAt(stack, i, marker + distance)) return i;
  }
  return stack.count;
}

/** Whether one of the frames from `first` on begins at `sp`. */
function endsAt(stack: NativeStack, first: number, sp: Address): boolean {
  for (let i = first; i < stack.count && stack.sp(i) <= sp; i++) if (stack.sp(i) === sp) return true;
  return false;
}
