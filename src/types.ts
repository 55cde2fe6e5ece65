/**
 * The shared vocabulary: addresses, ids, units, frames, stacks and samples.
 *
 * Everything below `src/` speaks in these words. Nothing here runs.
 * @module
 */

/**
 * A runtime address in the target. User space ends below 2^47, so a double holds every address exactly;
 * a word of 2^47 or more is not an address and is rejected where it is read.
 */
export type Address = number;

/** The end of user space. */
export const ADDRESS_LIMIT: Address = 2 ** 47;

/** An address as an ELF file states it (a vaddr): runtime address minus load bias. */
export type FileAddress = number;

/** A position in a file, in bytes from its start. */
export type FileOffset = number;

/** A size in bytes. */
export type ByteCount = number;

/** A time span or instant in microseconds. */
export type Microseconds = number;

/** A process id as this process sees it. */
export type Pid = number;

/** A kernel thread (task) id as this process sees it. */
export type Tid = number;

/**
 * Reads `into.length` bytes of the target at `address`. Returns false, with `into` undefined in content, when
 * any of them cannot be read: that is an expected outcome, not an error.
 */
export type ReadMemory = (address: Address, into: Uint8Array) => boolean;

/** The runtime address of a symbol of the interpreter's binary, or null when it has none of that name. */
export type FindSymbol = (name: string) => Address | null;

/** A frame of the CPython interpreter. Lines count from 1; columns from 0, in UTF-8 bytes; 0 and null mean unknown. */
export interface PythonFrame {
  /** Tells the kinds of frame apart. */
  readonly kind: "python";
  /** Qualified name where the version has it (3.11 and later), else the plain name. */
  readonly function: string;
  /** Path as the code object has it. */
  readonly file: string;
  /** Where the instruction that runs begins in the source. */
  readonly line: number;
  /** And where it ends. */
  readonly endLine: number;
  /** Of its first character. */
  readonly column: number | null;
  /** Behind its last character. */
  readonly endColumn: number | null;
}

/** A place in the source of compiled code, as its debug information tells it. */
export interface SourceLine {
  /** Path of the source file, as the compiler was given it. */
  readonly file: string;
  /** The function that the line is in, as the linker sees it (not demangled); empty where it is not told. */
  readonly function: string;
  /** Counts from 1; 0 for code of that file that belongs to no line. */
  readonly line: number;
}

/** A frame of compiled code. */
export interface NativeFrame {
  /** Tells the kinds of frame apart. */
  readonly kind: "native";
  /** The program counter of this activation: a return address in all but the innermost frame. */
  readonly pc: Address;
  /** The symbol's name, or `module+0xoffset` where no symbol is proved to hold the address. */
  readonly symbol: string;
  /** Whether `symbol` is a real symbol's name. */
  readonly named: boolean;
  /** `pc` minus the start of the function, in bytes; 0 where the function is not known. */
  readonly offset: ByteCount;
  /** Path of the mapped file as the target's maps show it; `[vdso]` and the like for what has no file. */
  readonly module: string;
  /** Whether `pc` is the very instruction that runs; else it is a return address, whose call lies before it. */
  readonly exact?: boolean;
  /** Where in the source it is; absent where that was not asked for, or is not known. */
  readonly source?: SourceLine;
  /**
   * Whether this call was inlined: it runs inside the frame before it, whose `pc` and `module` it has. `symbol` is the
   * name that the debug information has for it.
   */
  readonly inlined?: boolean;
}

/** A frame of the kernel, from `/proc/PID/task/TID/stack`. */
export interface KernelFrame {
  /** Tells the kinds of frame apart. */
  readonly kind: "kernel";
  /** The function's name. */
  readonly symbol: string;
}

/** A mark in place of frames that are not known, never a guess. */
export interface MarkFrame {
  /** Tells the kinds of frame apart. */
  readonly kind: "mark";
  /**
   * `invalid`: this stack did not prove. `truncated`: the outer part of the native stack is missing. `gap`: native
   * frames may be missing here, since the code inside has no unwind information; the frames around are right.
   */
  readonly mark: "invalid" | "truncated" | "gap";
}

/** One call on a stack. */
export type Frame = PythonFrame | NativeFrame | KernelFrame | MarkFrame;

/** How a stack proved itself; see `src/stack/merge.ts`. */
export interface Proof {
  /** Activation records that the Python side says must lie on the native stack. */
  readonly expected: number;
  /** Of those, how many fell into exactly one native frame, in order. */
  readonly matched: number;
  /** Why the stack did not prove; null where it did. */
  readonly flaw: Flaw | null;
}

