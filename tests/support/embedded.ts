/**
 * Programs in C that run a Python: tests/fixtures/embed.c with each libpython that was found.
 * @module
 */

import { buildC } from "./c_program.ts";
import { Target } from "./target.ts";

/** A libpython. */
export interface Library {
  /** For test names: `libpython3.9.so.1.0`. */
  readonly name: string;
  readonly path: string;
  /** `3.9` */
  readonly version: string;
  readonly minor: number;
  /** Where its standard library is. */
  readonly home: string;
}

/** The program, which loads the library that it is told to. */
export const EMBEDDED = buildC("embed", ["tests/fixtures/embed.c"], ["-ldl"]);

/** pyenv's, oldest first. */
export const LIBRARIES: readonly Library[] = findLibraries();

/** One to link with, of the system. */
export const STATIC_LIBRARY: Library | undefined = findStatic();

const TEXT = `
import sys
def outer(): inner()
def inner():
    sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
outer()
`;

/** Lets a line of input end it, too. */
const BUSY_TEXT = `
import sys, threading
def outer(): inner()
def inner():
    thread = threading.Thread(target=sys.stdin.readline)
    thread.start()
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    while thread.is_alive(): pass
outer()
`;

/** How the program is to behave. */
export interface EmbeddedOptions {
  readonly mode?: "run" | "late" | "later" | "after";
  /** The program, if not {@linkcode EMBEDDED}. */
  readonly program?: string;
  /** Computes until it gets a line. */
  readonly leaveInput?: boolean;
}

/** Starts the program. */
export class Embedded {
  /** Waits until it is ready. */
  static start(library: Library, options: EmbeddedOptions = {}): Promise<Target> {
    const { mode = "run", leaveInput = false } = options;
    const isStatic = library === STATIC_LIBRARY;
    const program = options.program ?? (isStatic ? buildStatic(library) : EMBEDDED);
    const text = mode === "after" ? (leaveInput ? BUSY_TEXT : "pass") : TEXT;
    return Target.execute(program, [isStatic ? "-" : library.path, mode, text], { env: { PYTHONHOME: library.home } });
  }
}

function buildStatic({ path, version }: Library): string {
  const flags = ["-DSTATIC", "-no-pie", "-rdynamic", "-Wl,--whole-archive", path, "-Wl,--no-whole-archive"];
  return buildC(`embed-${version}-static`, ["tests/fixtures/embed.c"], [...flags, "-ldl", "-lm", "-lz", "-lexpat"]);
}

function findLibraries(): Library[] {
  const root = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  const libraries = names(root).flatMap((folder) =>
    names(`${root}/${folder}/lib`).flatMap((name) => {
      const [, version] = name.match(/^libpython(\d\.\d+)m?\.so\.1\.0$/) ?? [];
      if (version === undefined) return [];
      const home = `${root}/${folder}`;
      return [{ name, path: `${home}/lib/${name}`, version, minor: Number(version.split(".")[1]), home }];
    })
  );
  return libraries.sort((a, b) => a.minor - b.minor);
}

function findStatic(): Library | undefined {
  for (const folder of names("/usr/lib")) {
    const [, version] = folder.match(/^python(3\.\d+)$/) ?? [];
    if (version === undefined) continue;
    const name = `libpython${version}.a`;
    const path = `/usr/lib/python${version}/config-${version}-x86_64-linux-gnu/${name}`;
    if (names(path.slice(0, path.lastIndexOf("/"))).includes(name)) {
      return { name, path, version, minor: Number(version.split(".")[1]), home: "/usr" };
    }
  }
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
