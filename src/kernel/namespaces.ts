/**
 * Whether a process lives in a container: which namespaces and which root it has that are not ours.
 * @module
 */

import type { Pid } from "../types.ts";
import { readTextOrNull } from "./proc_file.ts";
import { parseStatus } from "./status.ts";

/** The kinds that make a container, `namespaces(7)`. */
const KINDS = ["user", "pid", "mnt"] as const;
const NAMES = { user: "user", pid: "pid", mnt: "mount" } as const;
/** The one line of `uid_map` in the first user namespace: all ids are what they are. */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/** What is looked at; tests hand in tables. */
export interface NamespaceReader {
  /** Reads a link; throws where it cannot. */
  readonly readLink?: (path: string) => string;
  /** Reads a file; throws where it cannot. */
  readonly readText?: (path: string) => string;
  /** Device and inode of a file; throws where it cannot be asked for. */
  readonly identity?: (path: string) => string;
}

/** Says in words where process `pid` lives, as far as that may be seen: `in its own pid and mount namespaces`. */
export function describeSurroundings(pid: Pid, reader: NamespaceReader = {}): string {
  const { readLink = Deno.readLinkSync, readText = Deno.readTextFileSync, identity = identityOf } = reader;
  const parts: string[] = [];
  const kinds = KINDS.map((kind) => ({ kind, own: attempt(() => readLink(`/proc/${pid}/ns/${kind}`)) }));
  if (kinds.some(({ own }) => own === null)) parts.push("which namespaces it is in may not be seen");
  const others = kinds.filter(({ kind, own }) =>
    own !== null && own !== attempt(() => readLink(`/proc/self/ns/${kind}`))
  );
  if (others.length > 0) {
    parts.push(`in another ${others.map(({ kind }) => NAMES[kind]).join(", ")} namespace than austinp`);
  }
  const root = attempt(() => identity(`/proc/${pid}/root`));
  if (root !== null && root !== attempt(() => identity("/"))) parts.push("with another root");
  const { namespacePids } = parseStatus(readTextOrNull(`/proc/${pid}/status`, readText) ?? "");
  if (namespacePids.length > 1) parts.push(`where it is process ${namespacePids.at(-1)}`);
  return parts.length === 0 ? "where austinp is, on the host or in the same container" : parts.join(", ");
}

/** Whether we run in a user namespace other than the first, where capabilities count for what belongs to it alone. */
export function isInUserNamespace(readText: (path: string) => string = Deno.readTextFileSync): boolean {
  const map = readTextOrNull("/proc/self/uid_map", readText);
  return map !== null && !ALL_IDS.test(map);
}

function identityOf(path: string): string {
  const { dev, ino } = Deno.statSync(path);
  return `${dev}:${ino}`;
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