/** Why a stack did not prove. */
export type Flaw =
  /** The Python frame chain was caught half-built or fails its own checks. */
  | "torn"
  /** An activation record lies in no native frame, or two lie in one. */
  | "unmatched"
  /** The native stack ends before a thread's outermost frame. */
  | "truncated"
  /** The thread did not stop: it sleeps uninterruptibly in the kernel. */
  | "blocked";

/** The frames of one thread at one instant, outermost first, kernel frames last. */
export interface Stack {
  /** Outermost first. */
  readonly frames: readonly Frame[];
  /** How they proved themselves. */
  readonly proof: Proof;
}

/** One interpreted stack of one thread at one time. */
export interface Sample {
  /** The process. */
  readonly pid: Pid;
  /** The thread. */
  readonly tid: Tid;
  /** Id of the sub-interpreter that the thread was running; 0 is the main one, and stands where there is none. */
  readonly interpreter: number;
  /** Whether the thread was waiting, not running, when it was looked at. */
  readonly idle: boolean;
  /** What it was doing. */
  readonly stack: Stack;
  /** Time since this thread's previous sample. */
  readonly time: Microseconds;
  /** Whether it was collecting garbage, where that is looked for. */
  readonly gc: boolean;
  /**
   * By how much the process's resident memory has changed, where that is measured: all of the change since a thread was
   * last given any goes to the thread that is seen to hold the GIL. 0 for all others.
   */
  readonly memory: ByteCount;
}

/** What a run measures: time, time of threads that are not idle, memory, or all of these. */
export type Mode = "wall" | "cpu" | "memory" | "full";

/** A sample as a file has it: MOJO 4 may have the name of a thread in place of its id. */
export type RecordedSample = Omit<Sample, "tid"> & { readonly tid: Tid | string };

/** A mapped file with code in it: where it is, and what tells it from other files, now and later. */
export interface MappedModule {
  /** From the start of its first mapping. */
  readonly start: Address;
  /** To the end of its last. */
  readonly end: Address;
  /** Runtime address minus file address. */
  readonly loadBias: Address;
  /** In hex; null where the linker left none. */
  readonly buildId: string | null;
}

/** A piece of what a recording holds, in its order. */
export type Recorded =
  | { readonly kind: "metadata"; readonly key: string; readonly value: string }
  | { readonly kind: "sample"; readonly sample: RecordedSample };

/** One line of `/proc/PID/maps`. */
export interface Mapping {
  /** First address. */
  readonly start: Address;
  /** One past the last address. */
  readonly end: Address;
  /** Whether it may be read. */
  readonly readable: boolean;
  /** Whether it may be written. */
  readonly writable: boolean;
  /** Whether it may be executed. */
  readonly executable: boolean;
  /** Where in the file it begins. */
  readonly offset: FileOffset;
  /** `major:minor` in hex, as the line has it. */
  readonly device: string;
  /** Number of the file on its device; 0 without one. */
  readonly inode: number;
  /** Path as the target's maps show it, without ` (deleted)`; empty for anonymous memory. */
  readonly path: string;
  /** Whether the path is no longer that file's. */
  readonly deleted: boolean;
  /** The module that begins with this mapping, where that was looked for and there is one. */
  readonly module?: MappedModule;
}

/** What a task is doing as the kernel sees it. */
export interface TaskActivity {
  /** The letter of `proc_pid_stat(5)`, as `R`, `S`, `D`. */
  readonly state: string;
  /** The system call that it is in, with its arguments in hexadecimal; null where it is in none, or that is not told. */
  readonly systemCall: {
    readonly number: number;
    /** Null for one that is not known. */
    readonly name: string | null;
    readonly arguments: readonly string[];
  } | null;
  /** The kernel's function that it waits in; null where it waits in none, or that is not told. */
  readonly waitChannel: string | null;
}

/** One thread in a dump. */
export interface ThreadDump {
  /** The thread. */
  readonly tid: Tid;
  /** The operating system's name of the thread (`comm`). */
  readonly name: string;
  /** What Python calls it; null where it has no name that is known, absent where it was not asked. */
  readonly pythonName?: string | null;
  /** As in {@linkcode Sample}. */
  readonly interpreter: number;
  /** Whether the thread was waiting, not running, when it was looked at. */
  readonly idle: boolean;
  /** What it was doing. */
  readonly stack: Stack;
  /** As in {@linkcode Sample}. */
  readonly gc: boolean;
  /** What it was doing just before it was stopped, where that was looked for and it had begun by then. */
  readonly activity?: TaskActivity;
}

