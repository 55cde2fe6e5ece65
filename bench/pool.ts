/**
 * What `-b -C` costs the profiler on a multiprocessing pool, second by second, and whether what it writes decodes.
 *
 *     deno run -A bench/pool.ts [WORKERS [busy|idle [SECONDS [INTERVAL]]]]      by default 8 busy 60 1ms
 *
 * @module
 */

import { readMojo } from "../tests/support/mojo.ts";

const [workers = "8", kind = "busy", seconds = "60", interval = "1ms"] = Deno.args;
const AUSTINP = new URL("../dist/austinp", import.meta.url).pathname;
const POOL = new URL("pool.py", import.meta.url).pathname;
/** USER_HZ, in which the kernel tells times. */
const TICKS_PER_SECOND = 100;

const python = new TextDecoder().decode(
  new Deno.Command("python3", { args: ["-c", "import sys; print(sys.executable)"] }).outputSync().stdout,
).trim();
const file = await Deno.makeTempFile({ suffix: ".mojo" });
const args = ["-bCi", interval, "-o", file, python, POOL, workers, kind, seconds];
const child = new Deno.Command(AUSTINP, { args, stderr: "piped", stdout: "null" }).spawn();
const stderr = new Response(child.stderr).text();

console.log("    s   RSS MiB   threads   files   CPU %   of it interpreting %   waiting for a CPU %");
let last = usage();
for (let second = 1; isAlive(); second++) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  if (!isAlive()) break;
  if (second > 3 && second % 10 !== 0) continue;
  const now = usage();
  const shares = [now.all - last.all, now.main - last.main, now.ready - last.ready].map((ns) =>
    Math.round(ns / (now.time - last.time) * 100)
  );
  const row = [second, Math.round(residentBytes() / 2 ** 20), count("task"), count("fd"), ...shares];
  console.log(row.map((value, i) => String(value).padStart([5, 10, 10, 8, 8, 23, 22][i])).join(""));
  last = now;
}
await child.status;
console.log((await stderr).split("\n").filter((line) => /^[A-Z].* {2}/.test(line)).join("\n"));
const { samples } = readMojo(await Deno.readFile(file));
const processes = new Set(samples.map((line) => line.split(";")[0]));
console.log(`MOJO           ${samples.length} samples of ${processes.size} processes decoded`);
await Deno.remove(file);

function read(name: string): string {
  try {
    return Deno.readTextFileSync(`/proc/${child.pid}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function isAlive(): boolean {
  return /\) [^ZX] /.test(read("stat"));
}

/** In ns: CPU time of all threads and of the one that interprets, and how long that one was ready to run and did not. */
function usage(): { time: number; all: number; main: number; ready: number } {
  const fields = read("stat").split(") ")[1]?.split(" ") ?? [];
  const [main, ready] = read(`task/${child.pid}/schedstat`).split(" ").map(Number);
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return { time: performance.now() * 1e6, all: ticks * 1e9 / TICKS_PER_SECOND, main, ready };
}

function residentBytes(): number {
  return Number(read("status").match(/^VmRSS:\s+(\d+)/m)?.[1] ?? 0) * 1024;
}

function count(folder: string): number {
  return [...Deno.readDirSync(`/proc/${child.pid}/${folder}`)].length;
}
