/**
 * What differs between the C libraries that an interpreter may run with, as far as it is looked at: where they keep the
 * system's id of a thread, from pthread_self() on. Up to CPython 3.10 nothing else tells which thread is whose.
 * @module
 */

import type { ByteCount } from "../types.ts";

/** In glibc's `struct pthread` (nptl/descr.h); seen in 2.31 to 2.43. */
export const GLIBC_TID: ByteCount = 720;
/** In musl's (src/internal/pthread_impl.h), since 1.1.20. */
export const MUSL_TID: ByteCount = 48;

/** musl is its own dynamic linker: Alpine has it by that name, Debian by the other, which in glibc is no library. */
const MUSL = /\/(ld-musl-\w+\.so\.1|libc\.so)$/;

/** Where the C library among these files, which a process has mapped, keeps the id of a thread. */
export function descriptorTid(paths: readonly string[]): ByteCount {
  return paths.some((path) => MUSL.test(path)) ? MUSL_TID : GLIBC_TID;
}
