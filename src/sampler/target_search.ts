/**
 * The search for an interpreter in a process that may still be starting.
 * @module
 */

import { NotPythonError, UnsupportedVersionError } from "../errors.ts";
import { Session } from "../ffi/session.ts";
import { explainDenied } from "../kernel/access.ts";
import { readTextOrNull } from "../kernel/proc_file.ts";
import { parseStatus } from "../kernel/status.ts";
import { findRuntime, type RuntimeSearch, supportedVersions } from "../python/runtime.ts";
import { delay } from "../std/async.ts";
import type { Address, Microseconds, Pid } from "../types.ts";
import { debugFileFinder } from "../unwind/debug_files.ts";
import { JitNames } from "../unwind/jit/jit_names.ts";
import { baseName, type Module } from "../unwind/module.ts";
import { ModuleTable } from "../unwind/modules.ts";
import { Sources } from "./sources.ts";
import { lastMapsOf, mapsOf, statOf, Target } from "./target.ts";

/** How long to wait between two looks for an interpreter that is not there yet. */
const FIRST_PAUSE: Microseconds = 500;
const LONGEST_PAUSE: Microseconds = 20_000;
/** The same for a program that has just begun, of which nothing is to be missed. */
const LONGEST_PAUSE_NEW: Microseconds = 1_000;
const EPERM = 1;

/** How to look for an interpreter. */
export interface FindOptions {
  /** How long to look. */
  readonly timeout: Microseconds;
  /** Whether its program has just begun. */
  readonly isNew?: boolean;
  /** Whether captures are to tell who holds the GIL and whether the collector runs. */
  readonly gil?: boolean;
  /** Asked between two looks; throws to give up. */
  readonly onPause?: () => void;
  /** Told of what is mapped but malformed. */
  readonly warn?: (message: string) => void;
}

/** How a search opens a process. */
export interface SearchOptions {
  /** As in {@linkcode FindOptions}. */
  readonly gil: boolean;
  /** Told of files that are malformed. */
  readonly warn?: (message: string) => void;
  /** Shared with other searches; outlives this one and the target. */
  readonly sources?: Sources;
}

/** Looks for an interpreter in a process, now and again. */
export class TargetSearch implements Disposable {
  readonly #pid: Pid;
  readonly #gil: boolean;
  readonly #startTicks: number;
  readonly #sources: Sources;
  readonly #ownsSources: boolean;
  readonly #session: Session;
  readonly #modules: ModuleTable;
  #result: RuntimeSearch = { kind: "none" };
  #isFirst = true;
  /** Whether session and modules are the target's. */
  #isOver = false;

