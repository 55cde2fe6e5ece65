/**
 * The executable run with fewer rights than the tests have, which run as root.
 * @module
 */

import { AUSTINP, type RunOptions } from "./austinp.ts";
import type { Python } from "./pythons.ts";
import { fixture } from "./target.ts";

/** System calls by number, and errnos, for {@linkcode withoutCalls}. */
export const PTRACE = 101;
export const PROCESS_VM_READV = 310;
export const EPERM = 1;
export const ENOSYS = 38;

/** Debian's user nobody. */
export const NOBODY = 65534;

/** How to start something as a user without rights, or with this one capability of root's. */
export function asNobody(capability?: string): string[] {
  const ids = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  return capability === undefined
    ? [...ids, "--inh-caps=-all"]
    : [...ids, `--inh-caps=-all,+${capability}`, `--ambient-caps=-all,+${capability}`];
}

/** A copy of the executable where everyone may execute it, as long as it is not disposed. */
export function sharedCopy(): Promise<SharedFile> {
  return share(Deno.copyFile, "/tmp");
}

/** The executable itself, by a path below `dir` on the same file system, where everyone may execute it, until then. */
export function shared(dir = "/tmp"): Promise<SharedFile> {
  return share((from, to) => Deno.link(from, to).catch(() => Deno.copyFile(from, to)), dir);
}

type SharedFile = { readonly path: string } & AsyncDisposable;

async function share(put: (from: string, to: string) => Promise<void>, dir: string): Promise<SharedFile> {
  const folder = await Deno.makeTempDir({ dir, prefix: "austinp-test-" });
  await Deno.chmod(folder, 0o755);
  await put(AUSTINP, `${folder}/austinp`);
  return { path: `${folder}/austinp`, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

/** How to run the executable as such a user. */
export async function runAsNobody(capability?: string): Promise<RunOptions & AsyncDisposable> {
  const executable = await shared();
  return {
    prefix: asNobody(capability),
    program: executable.path,
    [Symbol.asyncDispose]: () => executable[Symbol.asyncDispose](),
  };
}

/** How to run it under a seccomp filter that fails these system calls with these errnos. */
export function withoutCalls(python: Python, calls: Readonly<Record<number, number | undefined>>): RunOptions {
  const rules = Object.entries(calls).map(([number, errno]) => `${number}=${errno}`).join(",");
  return { prefix: [python.path, fixture("seccomp.py"), rules] };
}
