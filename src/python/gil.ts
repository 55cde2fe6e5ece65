/**
 * Who holds the GIL, and who collects garbage, in the memory captured with a thread's stack.
 *
 * Both are words of the interpreter, read at the instant at which the thread was stopped: the collector's flag says that
 * it runs, not in which thread, but it only runs in one that holds the GIL. Where there is no GIL (free-threaded builds),
 * the collector stops all other threads while it looks for garbage, and the interpreter notes for whom; what it does
 * while the others run, as finalizing what it found, is not told from what they do.
 * @module
 */

import type { Address, ByteCount, ReadMemory } from "../types.ts";
import { readBytes, readU32, readWord } from "./memory.ts";
import type { Offsets } from "./offsets.ts";

/** What all interpreters of a process share; null where each has its own, or the build does not have it. */
export interface SharedGil {
  /** Of the pointer to the thread state that holds the GIL, or held it last. */
  readonly holder: Address | null;
  /** Of the number that is positive while someone holds it; null where nobody's being the holder says that. */
  readonly locked: Address | null;
  /** Of the number that is not 0 while the collector runs. */
  readonly collecting: Address | null;
}

/** Where to find the shared words. */
export interface SharedGilOptions {
  readonly offsets: Offsets;
  /** Address of `_PyRuntime`; null before 3.7. */
  readonly runtime: Address | null;
  /** Address of `_PyThreadState_Current` and `PyGC_Collect`, asked for before 3.7. */
  readonly find: (name: string) => Address | null;
  readonly read: ReadMemory;
}

/** Finds what interpreters share. */
export function sharedGil({ offsets, runtime, find, read }: SharedGilOptions): SharedGil {
  if (runtime === null) {
    return { holder: find("_PyThreadState_Current"), locked: null, collecting: findCollecting(find, read) };
  }
  const { gilLastHolder, gilLocked, gcCollecting } = offsets.runtime;
  const at = (offset: ByteCount | null) => offset === null ? null : runtime + offset;
  return { holder: at(gilLastHolder), locked: at(gilLocked), collecting: at(gcCollecting) };
}

/** Covers what is looked at of `PyGC_Collect()`: builds seen set the flag back at 82 to 176. */
const COLLECT_SIZE: ByteCount = 256;
const ENDS = 10;

/**
 * Up to 3.6 the flag is a local variable of gcmodule.c. `PyGC_Collect()` is exported, and tests it, sets it to 1 and
 * then to 0: of what it accesses, relative to the program counter, the flag is what all three are done to.
 *
 * ```
 * 8b /r disp32          mov  flag(%rip), %r32        c7 05 disp32 imm32    movl $imm32, flag(%rip)
 * 83 3d disp32 00       cmpl $0, flag(%rip)
 * ```
 */
function findCollecting(find: (name: string) => Address | null, read: ReadMemory): Address | null {
  const start = find("PyGC_Collect");
  const code = start === null ? null : readBytes(read, start, COLLECT_SIZE);
  if (start === null || code === null) return null;
  const view = new DataView(code.buffer);
  const accessed = { test: new Set<Address>(), set: new Set<Address>() };
  for (let at = 0; at + ENDS <= code.length; at++) {
    const target = (size: ByteCount) => start + at + size + view.getInt32(at + 2, true);
    if (code[at] === 0x8b && (code[at + 1] & 0xc7) === 0x05) accessed.test.add(target(6));
    if (code[at] === 0x83 && code[at + 1] === 0x3d && code[at + 6] === 0) accessed.test.add(target(7));
    if (code[at] !== 0xc7 || code[at + 1] !== 0x05) continue;
    const flag = target(ENDS);
    const value = view.getUint32(at + 6, true);
    if (value === 1 && accessed.test.has(flag)) accessed.set.add(flag);
    if (value === 0 && accessed.set.has(flag)) return flag;
  }
  return null;
}

/** What has to be captured with each stack for {@linkcode GilReader}: a part of `PythonLayout`. */
export interface GilLayout {
  readonly watched: readonly Address[];
  readonly interpWatched: readonly ByteCount[];
  readonly interpLock: ByteCount | null;
  readonly lockSize: ByteCount;
}

/** Nothing. */
export const NO_GIL: GilLayout = { watched: [], interpWatched: [], interpLock: null, lockSize: 0 };

/** The parts of a runtime that tell. */
export interface GilPlaces {
  readonly offsets: Offsets;
  readonly gil: SharedGil;
}

/** What to capture. */
export function gilLayout({ offsets: { interp, gil: lock }, gil }: GilPlaces): GilLayout {
  const present = <T>(values: readonly (T | null)[]) => values.filter((value) => value !== null);
  return {
    watched: present([gil.holder, gil.locked, gil.collecting]),
    interpWatched: present([interp.gcCollecting, interp.stopRequester]),
    interpLock: interp.gil,
    lockSize: interp.gil === null ? 0 : Math.max(lock.locked! + 4, lock.lastHolder! + 8),
  };
}

/** Whether it can be told in this build when the collector runs. */
export function tellsCollecting({ offsets, gil }: GilPlaces): boolean {
  return gil.collecting !== null || offsets.interp.gcCollecting !== null;
}

/** A thread state and its interpreter. */
export interface ThreadPlace {
  readonly threadState: Address;
  readonly interpreter: Address;
}

/** `state` of a thread state that may run Python code (CPython Include/internal/pycore_pystate.h: _Py_THREAD_ATTACHED). */
const ATTACHED = 1;

/** Reads captured memory that {@linkcode gilLayout} was captured with. */
export class GilReader {
  readonly #offsets: Offsets;
  readonly #gil: SharedGil;

  /** For the captures of one runtime. */
  constructor({ offsets, gil }: GilPlaces) {
    this.#offsets = offsets;
    this.#gil = gil;
  }

  /** Whether the thread holds the GIL; where there is none, whether it runs Python code. */
  holdsGil(read: ReadMemory, { threadState, interpreter }: ThreadPlace): boolean {
    const { interp, gil: offsets, thread } = this.#offsets;
    let { holder, locked } = this.#gil;
    if (interp.gil !== null) {
      const lock = readWord(read, interpreter + interp.gil);
      if (lock === null) return false;
      if (offsets.enabled !== null && !readU32(read, lock + offsets.enabled)) {
        return readU32(read, threadState + thread.state!) === ATTACHED;
      }
      holder = lock + offsets.lastHolder!;
      locked = lock + offsets.locked!;
    }
    if (holder === null || readWord(read, holder) !== threadState) return false;
    return locked === null || isPositive(readU32(read, locked));
  }

  /** Whether the thread collects garbage. */
  isCollecting(read: ReadMemory, thread: ThreadPlace): boolean {
    const { interp } = this.#offsets;
    const flag = interp.gcCollecting === null ? this.#gil.collecting : thread.interpreter + interp.gcCollecting;
    if (flag === null || !readU32(read, flag)) return false;
    if (interp.stopRequester === null) return this.holdsGil(read, thread);
    return readWord(read, thread.interpreter + interp.stopRequester) === thread.threadState;
  }
}

/** An int: -1 is a GIL that has not been made yet. */
function isPositive(word: number | null): boolean {
  return word !== null && word > 0 && word < 2 ** 31;
}
