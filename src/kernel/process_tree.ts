/**
 * The descendants of processes. In: `/proc/PID/task/TID/children`, one file for each thread, or, where the kernel was
 * built without that (CONFIG_PROC_CHILDREN), `/proc/PID/stat` of every process there is. Out: process ids.
 *
 * Who is orphaned becomes a child of somebody else: whoever was found before its parent ended is to be handed in again
 * as a root. The kernel may leave a child out of the list while one of its siblings ends; the next look has it.
 * @module
 */

import type { Pid } from "../types.ts";
import { readTextOrNull } from "./proc_file.ts";
import { parseStat } from "./stat.ts";

/** What a process tree is read with. */
export interface ProcessTreeOptions {
  /** Reads a file; throws where it cannot. */
  readonly readText?: (path: string) => string;
  /** Names in a folder; throws where it cannot be read. */
  readonly list?: (path: string) => string[];
}

/** The ids in a `children` file. */
export function parseChildren(text: string): Pid[] {
  return text.split(" ").filter((word) => /^\d{1,10}$/.test(word)).map(Number);
}

/** Reads who is whose child. */
export class ProcessTree {
  readonly #readText: (path: string) => string;
  readonly #list: (path: string) => string[];
  readonly #hasChildrenFiles: boolean;

  constructor({ readText = Deno.readTextFileSync, list = namesIn }: ProcessTreeOptions = {}) {
    this.#readText = readText;
    this.#list = list;
    this.#hasChildrenFiles = this.#text("/proc/thread-self/children") !== null;
  }

  /** The descendants of all of `roots`, who are not among them themselves; a parent comes before its children. */
  descendants(roots: Iterable<Pid>): Pid[] {
    const childrenOf = this.#hasChildrenFiles ? (pid: Pid) => this.#children(pid) : this.#childrenByParent();
    const known = new Set(roots);
    const found: Pid[] = [];
    for (const root of [...known]) {
      const waiting = [root];
      for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
        for (const child of childrenOf(pid)) {
          if (known.has(child)) continue;
          known.add(child);
          found.push(child);
          waiting.push(child);
        }
      }
    }
    return found;
  }

  /** A child belongs to the thread that forked it. */
  #children(pid: Pid): Pid[] {
    const threads = this.#names(`/proc/${pid}/task`);
    return threads.flatMap((tid) => parseChildren(this.#text(`/proc/${pid}/task/${tid}/children`) ?? ""));
  }

  #childrenByParent(): (pid: Pid) => readonly Pid[] {
    const children = new Map<Pid, Pid[]>();
    for (const name of this.#names("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const stat = parseStat(this.#text(`/proc/${name}/stat`) ?? "");
      if (stat === null) continue;
      const siblings = children.get(stat.parent);
      if (siblings === undefined) children.set(stat.parent, [stat.pid]);
      else siblings.push(stat.pid);
    }
    return (pid) => children.get(pid) ?? [];
  }

  #text(path: string): string | null {
    return readTextOrNull(path, this.#readText);
  }

  #names(path: string): string[] {
    try {
      return this.#list(path);
    } catch {
      return []; // it has ended
    }
  }
}

function namesIn(path: string): string[] {
  return Array.from(Deno.readDirSync(path), ({ name }) => name);
}
