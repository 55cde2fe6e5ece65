/**
 * Unpacks musl, another C library than glibc, to test against: .toolchain/musl/root, as Debian builds it.
 *
 *     deno run -A tools/musl.ts [--if-possible]
 *
 * With --if-possible it is reported, not an error, when it cannot be had. What is there is left alone. Nothing of the host
 * is changed; see tools/debian.ts.
 * @module
 */

import { exists, Suite } from "./debian.ts";

const FOLDER = new URL("../.toolchain/musl", import.meta.url).pathname;
const SUITE = "bookworm";

/** What a program needs to be built with musl, and to run with it. */
export interface Musl {
  /** Where its headers are. */
  readonly headers: string;
  /** Where crt1.o, crti.o, crtn.o and libc.so are, the last of which is the dynamic linker too. */
  readonly libraries: string;
}

/** musl, where it was unpacked; null where it was not. */
export function unpackedMusl(): Musl | null {
  const root = `${FOLDER}/root`;
  if (!exists(root)) return null;
  return { headers: `${root}/usr/include/x86_64-linux-musl`, libraries: `${root}/usr/lib/x86_64-linux-musl` };
}

function unpack(): void {
  Deno.mkdirSync(FOLDER, { recursive: true });
  const scratch = Deno.makeTempDirSync({ dir: FOLDER, prefix: ".fetch-" });
  try {
    const suite = new Suite(SUITE, `${scratch}/${SUITE}`);
    suite.unpack(suite.resolve(["musl-dev"]), `${scratch}/root`);
    // The link for programs that are built has a path below /lib, which on the host is none.
    const libraries = `${scratch}/root/usr/lib/x86_64-linux-musl`;
    if (exists(`${libraries}/libc.so`)) Deno.removeSync(`${libraries}/libc.so`);
    Deno.copyFileSync(`${scratch}/root/lib/x86_64-linux-musl/libc.so`, `${libraries}/libc.so`);
    Deno.chmodSync(`${libraries}/libc.so`, 0o755);
    Deno.renameSync(`${scratch}/root`, `${FOLDER}/root`);
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

function main(args: readonly string[]): number {
  if (unpackedMusl() !== null) return 0;
  try {
    unpack();
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`musl: ${error.message}`);
    return args[0] === "--if-possible" ? 0 : 1;
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
