/**
 * A process and its descendants: who is there, and who has an interpreter to be sampled.
 *
 * Each process is looked at when it is found, then ever more rarely, and anew when it executes another program. Who is
 * no Python has children all the same.
 * @module
 */

import { AustinpError, NoSuchProcessError, NotPythonError, PermissionError } from "../errors.ts";
import { ProcessTree } from "../kernel/process_tree.ts";
import type { ProcessStat } from "../kernel/stat.ts";
import type { Pid } from "../types.ts";
import type { Sources } from "./sources.ts";
import { statOf, type Target } from "./target.ts";
import { TargetSearch } from "./target_search.ts";

/** New descendants are looked for this often: all the time that the look takes, but for a fiftieth, is left alone. */
const SCAN_PAUSE_MS = { shortest: 10, longest: 100, timesCost: 50 } as const;

/** A process is looked at again when it is an eighth older than at the last look. */
const LOOK_PAUSE_MS = { shortest: 1, longest: 1000, ofAge: 1 / 8 } as const;

/** What is told of the processes. */
export interface DescendantsOptions {
  /** Whether captures are to tell who holds the GIL and whether the collector runs. */
  readonly gil: boolean;
  /** Told of files that are malformed. */
  readonly warn?: (message: string) => void;
  /** What is read of files is shared by all; outlives every target. */
  readonly sources: Sources;
  /** A process has an interpreter. Takes over the target; what it throws is told to `failed`. */
  readonly found: (target: Target) => void;
  /** A process cannot be sampled, as long as it does not execute another program. */
  readonly failed: (pid: Pid, error: AustinpError) => void;
}

/** One of the processes. */
interface Relative {
  readonly pid: Pid;
  readonly startTicks: number;
  /** Changes when another program is executed. */
  program: string;
  state: "sought" | "found" | "failed";
  search: TargetSearch | null;
  /** When its program began, as far as we saw. */
  since: number;
  nextLook: number;
}

/** Follows a process and its descendants. */
export class Descendants implements Disposable {
  readonly #root: Pid;
  readonly #options: DescendantsOptions;
  readonly #tree: ProcessTree;
  readonly #now: () => number;
  readonly #relatives = new Map<Pid, Relative>();
  #nextScan = 0;
  #foundCount = 0;
  #refusal: AustinpError | null = null;

  /**
   * Begins with process `root`, which nobody has looked at yet. `tree` and the clock `now` (in ms) are the machine's.
   *
   * @throws {NoSuchProcessError} if there is no such process
   */
  constructor(
    root: Pid,
    options: DescendantsOptions,
    { tree = new ProcessTree(), now = () => performance.now() }: { tree?: ProcessTree; now?: () => number } = {},
  ) {
    this.#root = root;
    this.#options = options;
    this.#tree = tree;
    this.#now = now;
    const stat = statOf(root);
    if (stat === null) throw new NoSuchProcessError(root);
    this.#add(stat);
  }

  /** The first process. */
  get pid(): Pid {
    return this.#root;
  }

  /** Why the first process cannot be sampled, though it may be Python. */
  get refusal(): AustinpError | null {
    return this.#refusal;
  }

  /** How many of the processes live; zombies do not. */
  get living(): number {
    return this.#relatives.size;
  }

  /** How many interpreters have been found so far. */
  get foundCount(): number {
    return this.#foundCount;
  }

  /** What is known of the first process: `starting` if it has an interpreter that has not begun. */
  get root(): "sought" | "starting" | "found" | "failed" | "gone" {
    const root = this.#relatives.get(this.#root);
    if (root === undefined) return "gone";
    return root.state === "sought" && root.search?.isStarting ? "starting" : root.state;
  }

