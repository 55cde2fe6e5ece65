/**
 * Tries what looking at a process takes, part by part, and says what works and what is missing.
 * @module
 */

import { AustinpError, NoSuchProcessError, PermissionError, ShimError } from "../errors.ts";
import { RecordKind } from "../ffi/capture_record.ts";
import { Session } from "../ffi/session.ts";
import { describeOwnRights, explainFailure, hasTraceCapability } from "../kernel/access.ts";
import { canReadKernelStacks, KERNEL_STACK_RIGHT } from "../kernel/kernel_stack.ts";
import { readMaps } from "../kernel/maps.ts";
import { describeSurroundings } from "../kernel/namespaces.ts";
import { readTextOrNull } from "../kernel/proc_file.ts";
import { parseStatus } from "../kernel/status.ts";
import type { CheckReport, Finding, Microseconds, Pid } from "../types.ts";
import { debugFileFinder } from "../unwind/debug_files.ts";
import { findLineFile } from "../unwind/lines/line_file.ts";
import { baseName, type Module } from "../unwind/module.ts";
import type { Target } from "./target.ts";
import { findTarget } from "./target_search.ts";

/** What is to be done with the process later. */
export interface CheckOptions {
  /** Whether threads are to be stopped, for their native frames. */
  readonly native: boolean;
  /** Whether kernel stacks are wanted. */
  readonly kernel: boolean;
  /** How long to look for an interpreter. */
  readonly timeout: Microseconds;
}

/** More modules than this are not named one by one. */
const NAMED_MAX = 4;

/**
 * Checks process `pid`, whose threads are stopped once for a moment if that works. Never throws for what it finds: that
 * is in the report.
 */
export async function check(pid: Pid, { native, kernel, timeout }: CheckOptions): Promise<CheckReport> {
  const status = parseStatus(readTextOrNull(`/proc/${pid}/status`) ?? "");
  if (status.pid === 0) {
    const findings = [finding("process", false, new NoSuchProcessError(pid).message)];
    return { pid, findings, lacksCapability: false };
  }
  const attach = attempt("attach", native, () => attachOnce(pid));
  const memory = attempt("memory", true, () => readOnce(pid));
  const findings = [
    finding("process", true, `${status.name}, of user ${status.uids[0]}`),
    note("container", describeSurroundings(pid)),
    note("own rights", describeOwnRights()),
    attach,
    memory,
    kernelStacks(pid, kernel),
    ...memory.works ? await interpreter(pid, timeout) : [],
  ];
  return { pid, findings, lacksCapability: !(attach.works && memory.works) && !hasTraceCapability() };
}

function finding(what: string, works: boolean | null, detail: string, needed = works !== null): Finding {
  return { what, works, detail, needed };
}

function note(what: string, detail: string): Finding {
  return finding(what, null, detail);
}

/** What `work` says, or why it could not be done. */
function attempt(what: string, needed: boolean, work: () => string): Finding {
  try {
    return finding(what, true, work(), needed);
  } catch (error) {
    if (!(error instanceof AustinpError)) throw error;
    return finding(what, false, reasonOf(error), needed);
  }
}

function reasonOf(error: AustinpError): string {
  return error instanceof PermissionError ? error.advice : error.message;
}

function attachOnce(pid: Pid): string {
  using session = new Session(pid);
  let stopTime: Microseconds;
  try {
    stopTime = session.dump(false);
  } catch (error) {
    throw explainFailure(pid, error);
  }
  const kinds = [...session.drain()].map(({ kind }) => kind);
  const stopped = kinds.filter((kind) => kind === RecordKind.Capture).length;
  if (stopped === 0) {
    throw new AustinpError("no thread could be stopped in time: they sleep uninterruptibly, or the process has ended");
  }
  return `${stopped} of ${kinds.length} threads were stopped, for ${Math.ceil(stopTime)} us, and let go`;
}

function readOnce(pid: Pid): string {
  using session = new Session(pid);
  const first = readMaps(pid).find(({ readable }) => readable);
  if (first === undefined) throw new AustinpError("it has no memory that can be read");
  const errno = session.readError(first.start, new Uint8Array(1));
  if (errno !== 0) throw explainFailure(pid, new ShimError(`read memory of process ${pid}`, errno));
  return "can be read";
}

function kernelStacks(pid: Pid, needed: boolean): Finding {
  return canReadKernelStacks(pid)
    ? finding("kernel stacks", true, "can be read, -k shows them", needed)
    : finding("kernel stacks", false, `reading them takes ${KERNEL_STACK_RIGHT}; -k goes on without them`, needed);
}

/** The interpreter, and what names its frames will have. */
async function interpreter(pid: Pid, timeout: Microseconds): Promise<Finding[]> {
  try {
    using target = await findTarget(pid, { timeout });
    return [finding("Python", true, `CPython ${target.version}`), names(target), debugFiles(target)];
  } catch (error) {
    if (!(error instanceof AustinpError)) throw error;
    return [finding("Python", false, reasonOf(error))];
  }
}

/** Whether the files that are mapped can be read: what is in memory alone has no symbols but the exported ones. */
function names({ modules: { modules } }: Target): Finding {
  const files = modules.filter(({ path }) => path.startsWith("/"));
  const missing = files.filter(({ filePath }) => filePath === null);
  if (missing.length === 0) return finding("symbols", true, `of ${files.length} binaries, from their files`, false);
  const detail = `${missing.length} of ${files.length} binaries may not be opened, which takes root or ` +
    `CAP_DAC_READ_SEARCH, and have only the names that they export: ${listed(missing)}`;
  return finding("symbols", false, detail, false);
}

function debugFiles({ pid, modules: { modules } }: Target): Finding {
  const findDebugFile = debugFileFinder(`/proc/${pid}/root`);
  const files = modules.filter(({ path }) => path.startsWith("/"));
  const without = files.filter(({ elf, path, filePath }) => {
    try {
      return findLineFile(elf, { path: filePath, knownAs: path, findDebugFile }) === null;
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof RangeError) return true;
      throw error;
    }
  });
  const detail = `source lines of ${files.length - without.length} of ${files.length} binaries`;
  if (without.length === 0) return finding("debug files", true, detail, false);
  return finding(
    "debug files",
    false,
    `${detail}; install debug symbols (packages -dbg, -dbgsym, -debuginfo) for ` +
      `${listed(without)}, or set DEBUGINFOD_URLS`,
    false,
  );
}

function listed(modules: readonly Module[]): string {
  const names = modules.slice(0, NAMED_MAX).map(({ path }) => baseName(path)).join(", ");
  return modules.length > NAMED_MAX ? `${names} and ${modules.length - NAMED_MAX} more` : names;
}
