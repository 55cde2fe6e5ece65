/**
 * The parts of the system that the command line talks to, apart from the target.
 * @module
 */

import { InputError, OutputError } from "../errors.ts";
import { taskName } from "../kernel/tasks.ts";
import type { ThreadName } from "../output/thread_names.ts";
import { type ByteSink, systemReason } from "../output/writer.ts";
import type { ByteCount } from "../types.ts";

/** A signal that ends a run. */
export type EndingSignal = "SIGHUP" | "SIGINT" | "SIGTERM";

/** The signal that comes where a file would grow beyond its limit; heard, the write fails in its place. */
export type LimitSignal = "SIGXFSZ";

/** A signal that asks for a dump. */
export type DumpSignal = "SIGQUIT" | "SIGUSR1";

/** A file that is written from its beginning. */
export interface OutputFile extends ByteSink, Disposable {
  /** Whether it had a name when it was opened, and has none any more. */
  isDeleted(): boolean;
}

/** A file that grows. */
export interface AppendedFile extends Disposable {
  /** Writes all of `text`, or as much as can be. */
  write(text: string): void;
}

/** Standard streams, files, environment and signals. */
export interface Platform {
  /** What the program was started as: argv[0]. */
  readonly programPath: string;
  /** The file that runs. */
  readonly executable: string;
  /** The id of this process. */
  readonly pid: number;
  readonly stdout: ByteSink & { isTerminal(): boolean };
  readonly stderr: {
    /** Writes all of `text`, or as much as can be: there is nobody to tell of a failure. */
    print(text: string): void;
    isTerminal(): boolean;
  };
  /**
   * Creates or empties a file.
   *
   * @throws {OutputError} if that cannot be.
   */
  createFile(path: string): OutputFile;
  /**
   * Opens a file, or creates it, to write behind what it holds.
   *
   * @throws {OutputError} if that cannot be.
   */
  appendFile(path: string): AppendedFile;
  /**
   * The contents of a file, in pieces; `-` is standard input.
   *
   * @throws {InputError} if it cannot be read.
   */
  readFile(path: string): AsyncIterable<Uint8Array>;
  environment(name: string): string | undefined;
  /** Physical memory of the machine. */
  memory(): ByteCount;
  /** What the operating system calls a thread. */
  readonly threadName: ThreadName;
  /** Calls `listener` at each such signal, in place of its default action, until the result is disposed. */
  onSignal(name: EndingSignal | DumpSignal | LimitSignal, listener: () => void): Disposable;
  /** Whether this program was started with a signal ignored, as by `nohup`. */
  ignoresSignal(name: "SIGHUP"): boolean;
}

/** Whether to write colours to a standard stream: https://no-color.org. */
export function isColoured(platform: Platform, stream: "stdout" | "stderr"): boolean {
  return platform[stream].isTerminal() && !platform.environment("NO_COLOR");
}

/** The real ones. */
export function denoPlatform(): Platform {
  return {
    programPath: programPath(),
    executable: Deno.execPath(),
    stdout: Deno.stdout,
    stderr: { print: (text) => writeAll(Deno.stderr, text), isTerminal: () => Deno.stderr.isTerminal() },
    pid: Deno.pid,
    createFile,
    appendFile,
    readFile,
    environment: (name) => Deno.env.get(name),
    memory: () => Deno.systemMemoryInfo().total,
    threadName: taskName,
    onSignal: (name, listener) => {
      Deno.addSignalListener(name, listener);
      return { [Symbol.dispose]: () => Deno.removeSignalListener(name, listener) };
    },
    ignoresSignal: (name) => (ignoredSignals() >> BigInt(SIGNAL_NUMBER[name] - 1)) % 2n === 1n,
  };
}

/** How much of a file is read at a time, in bytes. */
const PIECE_SIZE = 2 ** 16;

/** As `/proc/PID/status` numbers them, from bit 0. */
const SIGNAL_NUMBER = { SIGHUP: 1 } as const;

function ignoredSignals(): bigint {
  return BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status"))?.[1] ?? "0"}`);
}

/** `Deno.execPath()` is the file that a link leads to; what the program was called is only here. */
function programPath(): string {
  const isCompiled = Deno.build.standalone;
  return isCompiled && Deno.readTextFileSync("/proc/self/cmdline").split("\0")[0] || "austinp";
}

/** What is said there is never worth ending a run for, so it may be closed or full. */
function writeAll(file: { writeSync(bytes: Uint8Array): number }, text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
  } catch {
    // As above.
  }
}

function appendFile(path: string): AppendedFile {
  try {
    const file = Deno.openSync(path, { append: true, create: true });
    return { write: (text) => writeAll(file, text), [Symbol.dispose]: () => file.close() };
  } catch (cause) {
    throw new OutputError(`Cannot open the log file '${path}': ${systemReason(cause)}`, { cause });
  }
}

function createFile(path: string): OutputFile {
  try {
    const file = Deno.openSync(path, { write: true, create: true, truncate: true });
    const names = () => file.statSync().nlink;
    const hadName = names() !== 0;
    return {
      write: (bytes) => file.write(bytes),
      truncate: (size) => file.truncate(size),
      isDeleted: () => hadName && names() === 0,
      [Symbol.dispose]: () => file.close(),
    };
  } catch (cause) {
    throw new OutputError(`Cannot create the output file '${path}': ${systemReason(cause)}`, { cause });
  }
}

async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  const name = path === "-" ? "standard input" : `'${path}'`;
  const buffer = new Uint8Array(PIECE_SIZE);
  let offset = 0;
  try {
    using file = path === "-" ? null : Deno.openSync(path);
    for (let size; (size = await (file ?? Deno.stdin).read(buffer)) !== null; offset += size) {
      yield buffer.slice(0, size);
    }
  } catch (cause) {
    throw new InputError(`Cannot read ${name}: ${systemReason(cause)}`, offset, { cause });
  }
}
