/**
 * Anonymous files in memory (memfd_create(2)), by which libraries are loaded without writing to a disk.
 * @module
 */

/** What this module calls in libc. */
export const MEMFD_SYMBOLS = {
  // int memfd_create(const char *name, unsigned int flags): a file descriptor, or -1
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The functions of {@linkcode MEMFD_SYMBOLS}, bound. */
export type MemfdLibrary = Deno.StaticForeignLibraryInterface<typeof MEMFD_SYMBOLS>;

// linux/memfd.h
const MFD_CLOEXEC = 0x1;
const MFD_NOEXEC_SEAL = 0x8;

/**
 * Puts `bytes` into a new file in memory. `name` is what /proc/PID/maps shows.
 *
 * The file is not marked executable, which mapping its code does not need and which vm.memfd_noexec=2 forbids;
 * kernels before 6.3 do not know that flag.
 *
 * @returns the path of the file for this process, valid until it ends: the descriptor is never closed.
 * @throws {Error} if the kernel gives no such file.
 */
export function createMemoryFile(libc: MemfdLibrary, name: string, bytes: Uint8Array): string {
  const cName = new TextEncoder().encode(`${name}\0`);
  let fd = libc.memfd_create(cName, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
  if (fd < 0) fd = libc.memfd_create(cName, MFD_CLOEXEC);
  if (fd < 0) throw new Error(`Cannot create a file in memory for ${name}: memfd_create failed`);
  const path = `/proc/self/fd/${fd}`;
  Deno.writeFileSync(path, bytes);
  return path;
}
