/**
 * Why a process may not be traced: the kernel answers EPERM to all of it, so the reasons are looked up one by one, in
 * the order in which `__ptrace_may_access()` (kernel/ptrace.c) and Yama ask for them, and the first that applies is told.
 * @module
 */

import { AlreadyTracedError, type AustinpError, NoSuchProcessError, PermissionError, ShimError } from "../errors.ts";
import type { Pid } from "../types.ts";
import { isInUserNamespace } from "./namespaces.ts";
import { type ReadText, readTextOrNull } from "./proc_file.ts";
import { parseStatus, type ProcessStatus } from "./status.ts";

/** Bit of `CAP_SYS_PTRACE` in capability sets, `capabilities(7)`. */
const CAP_SYS_PTRACE = 19n;
const SECCOMP_FILTER = 2;
/** EAGAIN, ENOMEM, ENFILE, EMFILE: what is missing is ours, and nobody denied anything. */
const SHORTAGES: readonly number[] = [11, 12, 23, 24];

/** What is looked at; tests hand in tables. */
export interface AccessOptions extends ErrorOptions {
  /** Reads a file; throws when it cannot. */
  readonly readText?: ReadText;
  /** The names in a folder; none where it cannot be read. */
  readonly list?: (folder: string) => readonly string[];
  /** The user id that owns a file, or null. */
  readonly ownerOf?: (path: string) => number | null;
}

/** What the rules below see of the two processes. */
interface Situation {
  readonly own: ProcessStatus;
  readonly target: ProcessStatus;
  /** Owner of `/proc/PID`: 0 for a process that is not dumpable. */
  readonly owner: number | null;
  /** `kernel.yama.ptrace_scope`, 0 where there is no Yama. */
  readonly ptraceScope: number;
  /** Whether austinp is in a user namespace other than the first. */
  readonly nested: boolean;
}

/**
 * The error that says why process `pid` may not be traced and what to do, to be thrown by the caller. To be asked after
 * an attempt has failed: it names the likeliest reason even where it finds none for certain.
 */
export function explainDenied(pid: Pid, options: AccessOptions = {}): AustinpError {
  const { readText = Deno.readTextFileSync, list = namesIn, ownerOf = fileOwner } = options;
  const text = readTextOrNull(`/proc/${pid}/status`, readText);
  if (text === null) return new NoSuchProcessError(pid, options);
  const target = parseStatus(text);
  const tracer = target.tracer || tracerOfThreads(pid, { readText, list });
  if (tracer !== 0) {
    const tracerName = readTextOrNull(`/proc/${tracer}/comm`, readText)?.trim() ?? "unknown";
    return new AlreadyTracedError(pid, tracer, tracerName, options);
  }
  const own = parseStatus(readTextOrNull("/proc/self/status", readText) ?? "");
  const situation = {
    own,
    target,
    owner: ownerOf(`/proc/${pid}`),
    ptraceScope: ptraceScope(readText),
    nested: isInUserNamespace(readText),
  };
  return new PermissionError(pid, advise(situation), options);
}

/** What to throw where an attempt at process `pid` has failed: why it was denied, or the error itself if nobody did. */
export function explainFailure(pid: Pid, error: unknown): unknown {
  const isDenial = error instanceof ShimError && !SHORTAGES.includes(error.errno);
  return isDenial ? explainDenied(pid, { cause: error }) : error;
}

/** What this process may do, in words: `user 1000, without CAP_SYS_PTRACE, ptrace_scope 1`. */
export function describeOwnRights({ readText = Deno.readTextFileSync }: AccessOptions = {}): string {
  const own = parseStatus(readTextOrNull("/proc/self/status", readText) ?? "");
  const parts = [`user ${own.uids[1]}`, `${hasCapability(own, CAP_SYS_PTRACE) ? "with" : "without"} CAP_SYS_PTRACE`];
  if (isInUserNamespace(readText)) parts.push("in a user namespace");
  if (own.seccomp === SECCOMP_FILTER) parts.push("under a seccomp filter");
  const scope = readTextOrNull("/proc/sys/kernel/yama/ptrace_scope", readText);
  parts.push(scope === null ? "no Yama" : `kernel.yama.ptrace_scope ${scope.trim()}`);
  return parts.join(", ");
}

/** Whether this process may trace whatever its user namespace holds. */
export function hasTraceCapability({ readText = Deno.readTextFileSync }: AccessOptions = {}): boolean {
  return hasCapability(parseStatus(readTextOrNull("/proc/self/status", readText) ?? ""), CAP_SYS_PTRACE);
}

