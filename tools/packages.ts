/**
 * Unpacks what tests need beside Pythons, as Debian builds it: .toolchain/NAME/root.
 *
 *     deno run -A tools/packages.ts [--if-possible]
 *
 * - musl, another C library than glibc
 * - dwz, which moves debug information that several files share to a file of its own
 *
 * With --if-possible it is reported, not an error, when one cannot be had. What is there is left alone. Nothing of the
 * host is changed; see tools/debian.ts.
 * @module
 */

import { exists, Suite } from "./debian.ts";

const TOOLCHAIN = new URL("../.toolchain", import.meta.url).pathname;
const SUITE = "bookworm";

/** One folder of .toolchain. */
interface Unpacked {
  readonly name: string;
  /** Of all that these depend on, those alone that are not the host's own. */
  readonly packages: RegExp;
  readonly wanted: readonly string[];
  /** What is left to be done below the new root. */
  readonly complete?: (root: string) => void;
}

const ALL: readonly Unpacked[] = [
  { name: "musl", wanted: ["musl-dev"], packages: /^musl/, complete: completeMusl },
  { name: "dwz", wanted: ["dwz"], packages: /^(?:dwz|libelf1)$/ },
];

/** What a program needs to be built with musl, and to run with it. */
export interface Musl {
  /** Where its headers are. */
  readonly headers: string;
  /** Where crt1.o, crti.o, crtn.o and libc.so are, the last of which is the dynamic linker too. */
  readonly libraries: string;
}

/** musl, where it was unpacked; null where it was not. */
export function unpackedMusl(): Musl | null {
  const root = rootOf("musl");
  if (!exists(root)) return null;
  return { headers: `${root}/usr/include/x86_64-linux-musl`, libraries: `${root}/usr/lib/x86_64-linux-musl` };
}

/** A program, and where its libraries are. */
export interface Tool {
  readonly path: string;
  readonly libraries: string;
}

/** dwz, where it was unpacked; null where it was not. */
export function unpackedDwz(): Tool | null {
  const root = rootOf("dwz");
  return exists(root) ? { path: `${root}/usr/bin/dwz`, libraries: `${root}/usr/lib/x86_64-linux-gnu` } : null;
}

function rootOf(name: string): string {
  return `${TOOLCHAIN}/${name}/root`;
}

/** The link for programs that are built has a path below /lib, which on the host is none. */
function completeMusl(root: string): void {
  const libraries = `${root}/usr/lib/x86_64-linux-musl`;
  if (exists(`${libraries}/libc.so`)) Deno.removeSync(`${libraries}/libc.so`);
  Deno.copyFileSync(`${root}/lib/x86_64-linux-musl/libc.so`, `${libraries}/libc.so`);
  Deno.chmodSync(`${libraries}/libc.so`, 0o755);
}

function unpack(suite: Suite, { name, wanted, packages, complete }: Unpacked, scratch: string): void {
  const root = `${scratch}/${name}`;
  suite.unpack(suite.resolve(wanted).filter((one) => packages.test(one.name)), root);
  complete?.(root);
  Deno.mkdirSync(`${TOOLCHAIN}/${name}`, { recursive: true });
  Deno.renameSync(root, rootOf(name));
}

function main(args: readonly string[]): number {
  const missing = ALL.filter(({ name }) => !exists(rootOf(name)));
  if (missing.length === 0) return 0;
  Deno.mkdirSync(TOOLCHAIN, { recursive: true });
  const scratch = Deno.makeTempDirSync({ dir: Deno.realPathSync(TOOLCHAIN), prefix: ".packages-" });
  try {
    const suite = new Suite(SUITE, `${scratch}/suite`);
    for (const one of missing) unpack(suite, one, scratch);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`packages: ${error.message}`);
    return args[0] === "--if-possible" ? 0 : 1;
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(main(Deno.args));
