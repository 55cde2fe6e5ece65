/**
 * The interpreters of the matrix: pyenv's and the system's, 2.7 among them, and Debian's that tools/pythons.ts has
 * unpacked, in containers.
 * @module
 */

import { allUnpacked, DEFAULT_NAMES, unpacked } from "../../tools/pythons.ts";
import { PYTHONS } from "../support/pythons.ts";

const RUN_PYTHON = new URL("../../tools/run_python.sh", import.meta.url).pathname;
/** The working directory of a container is mounted here. */
const MOUNTED = "/mnt";

/**
 * MATRIX=full: samples longer, and with all interpreters that are there, not only with those that `make test` fetches;
 * MATRIX=quick: only dumps.
 */
export const IS_FULL = Deno.env.get("MATRIX") === "full";
const QUICK = Deno.env.get("MATRIX") === "quick" ? "only without MATRIX=quick" : null;

/** An interpreter of the matrix. */
export interface Interpreter {
  /** For the head of a column: `3.11.7`, `3.14.10 jit`. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The words that start it, before its own arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Where it finds this folder. */
  readonly folder: string;
  /** Whether it writes its process id to its standard error, as the first line, since ours is another. */
  readonly tellsPid: boolean;
  /** Why it cannot be tested here; null where it can. */
  readonly skip: string | null;
  /** Why it is only dumped; null where it is sampled too. */
  readonly skipSampling: string | null;
}

/** The folder that the programs are in. */
export const FOLDER = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/** All of them, oldest first; those that cannot be tested too. */
export const INTERPRETERS: readonly Interpreter[] = [...python2(), ...local(), ...debian()]
  .sort((a, b) => a.major - b.major || a.minor - b.minor);

function local(): Interpreter[] {
  return PYTHONS.map(({ path, major, minor, version, shared }) => {
    const name = shared ? version : `${version} sys`;
    return {
      name,
      major,
      minor,
      command: [path],
      env: {},
      folder: FOLDER,
      tellsPid: false,
      skip: null,
      skipSampling: QUICK,
    };
  });
}

/** pyenv's 2.7, which has no `python3` to be found by. */
function python2(): Interpreter[] {
  const root = Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`;
  try {
    const versions = [...Deno.readDirSync(`${root}/versions`)].map(({ name }) => name);
    return versions.filter((version) => version.startsWith("2.7")).map((version) => {
      const command = [`${root}/versions/${version}/bin/python2.7`];
      return {
        name: version,
        major: 2,
        minor: 7,
        command,
        env: {},
        folder: FOLDER,
        tellsPid: false,
        skip: null,
        skipSampling: QUICK,
      };
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Those that `make test` unpacks, and any others that are there. */
function debian(): Interpreter[] {
  const others = allUnpacked().filter(({ executable }) => executable !== null).map(({ name }) => name);
  return [...new Set([...DEFAULT_NAMES, ...others])].flatMap((name) => {
    const python = inContainer(name);
    const hasJit = python.skip === null && python.minor >= 14 && !name.includes("-dbg") && !name.includes(",");
    return hasJit ? [python, { ...python, name: `${python.name} jit`, env: { PYTHON_JIT: "1" } }] : [python];
  });
}

function inContainer(name: string): Interpreter {
  const python = unpacked(name);
  const version = python?.version ?? name.replace(/^py(\d)(\d+).*/, "$1.$2");
  const [major, minor] = version.split(".").map(Number);
  const patch = python?.packageVersion.match(/^[\d.]+\d/)?.[0] ?? version;
  const suffix = python?.kind === "dbg" ? "d" : (python?.extras.length ?? 0) > 0 ? "+" : "";
  return {
    name: `${patch}${suffix} deb`,
    major,
    minor,
    command: [RUN_PYTHON, name, "--container", "--pid", "2"],
    env: {},
    folder: MOUNTED,
    tellsPid: true,
    skipSampling: DEFAULT_NAMES.includes(name) || IS_FULL ? QUICK : "a further build, only with MATRIX=full",
    skip: python === null ? `${name} is not unpacked` : Deno.uid() !== 0 ? "a container takes root" : null,
  };
}
