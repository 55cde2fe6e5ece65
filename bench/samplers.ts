/**
 * What is compared: the null stop, which is the floor; this program; and the peer, Austin's austinp.
 * @module
 */

/** A sampler at work; disposing ends it. */
export interface Sampler {
  readonly name: string;
  /** Starts it on a process and comes back once it samples. Null where it cannot be had. */
  start(pid: number, intervalUs: number): Promise<AsyncDisposable>;
}

const ROOT = new URL("..", import.meta.url).pathname;
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
      return { [Symbol.asyncDispose]: () => end(child, "SIGKILL", () => reader.cancel()) };
    },
  };
}

/** This program. */
export function ours(...options: string[]): Sampler {
  const name = ["this austinp", ...options].join(" ");
  return { name, start: (pid, intervalUs) => startAustin([AUSTINP], options, pid, intervalUs) };
}

/** Debian trixie's austinp 3.7.0 from an unpacked root, started by that root's own dynamic linker; null without one. */
export async function peer(root: string): Promise<Sampler | null> {
  const library = `${root}/usr/lib/x86_64-linux-gnu`;
  try {
    await Deno.stat(`${root}/usr/bin/austinp`);
  } catch {
    return null;
  }
  const command = [`${library}/ld-linux-x86-64.so.2`, "--library-path", library, `${root}/usr/bin/austinp`];
  return {
    name: "austinp 3.7.0",
    start: (pid, intervalUs) => startAustin(command, [], pid, intervalUs),
  };
}

/** Both write a sample as a line that begins with P. */
async function startAustin(
  command: readonly string[],
  options: readonly string[],
  pid: number,
  intervalUs: number,
): Promise<AsyncDisposable> {
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
  return { [Symbol.asyncDispose]: () => end(child, "SIGINT", () => Deno.remove(output)) };
}

async function end(child: Deno.ChildProcess, signal: Deno.Signal, after: () => Promise<void>): Promise<void> {
  child.kill(signal);
  await child.status;
  await after();
}
