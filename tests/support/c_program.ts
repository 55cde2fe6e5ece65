/**
 * Programs and libraries in C that tests need, built into build/tests/.
 * @module
 */

import { modified } from "../../tools/files.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** Builds sources (relative to the checkout) with gcc and returns the path of the result; one that is newer stays. */
export function buildC(name: string, sources: readonly string[], flags: readonly string[] = []): string {
  const path = `${ROOT}build/tests/${name}`;
  const inputs = sources.map((source) => `${ROOT}${source}`);
  if (modified(path) > Math.max(...inputs.map(modified), modified(new URL(import.meta.url).pathname))) return path;
  Deno.mkdirSync(`${ROOT}build/tests`, { recursive: true });
  const own = `${path}.${Deno.pid}`;
  const args = ["-std=c11", "-D_GNU_SOURCE", "-g", "-pthread", "-Wall", "-Wextra", "-Werror", "-o", own];
  args.push(...inputs.filter((input) => input.endsWith(".c")), ...flags);
  const { success, stderr } = new Deno.Command("gcc", { args, cwd: ROOT }).outputSync();
  if (!success) throw new Error(`Cannot build ${name}: ${new TextDecoder().decode(stderr)}`);
  Deno.renameSync(own, path); // at once: other processes may be using it
  return path;
}

/** A library for ctypes from a source of tests/fixtures/. */
export function buildLibrary(source: string): string {
  return buildC(source.replace(/\.c$/, ".so"), [`tests/fixtures/${source}`], ["-shared", "-fPIC", "-O1"]);
}
