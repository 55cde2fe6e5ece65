/**
 * Fetches the programs that read what austinp writes, for the tests: speedscope, Firefox Profiler's command line, a decoder
 * of pprof's format, and a browser without a screen for what is a page. From npm, as tools/clients/package-lock.json pins them.
 *
 *     deno run -A tools/clients.ts [--if-possible]
 *
 * With --if-possible, clients that cannot be had are reported, not an error. Out: .toolchain/clients/: node_modules/; and
 * browser/, with the browser unpacked, the libraries that it brings and its fonts.
 * @module
 */

import { brotliDecompressSync } from "node:zlib";
import { exists, run } from "./debian.ts";

/** Where they are. */
export const CLIENTS = new URL("../.toolchain/clients", import.meta.url).pathname;
const SOURCE = new URL("./clients/", import.meta.url).pathname;
/** Parts of the browser's package beside the executable. */
const PARTS = ["al2023.tar.br", "swiftshader.tar.br", "fonts.tar.br"];

/** What is fetched is told by the lock file that it was fetched by. */
function isCurrent(): boolean {
  const lock = `${CLIENTS}/package-lock.json`;
  return exists(lock) && Deno.readTextFileSync(lock) === Deno.readTextFileSync(`${SOURCE}/package-lock.json`);
}

function fetchClients(): void {
  // npm does not find its way through symbolic links.
  const folder = Deno.realPathSync(new URL("../.toolchain", import.meta.url));
  const scratch = Deno.makeTempDirSync({ dir: folder, prefix: ".clients-" });
  try {
    for (const name of ["package.json", "package-lock.json"]) Deno.copyFileSync(SOURCE + name, `${scratch}/${name}`);
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
    run("npm", ["ci", "--prefix", scratch, ...flags]);
    unpackBrowser(`${scratch}/node_modules/@sparticuz/chromium/bin`, `${scratch}/browser`);
    if (exists(CLIENTS)) Deno.removeSync(CLIENTS, { recursive: true });
    Deno.renameSync(scratch, CLIENTS);
  } catch (error) {
    Deno.removeSync(scratch, { recursive: true });
    throw error;
  }
}

function unpackBrowser(from: string, into: string): void {
  Deno.mkdirSync(`${into}/lib`, { recursive: true });
  for (const name of PARTS) {
    const tar = `${into}/part.tar`;
    Deno.writeFileSync(tar, unpacked(`${from}/${name}`));
    run("tar", ["-xf", tar, "-C", into]);
    Deno.removeSync(tar);
  }
  Deno.writeFileSync(`${into}/chromium`, unpacked(`${from}/chromium.br`), { mode: 0o755 });
  // 64 MB that nothing reads again.
  Deno.removeSync(from, { recursive: true });
}

function unpacked(path: string): Uint8Array {
  const bytes = brotliDecompressSync(Deno.readFileSync(path));
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

async function main(args: readonly string[]): Promise<number> {
  if (isCurrent()) return 0;
  using lock = await Deno.open(`${CLIENTS}.lock`, { create: true, write: true });
  await lock.lock(true); // another run may be fetching the same
  if (isCurrent()) return 0;
  const start = performance.now();
  try {
    fetchClients();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(`clients: ${error.message}`);
    return args.includes("--if-possible") ? 0 : 1;
  }
  console.error(`clients: fetched in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