/** What every thread of a process was doing at one instant; what may be missing is there where it was looked for. */
export interface Dump {
  /** The process. */
  readonly pid: Pid;
  /** Version of the interpreter, as `3.11.7` or `3.14.0rc2`. */
  readonly version: string;
  /** Newest thread first, the main thread last. */
  readonly threads: readonly ThreadDump[];
  /** For how long the threads were stopped. */
  readonly stopTime: Microseconds;
  /** When, in milliseconds since 1970. */
  readonly time?: number;
  /** The nearest of its ancestors that was dumped with it. */
  readonly parent?: Pid;
  /** By the path of the module, of those that have one. */
  readonly buildIds?: ReadonlyMap<string, string>;
}

/** Figures of a sampling run; all counts are of samples unless they say otherwise. */
export interface Statistics {
  /** From the start of sampling to its end. */
  duration: Microseconds;
  /** Time of the samples of threads that were collecting garbage; null where that was not looked for. */
  gc: Microseconds | null;
  /** Samples given out. */
  samples: number;
  /** Of those, the ones whose stacks proved themselves; the others were flagged. */
  proved: number;
  /** Of the flagged ones, those caught while their Python frames changed. */
  torn: number;
  /** Those whose native and Python stacks do not fit together. */
  unmatched: number;
  /** Those whose native stack could not be followed to its end. */
  truncated: number;
  /** Those of threads that did not stop. */
  blocked: number;
  /** Samples of threads that were not stopped, because they waited or had not run. */
  unstopped: number;
  /** Samples that were lost because the reader was too slow. */
  dropped: number;
  /** How often all threads were looked at. */
  ticks: number;
  /** How much later than meant, all together. */
  lateSum: Microseconds;
  /** The latest of them. */
  lateMax: Microseconds;
  /** Ticks that did not come, because the one before took so long. */
  missedTicks: number;
  /** How often a thread was stopped for a sample. */
  stops: number;
  /** The shortest of these stops. */
  stopMin: Microseconds;
  /** All of them together. */
  stopSum: Microseconds;
  /** The longest. */
  stopMax: Microseconds;
  /** Native frames of stopped threads. */
  nativeFrames: number;
  /** Of those, the ones that were not followed again, since the thread's stack before had them, too. */
  knownFrames: number;
}

/**
 * The frames of one native stack, innermost first: `count` of (pc, sp, flags); `complete` if the thread's
 * outermost frame was reached. Stands until the next stack is unwound.
 */
export interface NativeStack {
  /** How many frames there are. */
  readonly count: number;
  /** Whether the last one is the thread's outermost. */
  readonly complete: boolean;
  /** The program counter in frame i. */
  pc(i: number): Address;
  /** The stack pointer in frame i; the next frame's is its CFA. */
  sp(i: number): Address;
  /** Bits of {@linkcode NATIVE_FLAG}. */
  flags(i: number): number;
}

/** What a native frame is besides its addresses: `enum native_flag` of csrc/shim.h. */
export const NATIVE_FLAG = {
  /** Its pc was interrupted; it is not a return address. */
  Signal: 1,
  /** Reached through the frame pointer: the frame before it has no CFI. */
  Guessed: 2,
  /** No frame was found here: the stack was lost, and taken up again at this activation's marker, which is its sp. */
  Gap: 4,
  /** The last frame, whose CFA depends on a register that a copy without a stop does not have. */
  Needy: 8,
} as const;

/** One run of CPython's evaluation loop. */
export interface Activation {
  /** Address of the structure that it keeps on its native stack; null where the version has none. */
  readonly marker: Address | null;
  /** Address of its CFrame, which 3.10 to 3.12 also keep there; null where the version has none. */
  readonly cframe: Address | null;
  /** The Python frames that it runs, innermost first; none where it has just begun. */
  readonly frames: readonly PythonFrame[];
}

/** What a thread state says of its frames. */
export interface PythonStack {
  /** Innermost first. */
  readonly activations: readonly Activation[];
  /** Whether the frame chain failed one of its checks: it was caught half-built. Then there are no activations. */
  readonly torn: boolean;
}

/** One thing that looking at a process takes or gives, and whether it can be had. */
export interface Finding {
  /** What it is, in a word or two. */
  readonly what: string;
  /** Whether it can be had; null where it is only told. */
  readonly works: boolean | null;
  /** What was found, or what is missing and how to get it. */
  readonly detail: string;
  /** Whether nothing can be done as it was asked for without it. */
  readonly needed: boolean;
}

/** What was found out about the rights to look at a process. */
export interface CheckReport {
  /** The process. */
  readonly pid: Pid;
  /** What works and what does not, in the order in which one needs the other. */
  readonly findings: readonly Finding[];
  /** Whether CAP_SYS_PTRACE is missing and would help. */
  readonly lacksCapability: boolean;
}