/** `kernel.yama.ptrace_scope`, 0 where there is no Yama. */
function ptraceScope(readText: ReadText): number {
  return Number(readTextOrNull("/proc/sys/kernel/yama/ptrace_scope", readText) ?? "0");
}

/** Who traces a thread other than the main one, as a debugger may; 0 for nobody. */
function tracerOfThreads(pid: Pid, { readText, list }: Required<Pick<AccessOptions, "readText" | "list">>): Pid {
  for (const tid of list(`/proc/${pid}/task`)) {
    const text = readTextOrNull(`/proc/${pid}/task/${tid}/status`, readText);
    const tracer = text === null ? 0 : parseStatus(text).tracer;
    if (tracer !== 0) return tracer;
  }
  return 0;
}

function advise(situation: Situation): string {
  const { own, target, ptraceScope } = situation;
  if (target.kernelThread) return "it is a thread of the kernel and runs no program";
  if (target.state === "Z") return "it has ended and waits for its parent to collect it (zombie)";
  if (target.pid !== 0 && target.pid === own.pid) return "a process cannot trace itself";
  if (ptraceScope >= 3) {
    return "kernel.yama.ptrace_scope is 3, which forbids tracing for everyone until the next boot; " +
      "set it to 0 or 1 in /etc/sysctl.d and reboot";
  }
  return hasCapability(own, CAP_SYS_PTRACE) ? adviseCapable(situation) : adviseIncapable(situation);
}

/** CAP_SYS_PTRACE is there and it was still denied. */
function adviseCapable({ own, nested }: Situation): string {
  if (own.seccomp === SECCOMP_FILTER) return adviseSeccomp("--security-opt seccomp=unconfined");
  if (nested) {
    return "CAP_SYS_PTRACE is there, but only in austinp's own user namespace, and the process belongs to another " +
      "user namespace; run austinp as root on the host, or in that one: nsenter --target PID --user --preserve-credentials";
  }
  return "CAP_SYS_PTRACE is there but does not count for it: it belongs to another user namespace, or a security " +
    "module (AppArmor, SELinux) forbids it; run austinp on the host, or see the kernel log for the denial";
}

/** What counts without CAP_SYS_PTRACE: same ids, no more capabilities, dumpable, then Yama, then seccomp. */
function adviseIncapable({ own, target, owner, ptraceScope }: Situation): string {
  const raise = howToRaise(own);
  const uid = own.uids[0];
  const stranger = target.uids.find((id) => id !== uid);
  if (stranger !== undefined) {
    return `it belongs to user ${stranger}, austinp runs as user ${uid}, without CAP_SYS_PTRACE; ` +
      `run austinp as the same user, or ${raise}`;
  }
  if (target.gids.some((id) => id !== own.gids[0])) {
    return `it runs with another group (${target.gids.join(", ")}), and CAP_SYS_PTRACE is missing; ${raise}`;
  }
  if ((target.permittedCapabilities & ~own.effectiveCapabilities) !== 0n) {
    return `it has capabilities that austinp has not, and CAP_SYS_PTRACE is missing; ${raise}`;
  }
  if (owner === 0 && uid !== 0) {
    return `it is not dumpable (prctl(2) PR_SET_DUMPABLE, or a program that may not be read), ` +
      `and CAP_SYS_PTRACE is missing; ${raise}`;
  }
  if (ptraceScope === 2) return `kernel.yama.ptrace_scope is 2, which asks for CAP_SYS_PTRACE; ${raise}`;
  if (ptraceScope === 1) {
    return `kernel.yama.ptrace_scope is 1, which lets a process trace its own children only; ${raise}, ` +
      "or sysctl kernel.yama.ptrace_scope=0, or let austinp start the program";
  }
  if (own.seccomp === SECCOMP_FILTER) return adviseSeccomp("--cap-add SYS_PTRACE");
  return `CAP_SYS_PTRACE is missing; ${raise}`;
}

function adviseSeccomp(option: string): string {
  return "a seccomp filter, as containers have by default, does not let austinp trace; " +
    `start the container with ${option}`;
}

/** Root without the capability is what containers give; everyone else can ask for root. */
function howToRaise(own: ProcessStatus): string {
  return own.uids[1] === 0 ? "start the container with --cap-add SYS_PTRACE" : "run austinp with sudo";
}

function hasCapability(status: ProcessStatus, bit: bigint): boolean {
  return (status.effectiveCapabilities >> bit) % 2n === 1n;
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}

function fileOwner(path: string): number | null {
  try {
    return Deno.statSync(path).uid;
  } catch {
    return null;
  }
}
