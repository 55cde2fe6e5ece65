/**
 * A process with an interpreter in it, open and ready to be captured.
 * @module
 */

import { AustinpError, NoSuchProcessError, NotPythonError } from "../errors.ts";
import type { Session } from "../ffi/session.ts";
import { readMaps } from "../kernel/maps.ts";
import { readTextOrNull } from "../kernel/proc_file.ts";
import { parseStat, type ProcessStat } from "../kernel/stat.ts";
import { descriptorTid } from "../python/c_library.ts";
import { captureLayout, type Runtime } from "../python/runtime.ts";
import { formatVersion } from "../python/version.ts";
import type { ByteCount, MappedModule, Mapping, Pid } from "../types.ts";
import { buildId } from "../unwind/build_id.ts";
import type { ElfFile } from "../unwind/elf.ts";
import type { JitNames } from "../unwind/jit/jit_names.ts";
import type { Module } from "../unwind/module.ts";
import type { ModuleTable } from "../unwind/modules.ts";
import type { Sources } from "./sources.ts";

/** What a search has found out about a process. */
export type TargetParts =
  & Pick<Target, "session" | "modules" | "runtime" | "watchesGil" | "jit" | "sources" | "startTicks">
  & {
    /** Whether the sources are its own, to be closed with it. */
    readonly ownsSources: boolean;
  };

/** A process and the interpreter in it. */
export class Target implements Disposable {
  readonly session: Session;
  readonly modules: ModuleTable;
  readonly runtime: Runtime;
  /** Whether captures tell who holds the GIL and whether the collector runs. */
  readonly watchesGil: boolean;
  /** Names of code that it makes. */
  readonly jit: JitNames;
  /** Whence it is named. */
  readonly sources: Sources;
  /** Tells which of the processes with this id it is. */
  readonly startTicks: number;
  /** Where its C library keeps the id of a thread. */
  readonly descriptorTid: ByteCount;
  readonly #ownsSources: boolean;

  /** Takes over all parts that are to be closed. */
  constructor({ session, modules, runtime, watchesGil, jit, sources, ownsSources, startTicks }: TargetParts) {
    this.session = session;
    this.modules = modules;
    this.runtime = runtime;
    this.watchesGil = watchesGil;
    this.jit = jit;
    this.sources = sources;
    this.startTicks = startTicks;
    this.#ownsSources = ownsSources;
    this.descriptorTid = descriptorTid(modules.modules.map(({ path }) => path));
    session.setLayout(captureLayout(runtime, { gil: watchesGil, descriptorTid: this.descriptorTid }));
    session.setMainStackEnd(statOf(session.pid)?.startStack ?? 0);
  }

  /** Its process. */
  get pid(): Pid {
    return this.session.pid;
  }

  /** As CPython writes it. */
  get version(): string {
    return formatVersion(this.runtime.version);
  }

  /** What is mapped now, or was last, if the process has ended; the modules told. */
  get mappings(): readonly Mapping[] {
    const now = lastMapsOf(this.pid);
    const modules = new Map(this.modules.modules.map((module) => [module.start, module]));
    return (now.length > 0 ? now : this.modules.mappings).map((mapping) => {
      const module = modules.get(mapping.start);
      return module === undefined ? mapping : { ...mapping, module: recordOf(module) };
    });
  }

  /** Ends sampling and closes everything. */
  [Symbol.dispose](): void {
    this.session[Symbol.dispose]();
    this.modules[Symbol.dispose]();
    if (this.#ownsSources) this.sources[Symbol.dispose]();
  }
}

/** What `/proc/PID/stat` says, or null if there is no such process. */
export function statOf(pid: Pid): ProcessStat | null {
  const text = readTextOrNull(`/proc/${pid}/stat`);
  return text === null ? null : parseStat(text);
}

function recordOf({ start, end, loadBias, elf }: Module): MappedModule {
  return { start, end, loadBias, buildId: buildIdOrNull(elf) };
}

function buildIdOrNull(elf: ElfFile): string | null {
  try {
    return buildId(elf);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/**
 * What is mapped now.
 *
 * @throws {NoSuchProcessError} @throws {NotPythonError} if it is a zombie
 */
export function mapsOf(pid: Pid): Mapping[] {
  const stat = statOf(pid);
  if (stat === null || stat.state === "X") throw new NoSuchProcessError(pid);
  if (stat.state === "Z") throw new NotPythonError(pid, "it has ended (zombie)");
  return readMaps(pid);
}

/** None when the process has ended since: captures may still wait to be interpreted, with what was mapped before. */
export function lastMapsOf(pid: Pid): Mapping[] {
  try {
    return mapsOf(pid);
  } catch (error) {
    if (error instanceof AustinpError) return [];
    throw error;
  }
}
