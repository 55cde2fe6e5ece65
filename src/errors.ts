/**
 * The expected failures, one class each, with the data that advice needs. `src/cli/main.ts` alone turns them
 * into exit codes; messages here already say what to do.
 * @module
 */

import type { Address, ByteCount, Pid } from "./types.ts";

/** Base of every failure that a user can do something about. */
export class AustinpError extends Error {
  /** The name of this class. */
  override name = "AustinpError";
}

/** A malformed command line. */
export class UsageError extends AustinpError {
  /** The name of this class. */
  override name = "UsageError";
}

/** There is no such process. */
export class NoSuchProcessError extends AustinpError {
  /** The name of this class. */
  override name = "NoSuchProcessError";
  /** Says what was tried and what stands in the way. */
  constructor(readonly pid: Pid, options?: ErrorOptions) {
    super(`Cannot attach to process ${pid}: no process has this id`, options);
  }
}

/** No CPython interpreter was found in the process within the timeout. */
export class NotPythonError extends AustinpError {
  /** The name of this class. */
  override name = "NotPythonError";
  /** Says what was tried and what stands in the way. */
  constructor(readonly pid: Pid, detail: string, options?: ErrorOptions) {
    super(`Process ${pid} is not a Python process: ${detail}`, options);
  }
}

/** Neither the process nor any of its descendants is a Python process. */
export class NoPythonFamilyError extends NotPythonError {
  /** The name of this class. */
  override name = "NoPythonFamilyError";
}

/** The process may not be traced or read. */
export class PermissionError extends AustinpError {
  /** The name of this class. */
  override name = "PermissionError";
  /** Says what was tried and what stands in the way. */
  constructor(readonly pid: Pid, readonly advice: string, options?: ErrorOptions) {
    super(`Insufficient permissions to trace process ${pid}: ${advice}`, options);
  }
}

/** Another tracer (a debugger, strace) holds the process. */
export class AlreadyTracedError extends PermissionError {
  /** The name of this class. */
  override name = "AlreadyTracedError";
  /** Says what was tried and what stands in the way. */
  constructor(pid: Pid, readonly tracer: Pid, tracerName: string, options?: ErrorOptions) {
    super(pid, `it is already traced by process ${tracer} (${tracerName}); end that first`, options);
  }
}

/** A CPython whose layout this program does not know. */
export class UnsupportedVersionError extends AustinpError {
  /** The name of this class. */
  override name = "UnsupportedVersionError";
  /** Says what was tried and what stands in the way. */
  constructor(readonly pid: Pid, readonly version: string, supported: string, options?: ErrorOptions) {
    super(`Process ${pid} runs CPython ${version}, which is not supported; supported are ${supported}`, options);
  }
}

/** The program could not be started, or ended before an interpreter was found in it. */
export class LaunchError extends AustinpError {
  /** The name of this class. */
  override name = "LaunchError";
}

/** The samples cannot be written. */
export class OutputError extends AustinpError {
  /** The name of this class. */
  override name = "OutputError";
}

/** Nobody reads the samples any more: the pipe's other end is closed. */
export class ClosedOutputError extends OutputError {
  /** The name of this class. */
  override name = "ClosedOutputError";
}

/** What was recorded cannot be read on from here. */
export class InputError extends AustinpError {
  /** The name of this class. */
  override name = "InputError";
  /** `offset` is where in the input. */
  constructor(message: string, readonly offset: ByteCount, options?: ErrorOptions) {
    super(message, options);
  }
}

/** A call into the shim failed with an errno. */
export class ShimError extends AustinpError {
  /** The name of this class. */
  override name = "ShimError";
  /** Says what was tried and what stands in the way. */
  constructor(action: string, readonly errno: number, options?: ErrorOptions) {
    super(`Cannot ${action}: ${errnoName(errno)}`, options);
  }
}

/** Bytes of the target that had to be readable were not. */
export class ReadError extends AustinpError {
  /** The name of this class. */
  override name = "ReadError";
  /** Says what was tried and what stands in the way. */
  constructor(readonly address: Address, size: number, pid: Pid, options?: ErrorOptions) {
    super(`Cannot read ${size} bytes at 0x${address.toString(16)} of process ${pid}`, options);
  }
}

const ERRNO_NAMES: Readonly<Record<number, string>> = {
  1: "EPERM",
  2: "ENOENT",
  3: "ESRCH",
  4: "EINTR",
  5: "EIO",
  8: "ENOEXEC",
  9: "EBADF",
  10: "ECHILD",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  16: "EBUSY",
  17: "EEXIST",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  23: "ENFILE",
  24: "EMFILE",
  27: "EFBIG",
  28: "ENOSPC",
  32: "EPIPE",
  36: "ENAMETOOLONG",
  38: "ENOSYS",
  40: "ELOOP",
};

/** The symbolic name of an errno value of Linux x86-64 (asm-generic/errno-base.h). */
export function errnoName(errno: number): string {
  return ERRNO_NAMES[errno] ?? `errno ${errno}`;
}