  /** Milliseconds until the next step is due. */
  get pause(): number {
    let next = this.#nextScan;
    for (const { state, nextLook } of this.#relatives.values()) if (state === "sought") next = Math.min(next, nextLook);
    return Math.max(LOOK_PAUSE_MS.shortest, next - this.#now());
  }

  /** Looks for new processes, and for interpreters in those that have none, if it is time. */
  step(): void {
    const begin = this.#now();
    if (begin >= this.#nextScan) {
      this.#scan();
      const cost = this.#now() - begin;
      const { shortest, longest, timesCost } = SCAN_PAUSE_MS;
      this.#nextScan = begin + Math.min(Math.max(cost * timesCost, shortest), longest);
    }
    for (const relative of [...this.#relatives.values()]) {
      if (relative.state !== "sought" || relative.nextLook > this.#now()) continue;
      // What was opened of one program is not to be looked at in the next.
      this.#refresh(relative);
      if (this.#relatives.has(relative.pid)) this.#look(relative);
    }
  }

  /** Says that the target of a process has been closed: the process has ended, or executes another program. */
  closed(pid: Pid): void {
    const relative = this.#relatives.get(pid);
    if (relative?.state !== "found") return;
    const stat = statOf(pid);
    if (isSame(stat, relative)) this.#begin(relative, programOf(stat));
    else this.#relatives.delete(pid);
    this.#nextScan = 0; // its children may have children
  }

  /** Leaves a process alone until it executes another program. */
  giveUp(pid: Pid): void {
    const relative = this.#relatives.get(pid);
    if (relative !== undefined) relative.state = "failed";
  }

  /** Closes all searches; the targets that were found belong to whom they were given. */
  [Symbol.dispose](): void {
    for (const { search } of this.#relatives.values()) search?.[Symbol.dispose]();
    this.#relatives.clear();
  }

  #scan(): void {
    // The children of who is not there any more may be there for a moment yet.
    const pids = this.#tree.descendants(this.#relatives.keys());
    for (const relative of [...this.#relatives.values()]) if (relative.state !== "found") this.#refresh(relative);
    for (const pid of pids) {
      const stat = statOf(pid);
      if (stat !== null && isAlive(stat)) this.#add(stat);
    }
  }

  #add(stat: ProcessStat): void {
    const relative: Relative = {
      pid: stat.pid,
      startTicks: stat.startTicks,
      program: "",
      state: "sought",
      search: null,
      since: 0,
      nextLook: 0,
    };
    this.#begin(relative, programOf(stat));
    this.#relatives.set(stat.pid, relative);
  }

  /** Looks at a process as if it were new. */
  #begin(relative: Relative, program: string): void {
    relative.search?.[Symbol.dispose]();
    relative.search = null;
    relative.state = "sought";
    relative.program = program;
    relative.since = relative.nextLook = this.#now();
  }

  #refresh(relative: Relative): void {
    const stat = statOf(relative.pid);
    if (!isSame(stat, relative)) {
      relative.search?.[Symbol.dispose]();
      this.#relatives.delete(relative.pid);
    } else if (programOf(stat) !== relative.program) {
      this.#begin(relative, programOf(stat));
    }
  }

  #look(relative: Relative): void {
    const { pid } = relative;
    try {
      relative.search ??= new TargetSearch(pid, this.#options);
      const target = relative.search.look();
      if (target === null) {
        const now = this.#now();
        const { shortest, longest, ofAge } = LOOK_PAUSE_MS;
        relative.nextLook = now + Math.min(Math.max((now - relative.since) * ofAge, shortest), longest);
        return;
      }
      relative.search = null;
      relative.state = "found";
      this.#options.found(target);
      this.#foundCount++;
    } catch (error) {
      if (!(error instanceof AustinpError)) throw error;
      this.#fail(relative, error);
    }
  }

  #fail(relative: Relative, error: AustinpError): void {
    relative.search?.[Symbol.dispose]();
    relative.search = null;
    relative.state = "failed";
    const hasEnded = error instanceof NoSuchProcessError || error instanceof NotPythonError ||
      !isSame(statOf(relative.pid), relative);
    // Who has begun another program in the middle of the look is to be looked at again.
    if (hasEnded || (error instanceof PermissionError && this.#isChanged(relative))) this.#refresh(relative);
    else {
      if (relative.pid === this.#root) this.#refusal = error;
      this.#options.failed(relative.pid, error);
    }
  }

  #isChanged(relative: Relative): boolean {
    const stat = statOf(relative.pid);
    return stat !== null && programOf(stat) !== relative.program;
  }
}

function isAlive({ state }: ProcessStat): boolean {
  return state !== "Z" && state !== "X";
}

/** Whether the process of that id is still the one that was meant, and alive. */
function isSame(stat: ProcessStat | null, { startTicks }: Relative): stat is ProcessStat {
  return stat !== null && isAlive(stat) && stat.startTicks === startTicks;
}

/** Tells programs apart that a process executes one after another: each gets a stack of its own, and mostly a name. */
function programOf({ name, startStack }: ProcessStat): string {
  return `${startStack} ${name}`;
}

/** What was found of a family, the newest first, but its first process, which is `root`, last. */
export function newestFirst<T extends { readonly pid: Pid }>(found: readonly T[], root: Pid): T[] {
  const others = found.filter(({ pid }) => pid !== root).reverse();
  return [...others, ...found.filter(({ pid }) => pid === root)];
}
