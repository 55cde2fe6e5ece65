/**
 * A dump: what every thread of a process is doing at one instant.
 * @module
 */

import { AustinpError } from "../errors.ts";
import { type CaptureRecord, RecordFlag, RecordKind } from "../ffi/capture_record.ts";
import { explainFailure } from "../kernel/access.ts";
import { warnWithoutKernel } from "../kernel/kernel_stack.ts";
import { taskName } from "../kernel/tasks.ts";
import { tellsCollecting } from "../python/gil.ts";
import { BLOCKED_STACK } from "../stack/merge.ts";
import type { Dump, Microseconds, Pid, ThreadDump } from "../types.ts";
import { Descendants, newestFirst } from "./descendants.ts";
import { activitiesOf, buildIdsOf, parentOf } from "./dump_facts.ts";
import { DumpLines } from "./dump_lines.ts";
import { gather } from "./gather.ts";
import { Interpreter } from "./interpreter.ts";
import { PythonNames } from "./python_names.ts";
import { Sources } from "./sources.ts";
import { statOf, type Target } from "./target.ts";
import { findTarget } from "./target_search.ts";

/** How a dump is taken. */
export interface WhereOptions {
  /** Whether threads are stopped, for their native frames (default); else Python frames alone are read while they run. */
  readonly native?: boolean;
  /** Whether to read kernel stacks, which takes root and native frames. */
  readonly kernel: boolean;
  /** Looks for threads that collect garbage. */
  readonly gc: boolean;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
  /** Whether to look up the source lines of native frames, and the calls that were inlined there. */
  readonly lines?: boolean;
  /** Told what cannot be had, where the work goes on without it. */
  readonly warn?: (message: string) => void;
}

/** A thread may be caught while it changes its frames; then another look is taken, this often at most. */
const LOOKS = 5;

/** So long a dump waits for the servers that the user has named. */
const FETCH_MAX_MS = 5_000;

/**
 * Dumps all threads of process `pid`, which are stopped for well under a millisecond.
 *
 * @throws {NoSuchProcessError} @throws {NotPythonError} @throws {PermissionError} @throws {UnsupportedVersionError}
 */
export async function where(pid: Pid, options: WhereOptions): Promise<Dump> {
  const { kernel, gc, timeout, warn } = options;
  using target = await findTarget(pid, { timeout, gil: gc, warn });
  if (kernel) warnWithoutKernel(pid, warn);
  if (gc) warnWithoutCollector(target, warn);
  return await dumpOf(target, options);
}

/** Dumps all threads of a target. @throws {PermissionError} */
async function dumpOf(target: Target, options: WhereOptions): Promise<Dump> {
  const { lines = false, warn } = options;
  using interpreter = new Interpreter(target, options);
  using source = lines ? new DumpLines(target, warn) : null;
  for (let look = 1;; look++) {
    const dump = takeDump(target, interpreter, { ...options, captured: (record) => source?.begin(record) });
    if (look < LOOKS && dump.threads.some(({ stack }) => stack.proof.flaw === "torn")) continue;
    if (look > LOOKS || !await fetchNames(target, warn)) return await source?.add(dump) ?? dump;
    // Once more, for good: a name may even have told which frames are the interpreter's.
    look = LOOKS;
  }
}

/** Waits for debug files that were missed in a dump. Whether any have come. */
async function fetchNames({ sources: { debuginfod } }: Target, warn?: (message: string) => void): Promise<boolean> {
  if (debuginfod === undefined || debuginfod.isSettled) return false;
  const hasNew = await debuginfod.settle(FETCH_MAX_MS);
  if (!debuginfod.isSettled) warn?.("some names are missing: the servers of DEBUGINFOD_URLS take too long");
  return hasNew;
}

/**
 * Dumps process `pid` and its descendants, as far as they are Python: the newest first, the process itself last.
 *
 * @throws {NoSuchProcessError} @throws {PermissionError} @throws {UnsupportedVersionError} of the process itself
 * @throws {NoPythonFamilyError} if none is Python in time
 */
export async function whereFamily(pid: Pid, options: WhereOptions): Promise<readonly Dump[]> {
  const { kernel, gc, timeout, warn } = options;
  using sources = new Sources();
  using targets = new DisposableStack();
  const found: Target[] = [];
  using descendants = new Descendants(pid, {
    gil: gc,
    warn,
    sources,
    found: (target) => found.push(targets.use(target)),
    failed: (child, error) => child === pid || warn?.(error.message),
  });
  await gather(descendants, { timeout, warn });
  if (kernel) warnWithoutKernel(found[0].pid, warn);
  if (gc) warnWithoutCollector(found[0], warn);
  const dumps: Dump[] = [];
  for (const target of newestFirst(found, pid)) {
    try {
      dumps.push(await dumpOf(target, options));
    } catch (error) {
      if (!(error instanceof AustinpError)) throw error;
      if (statOf(target.pid) !== null) warn?.(error.message);
    }
  }
  return dumps.map((dump) => ({ ...dump, ...parentOf(dump, dumps) }));
}

interface DumpOptions extends WhereOptions {
  /** Told of each capture before it is interpreted. */
  readonly captured: (record: CaptureRecord) => void;
}

function takeDump(
  target: Target,
  interpreter: Interpreter,
  { native = true, kernel, captured }: DumpOptions,
): Dump {
  const { session, pid, version } = target;
  let stopTime: Microseconds = 0;
  const [time, activities] = [Date.now(), activitiesOf(pid)];
  try {
    if (native) stopTime = session.dump(kernel);
    else session.dumpUnstopped();
  } catch (error) {
    throw explainFailure(pid, error);
  }
  const names = new PythonNames(target);
  const threads: ThreadDump[] = [];
  for (const record of session.drain()) {
    if (native && record.kind === RecordKind.Capture) captured(record);
    const activity = activities.get(record.tid);
    const pythonName = names.get(record.tid);
    const thread = { ...threadDump(pid, record, interpreter), pythonName };
    threads.push({ ...thread, ...(activity === undefined ? {} : { activity }) });
  }
  return { pid, version, threads, stopTime, time, buildIds: buildIdsOf(target) };
}

function threadDump(pid: Pid, record: CaptureRecord, interpreter: Interpreter): ThreadDump {
  const { tid, flags } = record;
  const { stack, interpreter: id, gc } = record.kind === RecordKind.Capture
    ? interpreter.interpret(record)
    : { stack: BLOCKED_STACK, interpreter: 0, gc: false };
  return { tid, name: taskName(pid, tid) ?? "", interpreter: id, idle: (flags & RecordFlag.Idle) !== 0, stack, gc };
}

/** Says so where it cannot be told when the collector runs: nothing will be marked then. */
export function warnWithoutCollector({ runtime, version }: Target, warn: WhereOptions["warn"]): void {
  if (tellsCollecting(runtime)) return;
  warn?.(`Cannot tell when the garbage collector of this Python ${version} runs: nothing will be marked`);
}
