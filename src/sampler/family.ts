/**
 * Continuous sampling of a process and all its descendants: one `SamplingRun` for each that is Python, given out as
 * one run.
 * @module
 */

import { AustinpError } from "../errors.ts";
import type { Child } from "../ffi/child.ts";
import { explainFailure } from "../kernel/access.ts";
import { warnWithoutKernel } from "../kernel/kernel_stack.ts";
import { delay } from "../std/async.ts";
import type { ByteCount, Dump, Mapping, Pid, Sample, Statistics, Tid } from "../types.ts";
import { Descendants, newestFirst } from "./descendants.ts";
import { gather } from "./gather.ts";
import { SamplingRun } from "./run.ts";
import { type RunOptions, watchesGil } from "./run_options.ts";
import { Sources } from "./sources.ts";
import { emptyStatistics, sumOf } from "./statistics.ts";
import type { Target } from "./target.ts";
import { Urgency } from "./urgency.ts";
import { warnWithoutCollector } from "./where.ts";

/** Records are fetched this often, while the targets still have what they are named by mapped. */
const DRAIN_PAUSE_MS = 20;
const CHILD_PAUSE_MS = 5;

/** For how long samples of several processes are put together: who gets them mostly waits for a write. */
const ROUND_MS = 20;

/** What may wait to be interpreted: of all processes, and of each. */
const WAITING_BYTES = { all: 128 << 20, least: 1 << 20, most: 64 << 20 } as const;

/** Told while the samples are given out. */
export interface FamilyListener {
  /** Before the first sample of each process but the first one. */
  joined(newcomer: SamplingRun): void;
  /** After its last sample. */
  left(pid: Pid): void;
}

interface Member {
  readonly run: SamplingRun;
  /** Of the records that waited when it was begun. */
  batches: Iterator<readonly Sample[]> | null;
  isAnnounced: boolean;
}

/** A process and its descendants, being sampled. */
export class FamilyRun implements AsyncDisposable {
  readonly pid: Pid;
  readonly #options: RunOptions;
  readonly #child: Child | null;
  readonly #sources = new Sources();
  readonly #descendants: Descendants;
  readonly #members = new Set<Member>();
  /** Null where others are started meanwhile: what reads source lines would inherit it. */
  readonly #urgency: Urgency | null;
  #isGathered = false;
  /** The first process, if it was Python when that ended. */
  #first: SamplingRun | null = null;
  /** Of members that have ended. */
  #earlier: Statistics = emptyStatistics();
  readonly #started = performance.now();
  #ended: number | null = null;
  #stopped = false;
  /** When there was last somebody to sample, or the first process to wait for. */
  #lastSeen = 0;
  #watching: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  /** What went wrong while nobody waited for it. */
  #failure: { readonly error: unknown } | null = null;
  #hasWarned = false;

