/**
 * A session of the shim: one target, whose memory it reads and whose threads it copies.
 * @module
 */

import { ShimError } from "../errors.ts";
import type { Address, ByteCount, Microseconds, Pid } from "../types.ts";
import { type CaptureRecord, records } from "./capture_record.ts";
import { loadShim } from "./library.ts";
import { encodePythonLayout, type PythonLayout } from "./python_layout.ts";

const SYMBOLS = {
  // struct session *session_create(int32_t pid): NULL without memory
  session_create: { parameters: ["i32"], result: "pointer" },
  // void session_destroy(struct session *s)
  session_destroy: { parameters: ["pointer"], result: "void" },
  // int32_t session_read(struct session *s, double address, uint8_t *into, uint32_t size): size or -errno
  session_read: { parameters: ["pointer", "f64", "buffer", "u32"], result: "i32" },
  // int32_t session_set_layout(struct session *s, const uint8_t *layout, uint32_t size): 0 or -errno
  session_set_layout: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  // void session_set_main_stack_end(struct session *s, double address)
  session_set_main_stack_end: { parameters: ["pointer", "f64"], result: "void" },
  // double session_dump(struct session *s, int32_t with_kernel): ns stopped or -errno
  session_dump: { parameters: ["pointer", "i32"], result: "f64" },
  // int32_t session_dump_unstopped(struct session *s): 0 or -errno
  session_dump_unstopped: { parameters: ["pointer"], result: "i32" },
  // int32_t session_start(struct session *s, double interval_us, double budget, int32_t flags): 0 or -errno
  session_start: { parameters: ["pointer", "f64", "f64", "i32"], result: "i32" },
  // double session_stop(struct session *s): ns since the last tick
  session_stop: { parameters: ["pointer"], result: "f64" },
  // void session_ask_to_stop(struct session *s)
  session_ask_to_stop: { parameters: ["pointer"], result: "void" },
  // int32_t session_wait(struct session *s, int32_t timeout_ms): 1 while sampling goes on
  session_wait: { parameters: ["pointer", "i32"], result: "i32", nonblocking: true },
  session_look: { name: "session_wait", parameters: ["pointer", "i32"], result: "i32" },
  // int32_t session_drain(struct session *s, uint8_t *into, uint32_t size): bytes or -EMSGSIZE
  session_drain: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  // void session_limit_waiting(struct session *s, double bytes)
  session_limit_waiting: { parameters: ["pointer", "f64"], result: "void" },
  // double session_waiting(struct session *s): bytes
  session_waiting: { parameters: ["pointer"], result: "f64" },
  // void session_counters(struct session *s, uint8_t *counters)
  session_counters: { parameters: ["pointer", "buffer"], result: "void" },
  // int32_t session_stop_waits_at(struct session *s, double pc): 1, 0 where that was known, or -errno
  session_stop_waits_at: { parameters: ["pointer", "f64"], result: "i32" },
  // void session_forget_code(struct session *s)
  session_forget_code: { parameters: ["pointer"], result: "void" },
} as const satisfies Deno.ForeignLibraryInterface;

/** `enum start_flag`. */
const START = { withKernel: 1, withMemory: 2, unstopped: 4, allowEintr: 8, withoutJitter: 16 } as const;

const EMSGSIZE = 90;
/** One for each process; a record that is larger makes it grow. */
const FIRST_BUFFER = 256 << 10;
const NS_PER_US = 1000;

/** What the sampler thread has counted so far; see `struct session_counters`. */
export interface SessionCounters {
  readonly ticks: number;
  readonly missedTicks: number;
  readonly dropped: number;
  readonly stops: number;
  readonly stopMin: Microseconds;
  readonly stopSum: Microseconds;
  readonly stopMax: Microseconds;
  readonly lateSum: Microseconds;
  readonly lateMax: Microseconds;
}

/** What a sample is to hold. */
export interface StartOptions {
  /** Whether threads are stopped, for their native frames (default); else only Python frames are copied, while they run. */
  readonly native?: boolean;
  /** Whether kernel stacks are read. */
  readonly kernel: boolean;
  /** Whether the size of the process in memory is. */
  readonly memory: boolean;
  /** Whether a thread may be stopped for its registers in a call that returns EINTR then; by default it is not. */
  readonly allowEintr?: boolean;
  /** Whether ticks come at random within each interval (default), or exactly an interval apart. */
  readonly jitter?: boolean;
  /** The share of the time, up to 1, that threads may be stopped: ticks are left out to keep it. Null is any. */
  readonly overheadBudget?: number | null;
}

/** Size of `struct session_counters` in bytes. */
export const COUNTERS_SIZE = 72;

/** A target under the shim. Not stopped or traced by its existence. */
export class Session implements Disposable {
  readonly #shim = loadShim(SYMBOLS);
  readonly #handle: Deno.PointerObject;
  #buffer = new Uint8Array(FIRST_BUFFER);
  #waiting: Promise<number> | null = null;
  #disposed = false;

  /** Opens process `pid`. @throws {ShimError} when memory runs out. */
  constructor(readonly pid: Pid) {
    const handle = this.#shim.session_create(pid);
    if (handle === null) throw new ShimError(`open process ${pid}`, 12);
    this.#handle = handle;
  }

  /** Reads memory of the target as it is now. A {@linkcode ReadMemory}. */
  readonly read = (address: Address, into: Uint8Array): boolean => this.readError(address, into) === 0;

