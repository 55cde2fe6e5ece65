/**
 * Continuous sampling of one process: drains the shim's ring, interprets what it holds, and counts.
 * @module
 */

import { NotPythonError } from "../errors.ts";
import type { Child } from "../ffi/child.ts";
import { giveBackFreed } from "../ffi/heap.ts";
import { type CaptureRecord, RecordFlag, RecordKind } from "../ffi/capture_record.ts";
import { explainDenied } from "../kernel/access.ts";
import { taskName } from "../kernel/tasks.ts";
import { BLOCKED_STACK } from "../stack/merge.ts";
import { delay } from "../std/async.ts";
import type { ByteCount, Dump, Flaw, Mapping, Microseconds, Pid, Sample, Statistics, Tid } from "../types.ts";
import type { Interpretation } from "./interpreter.ts";
import { Gaps } from "./gaps.ts";
import { MappingNews } from "./mapping_news.ts";
import { isExecuting, Program } from "./program.ts";
import { type RunOptions, watchesGil } from "./run_options.ts";
import { emptyStatistics, sumOf } from "./statistics.ts";
import { statOf, type Target } from "./target.ts";
import { findTarget } from "./target_search.ts";
import { Urgency } from "./urgency.ts";

/** Records are fetched at least this often, while the target still has what they are named by mapped. */
const DRAIN_PAUSE: Microseconds = 50_000;
/** For how long records are interpreted before what they gave is handed out. */
const BATCH_MS = 50;
const CHILD_PAUSE_MS = 5;

/** One process being sampled. */
export class SamplingRun implements AsyncDisposable {
  readonly pid: Pid;
  /** Version of the interpreter that was found first. */
  readonly version: string;
  /** What the process had mapped when it was found. */
  readonly mappings: readonly Mapping[];
  /** Which of the processes with this id it is. */
  readonly startTicks: number;
  readonly #options: RunOptions;
  readonly #child: Child | null;
  readonly #started: number;
  #ended: number | null = null;
  #program: Program;
  #stopped = false;
  /** The process has left the memory that was sampled: it has ended, or executes another program. */
  #left = false;
  readonly #news = new MappingNews();
  readonly #gaps: Gaps;
  readonly #last = new Map<Tid, Interpretation>();
  /** The last sample of each thread, also of those that are left out. */
  readonly #latest = new Map<Tid, Sample>();
  readonly #counts = { samples: 0, proved: 0, torn: 0, unmatched: 0, truncated: 0, blocked: 0, unstopped: 0 };
  #gcTime: Microseconds = 0;
  /** The resident memory that samples have been given; null before the first. */
  #resident: ByteCount | null = null;
  /** Null where others are started meanwhile: what reads source lines would inherit it. */
  readonly #urgency: Urgency | null;
  /** What the sessions counted that an exec has ended. */
  #earlier: Statistics = emptyStatistics();

  /** Takes over `target`; starts sampling at once. `child` is the process if we launched it. */
  constructor(target: Target, options: RunOptions, child: Child | null = null) {
    this.pid = target.pid;
    this.version = target.version;
    this.mappings = this.#news.take(target);
    this.startTicks = target.startTicks;
    this.#options = options;
    this.#gaps = new Gaps(options.interval, { warn: options.warn, countDropped: () => this.#ofSessions().dropped });
    this.#urgency = options.lines ? null : new Urgency();
    this.#child = child;
    this.#started = performance.now();
    giveBackFreed(); // the search has read whole symbol tables
    this.#program = new Program(target, options);
  }

