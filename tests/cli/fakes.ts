/**
 * An engine that plays a script and a platform that records what is printed where.
 * @module
 */

import { InputError, OutputError } from "../../src/errors.ts";
import type {
  CheckOptions,
  Engine,
  LaunchOptions,
  Process,
  ProcessListener,
  Run,
  RunOptions,
  WhereOptions,
} from "../../src/cli/engine.ts";
import type {
  AppendedFile,
  DumpSignal,
  EndingSignal,
  LimitSignal,
  OutputFile,
  Platform,
} from "../../src/cli/platform.ts";
import type { CheckReport, Dump, Mapping, Pid, Sample } from "../../src/types.ts";
import { dump, mapping, statistics } from "../output/fixtures.ts";

/** Collects text; fails at the first write after `failure` was set. */
export class FakeSink implements OutputFile {
  text = "";
  failure: Error | null = null;
  disposed = false;
  deleted = false;
  isTerminal = (): boolean => false;

  write(bytes: Uint8Array): Promise<number> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.text += new TextDecoder().decode(bytes);
    return Promise.resolve(bytes.length);
  }

  isDeleted(): boolean {
    return this.deleted;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

/** Streams, files and signals that are not real. */
export class FakePlatform implements Platform {
  programPath = "austinp";
  readonly executable = "/opt/austinp";
  readonly pid = 99;
  readonly stdout = new FakeSink();
  readonly files = new Map<string, FakeSink>();
  /** What files hold. */
  readonly inputs = new Map<string, Uint8Array>();
  readonly variables = new Map<string, string>();
  /** Paths that cannot be created. */
  readonly forbidden = new Set<string>();
  printed = "";
  stderrIsTerminal = false;
  /** Whether it was started by nohup. */
  ignoresHangup = false;
  readonly #listeners = new Map<EndingSignal | DumpSignal | LimitSignal, () => void>();

  readonly stderr = {
    print: (text: string): void => void (this.printed += text),
    isTerminal: (): boolean => this.stderrIsTerminal,
  };

  createFile(path: string): FakeSink {
    if (this.forbidden.has(path)) throw new OutputError(`Cannot create the output file '${path}': Permission denied`);
    const file = new FakeSink();
    this.files.set(path, file);
    return file;
  }

  readonly memory = (): number => 8 * 2 ** 30;
  readonly threadName = () => null;

  async *readFile(path: string): AsyncGenerator<Uint8Array> {
    const bytes = this.inputs.get(path);
    if (bytes === undefined) throw new InputError(`Cannot read '${path}': No such file or directory`, 0);
    // In pieces, as files come.
    for (let at = 0; at < bytes.length; at += 50) yield await Promise.resolve(bytes.slice(at, at + 50));
  }

  appendFile(path: string): AppendedFile {
    if (this.forbidden.has(path)) throw new OutputError(`Cannot open the log file '${path}': Permission denied`);
    const file = new FakeSink();
    this.files.set(path, file);
    return { write: (text) => void (file.text += text), [Symbol.dispose]: () => file[Symbol.dispose]() };
  }

  readonly environment = (name: string): string | undefined => this.variables.get(name);

  ignoresSignal(): boolean {
    return this.ignoresHangup;
  }

  onSignal(name: EndingSignal | DumpSignal | LimitSignal, listener: () => void): Disposable {
    this.#listeners.set(name, listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(name) };
  }

  /** Delivers a signal; false if nobody listens. */
  raise(name: EndingSignal | DumpSignal | LimitSignal): boolean {
    const listener = this.#listeners.get(name);
    listener?.();
    return listener !== undefined;
  }
}

/** What happens in a run: a batch comes, a process joins, or a callback runs and may wait. */
export type Step = readonly Sample[] | Process | (() => void | Promise<void>);

/** A run that plays its steps, then ends, or goes on until it is stopped. */
export class FakeRun implements Run {
  readonly pid: Pid = 22;
  readonly mappings: readonly Mapping[] = [mapping(0x401000, "/usr/bin/python3")];
  statistics = statistics();
  /** What its threads were doing last. */
  latest: readonly Dump[] = [];
  /** What Python calls each thread. */
  pythonThread: string | null = null;
  /** What it maps while it runs. */
  newMappings: readonly Mapping[] = [];
  /** What was asked of it, in order. */
  readonly calls: string[] = [];
  readonly #stopped = Promise.withResolvers<void>();

  constructor(
    readonly steps: readonly Step[],
    readonly endless: boolean = false,
    readonly version: string | null = "3.11.7",
  ) {}

  async *batches(listener?: ProcessListener): AsyncGenerator<readonly Sample[]> {
    for (const step of this.steps) {
      if (typeof step === "function") await step();
      else if ("mappings" in step) listener?.joined(step);
      else yield step;
    }
    if (this.endless) await this.#stopped.promise;
  }

  pythonName(): string | null {
    return this.pythonThread;
  }

  takeNewMappings(): readonly Mapping[] {
    const mappings = this.newMappings;
    this.newMappings = [];
    return mappings;
  }

  dumps(): readonly Dump[] {
    return this.latest;
  }

  stop(): void {
    this.calls.push("stop");
    this.#stopped.resolve();
  }

  signal(name: Deno.Signal): void {
    this.calls.push(name);
  }

  close(options: { wait?: boolean } = {}): Promise<void> {
    this.calls.push(options.wait === false ? "close without waiting" : "close");
    return Promise.resolve();
  }
}

/** Gives out one dump or run, or fails, and records how it was called. */
export class FakeEngine implements Engine {
  readonly calls: unknown[] = [];
  resolver: Engine["resolver"] = () => {
    throw new Error("not expected");
  };

  constructor(
    readonly result: { report?: CheckReport; dump?: Dump; dumps?: Dump[]; run?: FakeRun; error?: unknown } = {},
  ) {}

  nameOf(symbol: string, style: "short" | "full"): string {
    return style === "full" ? `${symbol}()` : symbol;
  }

  check(pid: Pid, options: CheckOptions): Promise<CheckReport> {
    return this.#answer(["check", pid, options], this.result.report ?? { pid, findings: [], lacksCapability: false });
  }

  where(pid: Pid, options: WhereOptions): Promise<Dump> {
    return this.#answer(["where", pid, plain(options)], this.result.dump ?? dump());
  }

  whereFamily(pid: Pid, options: WhereOptions): Promise<readonly Dump[]> {
    return this.#answer(["whereFamily", pid, plain(options)], this.result.dumps ?? [dump()]);
  }

  attach(pid: Pid, options: RunOptions): Promise<Run> {
    return this.#answer(["attach", pid, plain(options)], this.result.run ?? new FakeRun([]));
  }

  launch(command: readonly string[], options: LaunchOptions): Promise<Run> {
    return this.#answer(["launch", command, plain(options)], this.result.run ?? new FakeRun([]));
  }

  #answer<T>(call: unknown, result: T): Promise<T> {
    this.calls.push(call);
    return this.result.error === undefined ? Promise.resolve(result) : Promise.reject(this.result.error);
  }
}

/** Options without what a test cannot compare: the callback and the signal. */
function plain({ warn: _warn, ...options }: WhereOptions & { abort?: AbortSignal }): unknown {
  const { abort: _abort, ...rest } = options;
  return rest;
}
