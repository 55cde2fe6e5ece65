/**
 * gdb as an oracle: the native stacks that it sees.
 * @module
 */

import assert from "node:assert/strict";
import { patiently } from "./target.ts";

/** Where a frame is. */
export interface GdbFrame {
  readonly pc: number;
  /** As it was in this frame when it called the next one. */
  readonly sp: number;
  /** Name of the function, without those that were inlined; null where gdb knows none. */
  readonly name: string | null;
}

const SCRIPT = new URL("gdb_stacks.py", import.meta.url).pathname;
const SETTINGS = ["debuginfod enabled off", "auto-load off", "pagination off", "confirm off", "backtrace past-main on"];
const QUIET = ["-nx", "-batch", ...SETTINGS.flatMap((setting) => ["-iex", `set ${setting}`])];

/** Whether there is a gdb that runs Python. */
export const HAS_GDB = isInstalled();

/** The native frames of each thread of a process, by thread id, innermost first. */
export async function gdbStacks(pid: number): Promise<Map<number, GdbFrame[]>> {
  const command = new Deno.Command("gdb", { args: [...QUIET, "-p", `${pid}`, "-x", SCRIPT], stdin: "null" });
  const output = await patiently(command.output(), "gdb");
  const text = new TextDecoder().decode(output.stdout);
  const stacks = new Map<number, GdbFrame[]>();
  for (const [, tid, pc, sp, name] of text.matchAll(/^frame (\d+) (\d+) (\d+) (.*)$/gm)) {
    const frames = stacks.get(Number(tid)) ?? [];
    stacks.set(Number(tid), frames);
    frames.push({ pc: Number(pc), sp: Number(sp), name: name === "None" ? null : name });
  }
  assert.ok(stacks.size > 0, `gdb: ${text}\n${new TextDecoder().decode(output.stderr)}`);
  return stacks;
}

function isInstalled(): boolean {
  try {
    const args = ["-nx", "-batch", "-ex", "python print('yes')"];
    const { stdout } = new Deno.Command("gdb", { args, stdin: "null", stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).includes("yes");
  } catch {
    return false;
  }
}
