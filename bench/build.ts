/**
 * What is built for the benchmarks, and how their commands are run.
 * @module
 */

/** The checkout, with a slash at its end. */
export const ROOT = new URL("..", import.meta.url).pathname;
/** Where what is built goes. */
export const BUILD = `${ROOT}build/bench`;

/** Builds the library by which a target watches the clock, and returns its path. */
export function watchClock(): Promise<string> {
  return compile("watch_clock.so", ["-shared", "-fPIC", `${ROOT}bench/watch_clock.c`]);
}

/** Builds the null stop, and returns its path. */
export function compileNullStop(): Promise<string> {
  return compile("null_stop", ["-D_GNU_SOURCE", `${ROOT}bench/null_stop.c`]);
}

async function compile(name: string, args: readonly string[]): Promise<string> {
  await Deno.mkdir(BUILD, { recursive: true });
  await run(["gcc", "-O2", "-o", `${BUILD}/${name}`, ...args]);
  return `${BUILD}/${name}`;
}

/** Runs a command to its end. @throws {Error} with what it said, if it fails. */
export async function run([command, ...args]: readonly string[], env: Record<string, string> = {}): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args, env, stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`${command} ${args.join(" ")} failed: ${new TextDecoder().decode(stderr)}`);
}