  /** The figures so far; final once `batches` has ended. */
  get statistics(): Statistics {
    return {
      ...this.#ofSessions(),
      ...this.#counts,
      duration: Math.round(((this.#ended ?? performance.now()) - this.#started) * 1000),
      gc: this.#options.gc ? this.#gcTime : null,
    };
  }

  /**
   * Samples as they come. Ends when the target is gone, or after what was captured before `stop`.
   *
   * @throws {PermissionError} when the target may no longer be traced.
   */
  async *batches(): AsyncGenerator<readonly Sample[]> {
    for (let running = true; running;) {
      running = await this.#program.target.session.wait(DRAIN_PAUSE);
      for (const batch of this.take()) {
        this.#urgency?.update(this.waiting);
        if (batch.length > 0) yield await this.withLines(batch);
        // Captures may come faster than they are interpreted: timers and signals are to get through all the same.
        await delay(0);
      }
      this.#urgency?.update(this.waiting);
      if (this.#left && !this.#stopped) running = await this.#follow();
    }
    this.#ended ??= performance.now();
  }

  /**
   * What every thread was doing when it was last sampled, without another stop: a thread that does not run is not
   * sampled anew, and what it did still stands. As old as what `batches` has given out.
   */
  dumps(): Dump[] {
    const tids = [...this.#latest.keys()].sort((a, b) => a === this.pid ? 1 : b === this.pid ? -1 : b - a);
    const threads = tids.map((tid) => {
      const { pid, time: _time, memory: _memory, ...thread } = this.#latest.get(tid)!;
      return { ...thread, name: taskName(pid, tid) ?? "" };
    });
    return [{ pid: this.pid, version: this.version, threads, stopTime: 0 }];
  }

  /** What Python calls a thread of process `pid`; null for nothing that is known. Nothing is stopped for that. */
  pythonName(pid: Pid, tid: Tid): string | null {
    return pid === this.pid ? this.#program.names.get(tid) : null;
  }

  /**
   * For who drains several runs in turn, in place of `batches`: what was captured so far, in batches that take no
   * longer than some 50 ms to interpret. An exec ends such a run.
   *
   * @throws {PermissionError} when the target may no longer be traced.
   */
  *take(): Generator<readonly Sample[]> {
    let batch: Sample[] = [];
    let deadline = performance.now() + BATCH_MS;
    for (const record of this.#program.target.session.drain()) {
      this.#left ||= record.kind === RecordKind.MemoryGone;
      const sample = this.#sample(record);
      if (sample !== null) batch.push(sample);
      if (performance.now() < deadline) continue;
      yield batch;
      batch = [];
      deadline = performance.now() + BATCH_MS;
    }
    if (batch.length > 0) yield batch;
  }

  /** How much of what was captured waits to be taken. */
  get waiting(): ByteCount {
    return this.#program.target.session.waiting;
  }

  /** Bounds that. */
  limitWaiting(bytes: ByteCount): void {
    this.#program.target.session.limitWaiting(bytes);
  }

  /** Whether sampling goes on. If not, what `take` gives then is the last. */
  get running(): boolean {
    return this.#program.target.session.running;
  }

  /** Asks for the end of sampling, without waiting for it as `stop` does. */
  askToStop(): void {
    this.#stopped = true;
    this.#program.target.session.askToStop();
  }

  /** What the process has mapped since `mappings`, or since this was last asked; to be told before further samples. */
  takeNewMappings(): readonly Mapping[] {
    return this.#news.take(this.#program.target);
  }

  /** Ends sampling; what was captured is still given out. */
  stop(): void {
    this.#stopped = true;
    const ago = this.#program.target.session.stop();
    this.#ended ??= performance.now() - ago / 1000;
  }

  /** Sends a signal to a launched target; does nothing to an attached one. */
  signal(name: Deno.Signal): void {
    this.#child?.signal(name);
  }

  /** Detaches and frees; waits for a launched target to end, unless told not to. */
  async close({ wait = true }: { wait?: boolean } = {}): Promise<void> {
    this.#urgency?.end();
    this.#program[Symbol.dispose]();
    while (wait && this.#child !== null && !this.#child.ended) await delay(CHILD_PAUSE_MS);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** For who uses `take`: source lines added, where they were asked for. */
  withLines(batch: readonly Sample[]): Promise<readonly Sample[]> {
    return this.#program.withLines(batch);
  }

  #ofSessions(): Statistics {
    const { target: { session }, interpreter } = this.#program;
    return sumOf([this.#earlier, { ...emptyStatistics(), ...session.counters, ...interpreter.counters }]);
  }

  #sample(record: CaptureRecord): Sample | null {
    const { kind, tid, flags } = record;
    if (kind === RecordKind.TaskGone) {
      this.#last.delete(tid);
      this.#latest.delete(tid);
    }
    if (kind === RecordKind.Failed) throw explainDenied(this.pid);
    const interpretation = this.#interpretation(record);
    if (interpretation === null) return null;
    const idle = (flags & RecordFlag.Idle) !== 0 || kind === RecordKind.Blocked;
    const time = this.#gaps.timeOf(record);
    const { stack, interpreter, holdsGil } = interpretation;
    const gc = this.#options.gc && interpretation.gc;
    const memory = this.#memoryFor(holdsGil, record);
    const sample = { pid: this.pid, tid, interpreter, idle, stack, time, gc, memory };
    this.#latest.set(tid, sample);
    if (idle && this.#options.skipIdle) return null;
    this.#count(interpretation.stack.proof.flaw, record);
    if (gc) this.#gcTime += time;
    return sample;
  }

  /** What has not been given to a sample goes to the next of a thread that holds the GIL, so that nothing is lost. */
  #memoryFor(holdsGil: boolean, { resident }: CaptureRecord): ByteCount {
    if (!this.#options.memory) return 0;
    const given = this.#resident ??= resident;
    if (!holdsGil) return 0;
    this.#resident = resident;
    return resident - given;
  }

  #interpretation(record: CaptureRecord): Interpretation | null {
    switch (record.kind) {
      case RecordKind.Capture: {
        const interpretation = this.#program.interpreter.interpret(record);
        this.#last.set(record.tid, interpretation);
        return interpretation;
      }
      case RecordKind.Same:
        return this.#last.get(record.tid) ?? null;
      case RecordKind.Blocked:
        return {
          stack: BLOCKED_STACK,
          interpreter: this.#last.get(record.tid)?.interpreter ?? 0,
          holdsGil: false,
          gc: false,
        };
      default:
        return null;
    }
  }

  #count(flaw: Flaw | null, { kind, flags }: CaptureRecord): void {
    this.#counts.samples++;
    this.#counts[flaw ?? "proved"]++;
    const isPartial = (flags & RecordFlag.Partial) !== 0;
    if (kind === RecordKind.Same || isPartial || this.#options.native === false) this.#counts.unstopped++;
  }

  /** The memory is gone: the process has ended, or executes another program, which may be Python again. */
  async #follow(): Promise<boolean> {
    if (!await isExecuting(this, () => this.#child?.ended ?? false)) return false;
    let target: Target;
    try {
      const { timeout, warn } = this.#options;
      const gil = watchesGil(this.#options);
      target = await findTarget(this.pid, { timeout, gil, warn, isNew: true, onPause: () => this.#giveUp() });
    } catch (error) {
      if (error instanceof NotPythonError || this.#stopped || statOf(this.pid) === null) return false;
      throw error;
    }
    this.#urgency?.end(); // its sampler thread would inherit it
    this.#earlier = this.#ofSessions();
    this.#program[Symbol.dispose]();
    this.#last.clear();
    this.#latest.clear();
    this.#left = false;
    this.#program = new Program(target, this.#options);
    return true;
  }

  #giveUp(): void {
    if (this.#stopped || this.#child?.ended) throw new NotPythonError(this.pid, "it has ended");
  }
}
