/**
 * A program in namespaces of its own, as containers are made of: built by unshare(1), seen from outside.
 * @module
 */

import { until } from "./proc.ts";
import type { Python } from "./pythons.ts";
import { Target } from "./target.ts";

/** Mount and pid namespaces with a /proc of their own: what every container has. Ends with unshare(1), by --kill-child. */
export const CONTAINER = [
  "unshare",
  "--mount",
  "--propagation",
  "private",
  "--pid",
  "--fork",
  "--kill-child",
  "--mount-proc",
];

/** The same in a user namespace whose root is who starts it: a rootless container. */
export const ROOTLESS = ["unshare", "--user", "--map-root-user", ...CONTAINER.slice(1)];

/** Why there are none on this machine; null if there are. */
export function withoutContainers(): string | null {
  if (Deno.uid() !== 0) return "not root";
  const [program, ...args] = [...ROOTLESS, "true"];
  try {
    return new Deno.Command(program, { args, stderr: "null" }).outputSync().success ? null : "no namespaces";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "no unshare(1)";
    throw error;
  }
}

/** A program in a container. */
export class Contained implements AsyncDisposable {
  private constructor(readonly target: Target, readonly pid: number) {}

  /** Starts a program of tests/fixtures/ there; `prefix` ends in what unshares. */
  static async start(
    python: Python,
    program: string,
    { prefix, args, env }: {
      prefix: readonly string[];
      args?: readonly string[];
      env?: Readonly<Record<string, string>>;
    },
  ): Promise<Contained> {
    const target = await Target.start(python, program, { prefix, args, env });
    let pid = 0;
    await until(() => (pid = childOf(target.pid)) !== 0, "unshare(1) has a child");
    return new Contained(target, pid);
  }

  /** How to run something from a sidecar: in its pid namespace, with mounts and a root of one's own. */
  get sidecar(): string[] {
    return ["nsenter", `--target=${this.pid}`, "--pid", "unshare", "--mount", "--mount-proc"];
  }

  /** How to run something inside. */
  get inside(): string[] {
    return ["nsenter", `--target=${this.pid}`, "--pid", "--mount"];
  }

  /** Ends it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.target[Symbol.asyncDispose]();
  }
}

/** The child of a process that has one at most; 0 where it has none. */
export function childOf(pid: number): number {
  return Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
}
