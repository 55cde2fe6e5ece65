/**
 * austinp: what a Python process is really doing. Native, Python and kernel frames in one stack, sampled from
 * outside by ptrace.
 *
 * As a library: {@linkcode where} dumps a process, {@linkcode sample} gives its samples one after another.
 * As a program: `austinp --help`.
 *
 * @example
 * ```ts
 * import { sample, where } from "./mod.ts";
 *
 * for (const thread of (await where(pid)).threads) console.log(thread.tid, thread.stack.frames.at(-1));
 * for await (const { tid, stack, time } of sample(pid, { interval: 1000 })) console.log(tid, time, stack.frames.length);
 * ```
 * @module
 */

import { SYSLOG_SOCKET } from "./src/cli/log.ts";
import type { RecordedModulesOptions } from "./src/unwind/lines/recorded_modules.ts";
import { main } from "./src/cli/main.ts";
import { sendDatagram } from "./src/ffi/datagram.ts";
import { check } from "./src/sampler/check.ts";
import { TextResolver } from "./src/sampler/resolve.ts";
import { attach, type AttachOptions, launch } from "./src/sampler/start.ts";
import { where as takeDump, whereFamily, type WhereOptions } from "./src/sampler/where.ts";
import { readableName } from "./src/unwind/readable_names.ts";
import type { Dump, Pid, Sample } from "./src/types.ts";

export * from "./src/errors.ts";
export { type NameStyle, readableName } from "./src/unwind/readable_names.ts";
export type { RunOptions } from "./src/sampler/run_options.ts";
export type { AttachOptions } from "./src/sampler/start.ts";
export type { WhereOptions } from "./src/sampler/where.ts";
export type * from "./src/types.ts";

const DEFAULTS: AttachOptions = {
  interval: 10_000,
  kernel: false,
  timeout: 1_000_000,
  skipIdle: false,
  gc: false,
  memory: false,
  children: false,
};

/**
 * What every thread of process `pid` is doing at one instant.
 *
 * @throws {NoSuchProcessError} @throws {NotPythonError} @throws {PermissionError} @throws {UnsupportedVersionError}
 */
export function where(pid: Pid, options: Partial<WhereOptions> = {}): Promise<Dump> {
  return takeDump(pid, { ...DEFAULTS, ...options });
}

/**
 * Samples process `pid`, and its descendants if asked for, until it ends or the loop over the samples is left.
 *
 * @throws {NoSuchProcessError} @throws {NotPythonError} @throws {PermissionError} @throws {UnsupportedVersionError}
 */
export async function* sample(pid: Pid, options: Partial<AttachOptions> = {}): AsyncGenerator<Sample> {
  await using run = await attach(pid, { ...DEFAULTS, ...options });
  for await (const batch of run.batches()) yield* batch;
}

function resolver(options: RecordedModulesOptions): TextResolver {
  return new TextResolver(options);
}

if (import.meta.main) {
  const syslog = (message: Uint8Array) => void sendDatagram(SYSLOG_SOCKET, message);
  const engine = { nameOf: readableName, check, where: takeDump, whereFamily, attach, launch, resolver };
  Deno.exit(await main(Deno.args, { engine, syslog }));
}
