/**
 * What is compared: the null stop, which is the floor; this program; and the peers, Austin's austinp and py-spy.
 * @module
 */

import { isFile } from "../tools/files.ts";
import { BUILD, ROOT, run } from "./build.ts";

/** A sampler at work; disposing ends it. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
}

/** A sampler. */
export interface Sampler {
  readonly name: string;
  /** Starts it on a process and comes back once it samples. */
  start(pid: number, intervalUs: number): Promise<Running>;
  /** Command that shows the stacks of a process once; null where it has none. */
  dump?(pid: number): readonly string[];
}

/** Debian trixie, which has the peer. */
const PEER = "py313,austin";
const PEER_ROOT = `${ROOT}.toolchain/pythons/${PEER}/root`;
const PATIENCE_MS = 10_000;
const AUSTINP = `${ROOT}dist/austinp`;

/** Stops and lets go, nothing else. */
export function nullStop(executable: string): Sampler {
  return {
    name: "null stop",
    async start(pid, intervalUs) {
      const command = new Deno.Command(executable, { args: [String(pid), String(intervalUs)], stdout: "piped" });
      const child = command.spawn();
      const reader = child.stdout.getReader();
      if ((await reader.read()).done) throw new Error("the null stop did not start");
      return { pid: child.pid, [Symbol.asyncDispose]: () => end(child, "SIGKILL", () => reader.cancel()) };
    },
  };
}

/** This program. */
export function ours(...options: string[]): Sampler {
  const name = ["this austinp", ...options].join(" ");
  return {
    name,
    start: (pid, intervalUs) => startAustin([AUSTINP], options, { pid, intervalUs }),
    dump: (pid) => [AUSTINP, ...options, "-w", String(pid)],
  };
}

/** The peers that can be had; the others are named on standard error. `python` is whose pip has py-spy. */
export async function peers(python: string): Promise<Sampler[]> {
  const found: Sampler[] = [];
  for (const [name, sampler] of [["austinp", await debianAustinp()], ["py-spy", await pySpy(python)]] as const) {
    if (sampler === null) console.error(`${name} is not compared with: it could not be had`);
    else found.push(sampler);
  }
  return found;
}

/** Debian trixie's austinp 3.7.0 from an unpacked root, started by that root's own dynamic linker. */
async function debianAustinp(): Promise<Sampler | null> {
  await run([Deno.execPath(), "run", "-A", `${ROOT}tools/pythons.ts`, "--if-possible", PEER]);
  const libraries = `${PEER_ROOT}/usr/lib/x86_64-linux-gnu`;
  const program = `${PEER_ROOT}/usr/bin/austinp`;
  if (!isFile(program)) return null;
  const command = [`${libraries}/ld-linux-x86-64.so.2`, "--library-path", libraries, program];
  return {
    name: "austinp 3.7.0",
    start: (pid, intervalUs) => startAustin(command, [], { pid, intervalUs }),
    dump: (pid) => [...command, "-w", String(pid)],
  };
}

/** py-spy with native frames, as pip installs it. */
async function pySpy(python: string): Promise<Sampler | null> {
  const folder = `${BUILD}/py-spy`;
  const program = `${folder}/bin/py-spy`;
  const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder, "py-spy"];
  if (!isFile(program)) await run([python, ...install]).catch(() => {});
  if (!isFile(program)) return null;
  return {
    name: "py-spy --native",
    start: (pid, intervalUs) => startPySpy(program, { pid, intervalUs }),
    dump: (pid) => [program, "dump", "--native", "-p", String(pid)],
  };
}

async function startPySpy(
  program: string,
  { pid, intervalUs }: { pid: number; intervalUs: number },
): Promise<Running> {
  const output = await Deno.makeTempFile({ prefix: "py-spy-bench-" });
  const rate = Math.round(1_000_000 / intervalUs);
  const args = ["record", "--native", "-r", `${rate}`, "-d", "3600", "-f", "raw", "-o", output, "-p", `${pid}`];
  const child = new Deno.Command(program, { args, stdin: "null", stdout: "piped", stderr: "null" }).spawn();
  // It says so before it has read symbols, which takes it up to a second.
  const reader = child.stdout.getReader();
  if ((await reader.read()).done) throw new Error(`py-spy does not sample process ${pid}`);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const after = async () => {
    await reader.cancel();
    await Deno.remove(output);
  };
  return { pid: child.pid, [Symbol.asyncDispose]: () => end(child, "SIGINT", after) };
}

/** Both write a sample as a line that begins with P. */
async function startAustin(
  command: readonly string[],
  options: readonly string[],
  { pid, intervalUs }: { pid: number; intervalUs: number },
): Promise<Running> {
  const output = await Deno.makeTempFile({ prefix: "austinp-bench-" });
  const args = [...command.slice(1), ...options, "-P", "-o", output, "-i", `${intervalUs}us`, "-p", String(pid)];
  const child = new Deno.Command(command[0], { args, stdout: "null", stderr: "piped" }).spawn();
  const stderr = new Response(child.stderr).text();
  let ended = false;
  child.status.then(() => ended = true);
  while (!/^P/m.test(await Deno.readTextFile(output))) {
    if (ended) throw new Error(`${args.join(" ")} ended: ${await stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { pid: child.pid, [Symbol.asyncDispose]: () => end(child, "SIGINT", () => Deno.remove(output)) };
}

async function end(child: Deno.ChildProcess, signal: Deno.Signal, after: () => Promise<void>): Promise<void> {
  try {
    child.kill(signal);
  } catch (cause) {
    await after();
    throw new Error("it has ended by itself", { cause });
  }
  // One that does not come to an end must not hold up the others.
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await child.status;
  clearTimeout(timer);
  await after();
}
