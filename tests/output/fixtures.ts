/**
 * Frames, stacks, samples and figures for the tests of what is printed.
 * @module
 */

import type {
  Dump,
  Flaw,
  Frame,
  KernelFrame,
  Mapping,
  MarkFrame,
  NativeFrame,
  PythonFrame,
  Sample,
  SourceLine,
  Stack,
  Statistics,
  ThreadDump,
} from "../../src/types.ts";

/** A place in the source of a native frame, with a file name that needs escapes. */
export const SOURCE: SourceLine = { file: "/src/a;b:c.c", function: "f", line: 12 };

export function python(file: string, name: string, line: number): PythonFrame {
  return { kind: "python", file, function: name, line, endLine: line, column: null, endColumn: null };
}

export function native(symbol: string, fields: Partial<NativeFrame> = {}): NativeFrame {
  return {
    kind: "native",
    pc: 0x7f3a13eed503,
    symbol,
    named: true,
    offset: 35,
    module: "/usr/lib/libc.so.6",
    ...fields,
  };
}

export function kernel(symbol: string): KernelFrame {
  return { kind: "kernel", symbol };
}

export function mark(name: MarkFrame["mark"]): MarkFrame {
  return { kind: "mark", mark: name };
}

/** A stack that proved itself, or one with a flaw that had only 3 of its 4 activations matched. */
export function stack(frames: readonly Frame[], flaw: Flaw | null = null): Stack {
  return { frames, proof: { expected: 4, matched: flaw === null ? 4 : 3, flaw } };
}

export function sample(frames: readonly Frame[], fields: Partial<Sample> = {}): Sample {
  return {
    pid: 22,
    tid: 24,
    interpreter: 0,
    idle: false,
    time: 10_012,
    gc: false,
    memory: 0,
    stack: stack(frames),
    ...fields,
  };
}

export function thread(tid: number, fields: Partial<ThreadDump> = {}): ThreadDump {
  return { tid, name: "python3", interpreter: 0, idle: false, gc: false, stack: stack([]), ...fields };
}

/** Three threads: one idle with kernel frames, one flagged, the main one sound. */
export function dump(): Dump {
  const main = [
    native("_start", { module: "/usr/bin/python3", pc: 0x401_021, offset: 33 }),
    python("/srv/app/main.py", "<module>", 31),
    python("/srv/app/café/τ.py", "Worker.run", 12),
    native("libfast.so+0x1a2b", { module: "/opt/my libs/libfast.so", named: false, offset: 0 }),
  ];
  const idle = [
    native("start_thread"),
    native("clock_nanosleep"),
    kernel("do_syscall_64"),
    kernel("hrtimer_nanosleep"),
  ];
  const flagged = [mark("truncated"), python("/srv/app/deep.py", "f", 7), mark("invalid")];
  return {
    pid: 22,
    version: "3.11.7",
    stopTime: 912,
    threads: [
      thread(24, { idle: true, stack: stack(idle) }),
      thread(23, { interpreter: 1, stack: stack(flagged, "truncated") }),
      thread(22, { stack: stack(main) }),
    ],
  };
}

export function mapping(start: number, path: string, fields: Partial<Mapping> = {}): Mapping {
  return {
    start,
    end: start + 0x1000,
    readable: true,
    writable: false,
    executable: true,
    offset: 0,
    device: "fe:00",
    inode: 7,
    path,
    deleted: false,
    ...fields,
  };
}

export function statistics(fields: Partial<Statistics> = {}): Statistics {
  return {
    duration: 3_000_123.4,
    gc: null,
    samples: 300,
    proved: 297,
    torn: 1,
    unmatched: 0,
    truncated: 2,
    blocked: 0,
    unstopped: 100,
    dropped: 0,
    ticks: 2_998,
    lateSum: 179_880,
    lateMax: 1_234,
    missedTicks: 2,
    nativeFrames: 9000,
    knownFrames: 8100,
    stops: 200,
    stopMin: 21.2,
    stopSum: 6_000,
    stopMax: 190.6,
    ...fields,
  };
}
