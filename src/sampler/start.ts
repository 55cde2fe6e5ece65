/**
 * Starts sampling: of a process that runs, or of a program that is launched for it.
 * @module
 */

import { LaunchError, NoPythonFamilyError, NoSuchProcessError, ShimError } from "../errors.ts";
import { Child } from "../ffi/child.ts";
import { explainFailure } from "../kernel/access.ts";
import { warnWithoutKernel } from "../kernel/kernel_stack.ts";
import type { Pid } from "../types.ts";
import { FamilyRun } from "./family.ts";
import { SamplingRun } from "./run.ts";
import { type RunOptions, watchesGil } from "./run_options.ts";
import type { Target } from "./target.ts";
import { findTarget } from "./target_search.ts";
import { warnWithoutCollector } from "./where.ts";

/** How a process, or a family of them, is sampled. */
export interface AttachOptions extends RunOptions {
  /** Whether to sample the descendants too. */
  readonly children?: boolean;
}

/** How a program is started and sampled. */
export interface LaunchOptions extends AttachOptions {
  /** Gives the program /dev/null for its standard output, because ours carries samples. */
  readonly discardStdout: boolean;
  /** Aborted with a signal's name while the program starts, it passes that signal on to it. */
  readonly abort?: AbortSignal;
}

/**
 * Samples process `pid`.
 *
 * @throws {NoSuchProcessError} @throws {NotPythonError} @throws {PermissionError} @throws {UnsupportedVersionError}
 */
export async function attach(pid: Pid, options: AttachOptions): Promise<SamplingRun | FamilyRun> {
  if (options.children) return await FamilyRun.start(pid, options);
  const { timeout, warn } = options;
  const target = await findTarget(pid, { timeout, gil: watchesGil(options), warn });
  return startRun(target, options, null);
}

/**
 * Starts `command` and samples it from its first Python frame on.
 *
 * Where that cannot be, the program is told to terminate.
 *
 * @throws {LaunchError} if it cannot be executed, or ends before there is an interpreter in it
 * @throws {NotPythonError} if there is none in time @throws {PermissionError} @throws {UnsupportedVersionError}
 */
export async function launch(
  command: readonly string[],
  options: LaunchOptions,
): Promise<SamplingRun | FamilyRun> {
  const child = new Child(command, options.discardStdout);
  options.abort?.addEventListener("abort", () => child.signal(options.abort!.reason), { once: true });
  return options.children ? await launchFamily(child, options) : await launchOne(child, options);
}

async function launchFamily(child: Child, options: LaunchOptions): Promise<FamilyRun> {
  try {
    return await FamilyRun.start(child.pid, options, child);
  } catch (error) {
    if (child.ended && error instanceof NoPythonFamilyError) throw endedEarly(child, error);
    child.signal("SIGTERM");
    throw error;
  }
}

async function launchOne(child: Child, options: LaunchOptions): Promise<SamplingRun> {
  let target: Target;
  try {
    const { timeout, warn } = options;
    const gil = watchesGil(options);
    target = await findTarget(child.pid, { timeout, gil, warn, isNew: true, onPause: () => requireAlive(child) });
  } catch (error) {
    if (error instanceof NoSuchProcessError || child.ended) throw endedEarly(child, error);
    child.signal("SIGTERM");
    throw error;
  }
  return startRun(target, options, child);
}

function startRun(target: Target, options: RunOptions, child: Child | null): SamplingRun {
  if (options.kernel) warnWithoutKernel(target.pid, options.warn);
  if (options.gc) warnWithoutCollector(target, options.warn);
  try {
    return new SamplingRun(target, options, child);
  } catch (error) {
    target[Symbol.dispose]();
    if (error instanceof ShimError) {
      child?.signal("SIGTERM");
      throw explainFailure(target.pid, error);
    }
    if (child?.ended) throw endedEarly(child, error);
    throw error;
  }
}

function requireAlive(child: Child): void {
  if (child.ended) throw endedEarly(child);
}

function endedEarly(child: Child, cause?: unknown): LaunchError {
  return new LaunchError(`Cannot launch ${child.command[0]}: it ended too quickly, before an interpreter started`, {
    cause,
  });
}
