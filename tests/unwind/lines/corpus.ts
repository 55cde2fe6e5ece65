/**
 * Programs with debug information of every kind, built by the compilers of this machine, and what addr2line has to say
 * about them.
 * @module
 */

import { unpackedDwz } from "../../../tools/packages.ts";
import type { FileAddress } from "../../../src/types.ts";
import { functionsOf, run } from "../support.ts";

const FIXTURES = new URL("../../fixtures/lines", import.meta.url).pathname;

/** Builds a program from a source of tests/fixtures/lines; returns its path. */
export function compile(folder: string, source: string, flags: readonly string[]): string {
  const path = `${folder}/${source}.${flags.join("")}`.replaceAll("=", "-");
  run(
    source.endsWith(".c") ? "gcc" : "g++",
    "-g",
    "-O2",
    ...flags,
    "-Wl,--build-id=sha1",
    "-o",
    path,
    `${FIXTURES}/${source}`,
  );
  return path;
}

/** The same from a source in Rust; null where there is no rustc, which is said. */
export function compileRust(folder: string, source: string): string | null {
  const path = `${folder}/${source}.bin`;
  try {
    run("rustc", "-g", "-O", "-C", "link-arg=-Wl,--build-id=sha1", "-o", path, `${FIXTURES}/${source}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: no rustc");
    return null;
  }
  return path;
}

/** Starts dwz, this machine's or Debian's; null where there is none, which is said. */
export function findDwz(): ((...args: string[]) => void) | null {
  const unpacked = unpackedDwz();
  const candidates: [string, Record<string, string>][] = [["dwz", {}]];
  if (unpacked !== null) candidates.push([unpacked.path, { LD_LIBRARY_PATH: unpacked.libraries }]);
  for (const [program, env] of candidates) {
    const start = (...args: string[]) => new Deno.Command(program, { args, env, stdout: "null" }).outputSync().success;
    try {
      if (!start("--version")) continue;
    } catch {
      continue;
    }
    return (...args) => {
      if (!start(...args)) throw new Error(`dwz ${args.join(" ")} fails`);
    };
  }
  console.log("skipped: no dwz; deno run -A tools/packages.ts");
  return null;
}

/** Addresses of code: of each function some, the first and the last among them. */
export function codeAddresses(path: string, step = 3): FileAddress[] {
  return functionsOf(path).flatMap(({ start, end }) =>
    Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => start + i * step)
  );
}

/**
 * What addr2line says of each address: `function file:line` for each call, innermost first; empty without a line.
 *
 * It is asked about a copy without symbols: where there are some, it gives an inlined function that has no linkage name
 * (a template's in a namespace) the name of the symbol around it. And without compression: of two calls with the very
 * same range it takes the one that it has read to the higher address for the inner one, which is the one that comes
 * later, as long as it frees nothing in between.
 */
export function addr2line(path: string, addresses: readonly FileAddress[]): string[][] {
  const copy = `${path}.oracle`;
  run("objcopy", "--decompress-debug-sections", path, copy);
  run("objcopy", "--strip-all", "--keep-section=.debug*", copy);
  const words = addresses.map((address) => address.toString(16));
  const lines = run("addr2line", "-a", "-i", "-f", "-e", copy, ...words).trimEnd().split("\n");
  const answers: string[][] = [];
  for (let i = 0; i < lines.length;) {
    if (lines[i].startsWith("0x")) {
      answers.push([]);
      i++;
      continue;
    }
    const place = lines[i + 1].replace(/ \(discriminator \d+\)$/, "").replace(/:\?$/, ":0");
    if (place !== "??:0") answers.at(-1)!.push(`${lines[i].replace("??", "")} ${place}`);
    i += 2;
  }
  return answers;
}