  /** As `read`, but tells the errno: 0 if all was read. */
  readError(address: Address, into: Uint8Array): number {
    const result = this.#shim.session_read(this.#handle, address, into as Uint8Array<ArrayBuffer>, into.length);
    return result < 0 ? -result : 0;
  }

  /** Tells which Python memory to copy. @throws {ShimError} for a table that cannot be. */
  setLayout(layout: PythonLayout): void {
    const bytes = encodePythonLayout(layout);
    this.#check("set the layout", this.#shim.session_set_layout(this.#handle, bytes, bytes.length));
  }

  /** Tells the address just above the main thread's outermost frame (`/proc/PID/stat`, startstack). */
  setMainStackEnd(address: Address): void {
    this.#shim.session_set_main_stack_end(this.#handle, address);
  }

  /**
   * Copies all threads at one instant; `drain` then has the records.
   *
   * @returns for how long the threads were stopped.
   * @throws {ShimError} where a thread may not be traced.
   */
  dump(withKernel: boolean): Microseconds {
    const result = this.#shim.session_dump(this.#handle, withKernel ? 1 : 0);
    this.#check(`stop process ${this.pid}`, result);
    return result / NS_PER_US;
  }

  /** Copies the Python frames of all threads that have any, stopping none. @throws {ShimError} without a process. */
  dumpUnstopped(): void {
    this.#check(`read process ${this.pid}`, this.#shim.session_dump_unstopped(this.#handle));
  }

  /**
   * Starts sampling, a tick every `interval`.
   *
   * @throws {ShimError} if there is no such process.
   */
  start(interval: Microseconds, options: StartOptions): void {
    const { native = true, kernel, memory, allowEintr = false, jitter = true, overheadBudget = null } = options;
    const flags = (kernel ? START.withKernel : 0) | (memory ? START.withMemory : 0) | (native ? 0 : START.unstopped) |
      (allowEintr ? START.allowEintr : 0) | (jitter ? 0 : START.withoutJitter);
    const result = this.#shim.session_start(this.#handle, interval, overheadBudget ?? 0, flags);
    this.#check(`sample process ${this.pid}`, result);
  }

  /**
   * Ends sampling, after a last tick. What was captured can still be drained.
   *
   * @returns how long ago that was: threads that do not stop are waited for.
   */
  stop(): Microseconds {
    return this.#shim.session_stop(this.#handle) / NS_PER_US;
  }

  /** Asks for the end of sampling, without waiting for it as `stop` does. */
  askToStop(): void {
    this.#shim.session_ask_to_stop(this.#handle);
  }

  /** Whether sampling goes on: if not, nothing more comes into the ring. */
  get running(): boolean {
    return this.#shim.session_look(this.#handle, 0) === 1;
  }

  /** Waits until there is much to drain, sampling has ended (then false), or the time is over. */
  async wait(timeout: Microseconds): Promise<boolean> {
    this.#waiting = this.#shim.session_wait(this.#handle, Math.ceil(timeout / 1000));
    const running = await this.#waiting;
    this.#waiting = null;
    return running === 1;
  }

  /** Gives the records that wait in the ring; each stands until the next is asked for a new batch. */
  *drain(): Generator<CaptureRecord> {
    for (;;) {
      const size = this.#shim.session_drain(this.#handle, this.#buffer, this.#buffer.length);
      if (size === -EMSGSIZE) this.#buffer = new Uint8Array(this.#buffer.length * 2);
      else if (size <= 0) return;
      else yield* records(this.#buffer.subarray(0, size));
    }
  }

  /** How much waits in the ring. */
  get waiting(): ByteCount {
    return this.#shim.session_waiting(this.#handle);
  }

  /** Bounds what may wait in the ring, 64 MiB at first; captures that would be more are dropped and counted. */
  limitWaiting(bytes: ByteCount): void {
    this.#shim.session_limit_waiting(this.#handle, bytes);
  }

  /** What the sampler thread has counted. */
  get counters(): SessionCounters {
    const words = new BigUint64Array(COUNTERS_SIZE / 8);
    this.#shim.session_counters(this.#handle, new Uint8Array(words.buffer));
    const [ticks, missedTicks, dropped, stops, min, sum, max, lateSum, lateMax] = [...words].map(Number);
    return {
      ticks,
      missedTicks,
      dropped,
      stops,
      stopMin: min / NS_PER_US,
      stopSum: sum / NS_PER_US,
      stopMax: max / NS_PER_US,
      lateSum: lateSum / NS_PER_US,
      lateMax: lateMax / NS_PER_US,
    };
  }

  /**
   * Says that stacks of threads that wait at `pc` do not unwind without a stop: from now on they are stopped once a
   * wait, unless that would make their call return EINTR.
   *
   * @returns whether that is news.
   */
  stopWaitsAt(pc: Address): boolean {
    return this.#shim.session_stop_waits_at(this.#handle, pc) === 1;
  }

  /** Makes the next captures carry the contents of all code objects again. */
  forgetCode(): void {
    this.#shim.session_forget_code(this.#handle);
  }

  /** Ends sampling and frees everything, once nobody waits on it any more. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.stop();
    const destroy = () => this.#shim.session_destroy(this.#handle);
    if (this.#waiting === null) destroy();
    else this.#waiting.then(destroy);
  }

  #check(action: string, result: number): void {
    if (result < 0) throw new ShimError(action, -result);
  }
}
