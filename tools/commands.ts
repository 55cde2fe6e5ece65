/**
 * The commands that the build runs.
 * @module
 */

/** Runs a command with our standard streams; ends this process if it fails, as it has said why. */
export function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const options: Deno.CommandOptions = { args: [...args], env, stdout: "inherit", stderr: "inherit" };
  const { code } = new Deno.Command(command, options).outputSync();
  if (code !== 0) Deno.exit(code);
}
