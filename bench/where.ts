/**
 * Measures what one look at a process costs (`-w`): how long it takes from start to exit, with what the kernel has in its
 * cache and without, and for how long the process stands still, as it sees it itself. This program, the peer, and py-spy
 * where pip has it, take turns on the same target: one thread that computes and two that wait.
 *
 *     deno run -A bench/where.ts [ROUNDS [PYTHON [MODULE...]]]      by default 7 /usr/bin/python3, importing nothing
 *
 * As root also with a cold cache, for which that of the whole machine is emptied.
 * @module
 */

import { spread, spreadText } from "./figures.ts";
import { BenchTarget } from "./target.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const BUILD = `${ROOT}build/bench`;
const PEER = "py313,austin";
const PEER_ROOT = `${ROOT}.toolchain/pythons/${PEER}/root`;
const IDLE_THREADS = 2;
const SECONDS = 4;
/** The target notes gaps from here on; those of the machine itself are shorter, mostly. */
const THRESHOLD_NS = 50_000;
/** Lets the target get going, and what was started before it die down. */
const SETTLE_MS = 500;
const PAGE_CACHE = "/proc/sys/vm/drop_caches";

/** A command that looks at a process; its last argument is to be the process's id. */
interface Look {
  readonly name: string;
  readonly command: readonly string[];
}

/** What one look cost, in ms. */
interface Cost {
  readonly elapsed: number;
  readonly stopped: number;
}

async function main([rounds = "7", python = "/usr/bin/python3", ...modules]: readonly string[]): Promise<void> {
  await Deno.mkdir(BUILD, { recursive: true });
  const library = `${BUILD}/watch_clock.so`;
  await run(["gcc", "-O2", "-shared", "-fPIC", "-o", library, `${ROOT}bench/watch_clock.c`]);
  const looks = [{ name: "this austinp -w", command: [`${ROOT}dist/austinp`, "-w"] }, ...await others(python)];
  await using target = await BenchTarget.start(python, library, { idle: IDLE_THREADS, modules });
  for (const isCold of isWritable(PAGE_CACHE) ? [false, true] : [false]) {
    const costs = new Map<string, Cost[]>(looks.map(({ name }) => [name, []]));
    for (let round = 0; round < Number(rounds); round++) {
      for (const look of looks) costs.get(look.name)!.push(await measure(target, look, isCold));
    }
    print(costs, `${isCold ? "Cold" : "Warm"} cache, ${rounds} rounds`);
  }
}

/** The peers that can be had. */
async function others(python: string): Promise<Look[]> {
  const found: Look[] = [];
  await run([Deno.execPath(), "run", "-A", `${ROOT}tools/pythons.ts`, "--if-possible", PEER]);
  const libraries = `${PEER_ROOT}/usr/lib/x86_64-linux-gnu`;
  const peer = [`${libraries}/ld-linux-x86-64.so.2`, "--library-path", libraries, `${PEER_ROOT}/usr/bin/austinp`, "-w"];
  if (exists(peer[3])) found.push({ name: "austinp 3.7.0 -w", command: peer });
  else console.error(`The peer is not compared with: ${PEER_ROOT} could not be had`);

  const folder = `${BUILD}/py-spy`;
  const install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, "py-spy"];
  if (!exists(`${folder}/bin/py-spy`)) await run(install).catch(() => {});
  const spy = [`${folder}/bin/py-spy`, "dump", "--native", "--pid"];
  if (exists(spy[0])) found.push({ name: "py-spy dump --native", command: spy });
  else console.error("py-spy is not compared with: pip does not have it");
  return found;
}

/** Looks at the target once while it watches the clock. What programs keep for later is kept if the cache is warm. */
async function measure(target: BenchTarget, { command }: Look, isCold: boolean): Promise<Cost> {
  const cache = isCold ? await Deno.makeTempDir({ prefix: "austinp-bench-" }) : `${BUILD}/cache`;
  if (isCold) {
    await run(["sync"]);
    await Deno.writeTextFile(PAGE_CACHE, "3\n");
  }
  const watching = target.measure(SECONDS, THRESHOLD_NS);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const start = performance.now();
  await run([...command, String(target.pid)], { XDG_CACHE_HOME: cache });
  const elapsed = performance.now() - start;
  const { gaps } = await watching;
  if (isCold) await Deno.remove(cache, { recursive: true });
  return { elapsed, stopped: Math.max(0, ...gaps) / 1_000_000 };
}

function print(costs: ReadonlyMap<string, readonly Cost[]>, title: string): void {
  console.log(`\n${title}:\n\n| | start to exit, ms | longest gap that the target sees, ms |\n| --- | --- | --- |`);
  for (const [name, all] of costs) {
    const elapsed = spreadText(spread(all.map(({ elapsed }) => elapsed)), 0);
    console.log(`| ${name} | ${elapsed} | ${spreadText(spread(all.map(({ stopped }) => stopped)))} |`);
  }
}

async function run([command, ...args]: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, env, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function isWritable(path: string): boolean {
  try {
    Deno.openSync(path, { write: true }).close();
    return true;
  } catch {
    return false;
  }
}

if (import.meta.main) await main(Deno.args);