  /**
   * Opens process `pid`.
   *
   * @throws {NoSuchProcessError} @throws {PermissionError}
   * @throws {NotPythonError} if it is a zombie
   */
  constructor(pid: Pid, { gil, warn, sources }: SearchOptions) {
    this.#pid = pid;
    this.#gil = gil;
    this.#startTicks = statOf(pid)?.startTicks ?? 0;
    this.#sources = sources ?? new Sources();
    this.#ownsSources = sources === undefined;
    this.#session = new Session(pid);
    const readMaps = () => this.#isOver ? lastMapsOf(pid) : mapsOf(pid);
    try {
      const findDebugFile = debugFileFinder(`/proc/${pid}/root`);
      const { read } = this.#session;
      const options = { readMaps, readMemory: read, findDebugFile, warn, ...this.#sources };
      this.#modules = new ModuleTable(pid, options);
    } catch (error) {
      this.#session[Symbol.dispose]();
      if (this.#ownsSources) this.#sources[Symbol.dispose]();
      throw error;
    }
  }

  /** What the last look has missed, as an error. */
  get failure(): NotPythonError {
    return notPython(this.#pid, this.#result);
  }

  /** Whether the last look found an interpreter that has not started. */
  get isStarting(): boolean {
    return this.#result.kind === "starting";
  }

  /**
   * The target, if there is an interpreter in it now: then this search is over.
   *
   * @throws {NoSuchProcessError} @throws {PermissionError} @throws {UnsupportedVersionError}
   * @throws {NotPythonError} if it is a zombie
   */
  look(): Target | null {
    const isChanged = this.#isFirst || this.#modules.refresh();
    if (!isChanged && this.#result.kind === "none") return null;
    this.#isFirst = false;
    const result = this.#result = searchModules(this.#modules, this.#session);
    if (result.kind === "unsupported") {
      throw new UnsupportedVersionError(this.#pid, result.version, supportedVersions());
    }
    if (result.kind !== "found") return null;
    const target = new Target({
      session: this.#session,
      modules: this.#modules,
      runtime: result.runtime,
      watchesGil: this.#gil,
      jit: jitNamesOf(this.#pid, this.#session),
      sources: this.#sources,
      ownsSources: this.#ownsSources,
      startTicks: this.#startTicks,
    });
    this.#isOver = true;
    return target;
  }

  /** Closes everything that is not the target's. */
  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#session[Symbol.dispose]();
    this.#modules[Symbol.dispose]();
    if (this.#ownsSources) this.#sources[Symbol.dispose]();
  }
}

/**
 * Finds the interpreter of process `pid`, waiting for it to start.
 *
 * @throws {NoSuchProcessError} @throws {PermissionError} @throws {UnsupportedVersionError}
 * @throws {NotPythonError} if there is none when the time is over
 */
export async function findTarget(
  pid: Pid,
  { timeout, isNew = false, gil = false, onPause, warn }: FindOptions,
): Promise<Target> {
  const deadline = performance.now() * 1000 + timeout;
  const longestPause = isNew ? LONGEST_PAUSE_NEW : LONGEST_PAUSE;
  using search = new TargetSearch(pid, { gil, warn });
  for (let pause = FIRST_PAUSE;; pause = Math.min(pause * 2, longestPause)) {
    const target = search.look();
    if (target !== null) return target;
    const left = deadline - performance.now() * 1000;
    if (left <= 0) throw search.failure;
    onPause?.();
    await delay(Math.min(pause, left) / 1000);
  }
}

function jitNamesOf(pid: Pid, session: Session): JitNames {
  const { namespacePids, uids } = parseStatus(readTextOrNull(`/proc/${pid}/status`) ?? "");
  return new JitNames({
    pid,
    namespacePid: namespacePids.at(-1) ?? pid,
    user: uids[1] ?? -1,
    root: `/proc/${pid}/root`,
    readMaps: () => lastMapsOf(pid),
    readMemory: session.read,
  });
}

/**
 * Asks the modules that are likeliest first: a shared libpython, then an executable of that name, then the rest. One that
 * has not started may be there for another's sake, and never start.
 */
function searchModules(modules: ModuleTable, session: Session): RuntimeSearch {
  let result: RuntimeSearch = { kind: "none" };
  for (const module of modules.modules.toSorted((a, b) => rank(a) - rank(b))) {
    const { find, section } = module;
    const binary = {
      find: find.bind(module),
      section: section.bind(module),
      get data() {
        return dataOf(module, modules);
      },
    };
    const search = findRuntime(binary, session.read);
    if (search.kind === "found") return search;
    if (search.kind === "starting") requireReadable(module, session);
    if (search.kind === "starting" || result.kind === "none") result = search;
  }
  return result;
}

/** Writable memory of a module: what is mapped of its file, and the anonymous memory behind it that holds its .bss. */
function dataOf(module: Module, modules: ModuleTable): { start: Address; end: Address }[] {
  const data: { start: Address; end: Address }[] = [...module.mappings.filter((mapping) => mapping.writable)];
  const behind = modules.mapping(module.end);
  if (behind !== null && behind.writable && behind.path === "" && behind.start === module.end) data.push(behind);
  return data;
}

function rank({ path }: Module): number {
  const name = baseName(path);
  return name.startsWith("libpython") ? 0 : name.startsWith("python") ? 1 : 2;
}

/** Memory that cannot be read at all is a matter of rights, not of an interpreter that has not started. */
function requireReadable(module: Module, session: Session): void {
  if (session.readError(module.start, new Uint8Array(1)) === EPERM) throw explainDenied(session.pid);
}

function notPython(pid: Pid, search: RuntimeSearch): NotPythonError {
  return new NotPythonError(
    pid,
    search.kind === "starting"
      ? "its interpreter did not start in time, or has ended; try a longer -t"
      : "no CPython is mapped in it (no symbol _PyRuntime)",
  );
}
