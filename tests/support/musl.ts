/**
 * Programs and libraries with musl for their C library, which tools/packages.ts has unpacked.
 * @module
 */

import { unpackedMusl } from "../../tools/packages.ts";
import { buildC } from "./c_program.ts";

/** Where it is; null where it was not unpacked. */
export const MUSL = unpackedMusl();

/** Stands in the name of a test that is skipped; empty where none is. */
export const WITHOUT_MUSL = MUSL === null ? " (skipped: no musl; deno run -A tools/packages.ts)" : "";

/** What is built. */
export interface MuslOptions {
  /** A library, or a program at an address of its own choice or at any. */
  readonly kind: "shared" | "fixed" | "pie";
  /** Where the dynamic linker is, as the program sees it; by default where it was unpacked. */
  readonly linker?: string;
  readonly flags?: readonly string[];
}

/** As `buildC()`, of one source. */
export function buildWithMusl(name: string, source: string, { kind, linker, flags = [] }: MuslOptions): string {
  const { headers, libraries } = MUSL!;
  const crt = (part: string) => `${libraries}/${part}`;
  const start = { shared: [], fixed: ["-no-pie", crt("crt1.o")], pie: ["-pie", "-fPIE", crt("Scrt1.o")] }[kind];
  const all = ["-O1", "-nostdinc", "-isystem", headers, "-nostdlib", ...start, crt("crti.o"), ...flags];
  if (kind === "shared") all.push("-shared", "-fPIC");
  all.push(`-L${libraries}`, "-lc", crt("crtn.o"), `-Wl,-dynamic-linker,${linker ?? crt("libc.so")}`);
  return buildC(name, [source], all);
}
