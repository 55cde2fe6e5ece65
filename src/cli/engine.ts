/**
 * What the command line needs of the sampler; `mod.ts` provides it and tests put their own in its place.
 * @module
 */

import type { CheckReport, Dump, Mapping, Microseconds, Pid, Sample, Statistics, Tid } from "../types.ts";

/** How a dump is taken. */
export interface WhereOptions {
  /** Whether threads are stopped, for their native frames (default). */
  readonly native?: boolean;
  readonly kernel: boolean;
  /** Looks for threads that collect garbage. */
  readonly gc: boolean;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
  /** Whether to look up the source lines of native frames, and the calls that were inlined there. */
  readonly lines: boolean;
  /** Told what cannot be had, where the work goes on without it. */
  readonly warn?: (message: string) => void;
}

/** What is to be done with a process whose rights are checked. */
export interface CheckOptions extends Required<Pick<WhereOptions, "native" | "kernel" | "timeout">> {}

/** A process that is sampled besides the first one. */
export interface Process {
  readonly pid: Pid;
  /** Version of the interpreter. */
  readonly version: string;
  readonly mappings: readonly Mapping[];
}

/** Told, while samples are given out, of the processes that they are of. */
export interface ProcessListener {
  /** Before the first sample of each process but the first one. */
  joined(newcomer: Process): void;
  /** After its last sample. */
  left(pid: Pid): void;
}

/** How samples are taken. */
export interface RunOptions extends WhereOptions {
  /** 0 is as often as can be. */
  readonly interval: Microseconds;
  /** Leaves out samples of idle threads. */
  readonly skipIdle: boolean;
  /** Measures memory. */
  readonly memory: boolean;
  /** Whether ticks come at random within each interval (default), or exactly an interval apart. */
  readonly jitter?: boolean;
  /** The share of the time, up to 1, that the threads of a process may be stopped; null (default) for any. */
  readonly overheadBudget?: number | null;
  /** Whether threads may be stopped for their registers in calls that return EINTR then; by default they are not. */
  readonly allowEintr?: boolean;
  /** Whether to sample the process's descendants too. */
  readonly children: boolean;
}

/** How a program is started and sampled. */
export interface LaunchOptions extends RunOptions {
  /** Gives the program /dev/null for its standard output, because ours carries samples. */
  readonly discardStdout: boolean;
  /** Aborted with a signal's name while the program starts, it passes that signal on to it. */
  readonly abort?: AbortSignal;
}

/** How source lines are looked up later. */
export interface ResolverOptions {
  /** Folders with debug files, asked before this machine's own. */
  readonly folders: readonly string[];
  /** Told, once a file, which is not used or not there. */
  readonly warn?: (message: string) => void;
}

/** Adds source lines to lines of collapsed text. */
export interface LineTextResolver extends Disposable {
  /** Whether the text told of modules so far; without that, nothing can be resolved. */
  readonly hasModules: boolean;
  /** Takes lines without their line ends, and gives as many. */
  resolve(lines: readonly string[]): Promise<string[]>;
}

/** Takes dumps and starts runs; every method that does throws the errors of `errors.ts`. */
export interface Engine {
  /**
   * How symbols are told to people: demangled, and short where it is only plumbing that is left out, or with
   * everything.
   */
  nameOf(symbol: string, style: "short" | "full"): string;
  /** Tries what looking at a process takes. Never throws for what it finds. */
  check(pid: Pid, options: CheckOptions): Promise<CheckReport>;
  where(pid: Pid, options: WhereOptions): Promise<Dump>;
  /** Dumps a process and its descendants, those first. */
  whereFamily(pid: Pid, options: WhereOptions): Promise<readonly Dump[]>;
  attach(pid: Pid, options: RunOptions): Promise<Run>;
  launch(command: readonly string[], options: LaunchOptions): Promise<Run>;
  resolver(options: ResolverOptions): LineTextResolver;
}

/** A process being sampled, or it and its descendants. */
export interface Run {
  readonly pid: Pid;
  /** Version of the interpreter; null where only descendants have one. */
  readonly version: string | null;
  readonly mappings: readonly Mapping[];
  readonly statistics: Statistics;
  /** What the process has mapped since `mappings`, or since this was last asked. */
  takeNewMappings(): readonly Mapping[];
  /** Samples as they come; ends when the target is gone, or after what was captured before `stop()`. */
  batches(listener?: ProcessListener): AsyncIterable<readonly Sample[]>;
  /** What Python calls a thread; null for nothing that is known. */
  pythonName(pid: Pid, tid: Tid): string | null;
  /** What every thread of each process was doing when it was last sampled. */
  dumps(): readonly Dump[];
  /** Ends sampling; harmless when it has ended. */
  stop(): void;
  /** Sends a signal to a launched target; does nothing to an attached one, or one that is gone. */
  signal(name: Deno.Signal): void;
  /** Detaches and frees; waits for a launched target to end, unless told not to. */
  close(options?: { wait?: boolean }): Promise<void>;
}