  private constructor(pid: Pid, options: RunOptions, child: Child | null) {
    this.pid = pid;
    this.#options = options;
    this.#child = child;
    this.#urgency = options.lines ? null : new Urgency();
    this.#descendants = new Descendants(pid, {
      gil: watchesGil(options),
      warn: options.warn,
      sources: this.#sources,
      found: (target) => this.#join(target),
      failed: (pid, error) => this.#refuse(pid, error),
    });
  }

  /**
   * Samples process `pid`, which is `child` if we launched it, and its descendants, as soon as one of them is Python.
   *
   * @throws {NoSuchProcessError} @throws {PermissionError} @throws {UnsupportedVersionError} of the first process
   * @throws {NoPythonFamilyError} if none is Python in time
   */
  static async start(pid: Pid, options: RunOptions, child: Child | null = null): Promise<FamilyRun> {
    const run = new FamilyRun(pid, options, child);
    try {
      await gather(run.#descendants, options);
    } catch (error) {
      run.#dispose();
      throw error;
    }
    run.#isGathered = true;
    run.#watching = run.#watch();
    return run;
  }

  /** Version of the interpreter of the first process, if it is Python. */
  get version(): string | null {
    return this.#first?.version ?? null;
  }

  /** What the first process had mapped when it was found. */
  get mappings(): readonly Mapping[] {
    return this.#first?.mappings ?? [];
  }

  /** What processes have mapped since they were told of, or since this was last asked. */
  takeNewMappings(): readonly Mapping[] {
    return [...this.#members].filter(({ isAnnounced }) => isAnnounced).flatMap(({ run }) => run.takeNewMappings());
  }

  /** The figures so far, of all processes; final once `batches` has ended. */
  get statistics(): Statistics {
    const parts = [this.#earlier, ...[...this.#members].map(({ run }) => run.statistics)];
    return { ...sumOf(parts), duration: Math.round(((this.#ended ?? performance.now()) - this.#started) * 1000) };
  }

  /**
   * Samples as they come, those of a process in their order. Ends when no process is left, or after what was captured before
   * `stop`.
   */
  async *batches(listener?: FamilyListener): AsyncGenerator<readonly Sample[]> {
    for (;;) {
      let isIdle = true;
      let round: Sample[] = [];
      let since = performance.now();
      this.#urgency?.update(this.#waiting);
      for (const member of [...this.#members]) {
        const isRunning = member.run.running;
        const batch = this.#next(member);
        if (batch !== null) {
          isIdle = false;
          if (!member.isAnnounced) {
            // Its first sample follows right on what is said of it.
            if (round.length > 0) yield round;
            round = [];
            listener?.joined(member.run);
          }
          member.isAnnounced = true;
          for (const sample of await member.run.withLines(batch)) round.push(sample);
        } else if (!isRunning) {
          await this.#leave(member);
          if (round.length > 0) yield round;
          round = [];
          if (member.isAnnounced) listener?.left(member.run.pid);
        }
        if (performance.now() - since < ROUND_MS) continue;
        if (round.length > 0) yield round;
        round = [];
        since = performance.now();
      }
      if (round.length > 0) yield round;
      if (this.#failure !== null) throw this.#failure.error;
      const isExtinct = this.#isExtinct();
      if (this.#members.size === 0 && (this.#stopped || isExtinct)) break;
      await delay(isIdle ? DRAIN_PAUSE_MS : 0);
    }
    this.#ended ??= performance.now();
  }

  /** What every thread of each process was doing when it was last sampled: the first process comes last. */
  dumps(): Dump[] {
    return newestFirst([...this.#members].map(({ run }) => run), this.pid).flatMap((run) => run.dumps());
  }

  /** What Python calls a thread; null for nothing that is known. */
  pythonName(pid: Pid, tid: Tid): string | null {
    const member = [...this.#members].find(({ run }) => run.pid === pid);
    return member?.run.pythonName(pid, tid) ?? null;
  }

  /** Ends sampling; what was captured is still given out. */
  stop(): void {
    this.#stopped = true;
    for (const { run } of this.#members) run.askToStop();
    for (const { run } of this.#members) run.stop();
    this.#ended ??= performance.now();
  }

  /** Sends a signal to a launched process; does nothing to an attached one, nor to their children. */
  signal(name: Deno.Signal): void {
    this.#child?.signal(name);
  }

  /** Detaches and frees; waits for a launched process to end, unless told not to. */
  async close({ wait = true }: { wait?: boolean } = {}): Promise<void> {
    this.stop();
    this.#closing.abort();
    await this.#watching;
    for (const member of [...this.#members]) await this.#leave(member);
    this.#dispose();
    while (wait && this.#child !== null && !this.#child.ended) await delay(CHILD_PAUSE_MS);
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Goes on beside `batches`: who reads the samples may take long. */
  async #watch(): Promise<void> {
    try {
      while (!this.#stopped) {
        await delay(this.#descendants.pause, { signal: this.#closing.signal });
        if (!this.#stopped) this.#descendants.step();
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failure ??= { error };
    }
  }

  #join(target: Target): void {
    const { pid } = target;
    this.#warnOnce(target);
    this.#urgency?.end(); // its sampler thread would inherit it
    let run: SamplingRun;
    try {
      run = new SamplingRun(target, this.#options);
    } catch (error) {
      target[Symbol.dispose]();
      throw explainFailure(pid, error);
    }
    const isFirst = pid === this.pid && !this.#isGathered;
    if (isFirst) this.#first = run;
    this.#members.add({ run, batches: null, isAnnounced: isFirst });
    this.#shareOut();
  }

  /** Says what cannot be had of one process, which goes for the others too. */
  #warnOnce(target: Target): void {
    const { kernel, gc, warn } = this.#options;
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    if (kernel) warnWithoutKernel(target.pid, warn);
    if (gc) warnWithoutCollector(target, warn);
  }

  #refuse(pid: Pid, error: AustinpError): void {
    // The first one's is for `gather` to say at first.
    if (pid !== this.pid || this.#isGathered) this.#options.warn?.(error.message);
  }

  /** Samples that wait; null if there are none. An error is the process's own. */
  #next(member: Member): readonly Sample[] | null {
    try {
      member.batches ??= member.run.take();
      const next = member.batches.next();
      if (!next.done) return next.value;
    } catch (error) {
      if (!(error instanceof AustinpError)) throw error;
      this.#descendants.giveUp(member.run.pid);
      this.#refuse(member.run.pid, error);
    }
    member.batches = null;
    return null;
  }

  async #leave(member: Member): Promise<void> {
    this.#earlier = sumOf([this.#earlier, member.run.statistics]);
    this.#members.delete(member);
    this.#shareOut();
    await member.run.close();
    this.#descendants.closed(member.run.pid);
  }

  /** How much waits of all processes. */
  get #waiting(): ByteCount {
    let bytes = 0;
    for (const { run } of this.#members) bytes += run.waiting;
    return bytes;
  }

  /** Lets each process have its part of what may wait. */
  #shareOut(): void {
    const { all, least, most } = WAITING_BYTES;
    const each = Math.min(Math.max(all / this.#members.size, least), most);
    for (const { run } of this.#members) run.limitWaiting(each);
  }

  /** Whether the first process has ended, and nobody is left, or nobody who has become Python in time. */
  #isExtinct(): boolean {
    const { root, living } = this.#descendants;
    const now = performance.now();
    if (root !== "gone" || this.#members.size > 0) this.#lastSeen = now;
    return living === 0 || now - this.#lastSeen > this.#options.timeout / 1000;
  }

  #dispose(): void {
    this.#stopped = true;
    this.#urgency?.end();
    for (const { run } of this.#members) run.close({ wait: false });
    this.#members.clear();
    this.#descendants[Symbol.dispose]();
    this.#sources[Symbol.dispose]();
  }
}
