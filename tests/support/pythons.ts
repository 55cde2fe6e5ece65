/**
 * The Python interpreters of this machine that are supported: pyenv's and the system's, each once.
 * @module
 */

import { TABLES } from "../../src/python/offsets.ts";

/** An interpreter to test with. */
export interface Python {
  /** For test names: `3.11.7 shared`, `3.11.2 static stripped`. */
  readonly name: string;
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  /** As CPython writes it. */
  readonly version: string;
  /** Whether the interpreter is a libpython of its own. */
  readonly shared: boolean;
  /** Whether the file that holds the interpreter has lost its .symtab. */
  readonly stripped: boolean;
}

const PROBE = `
import json, os, platform, sys, sysconfig
get = sysconfig.get_config_var
shared = bool(get("Py_ENABLE_SHARED")) and "libpython" in open("/proc/self/maps").read()
path = os.path.realpath(sys.executable)
binary = os.path.join(get("LIBDIR"), get("INSTSONAME")) if shared else path
print(json.dumps(dict(path=path, major=sys.version_info[0], minor=sys.version_info[1],
    version=platform.python_version(), free_threaded=bool(get("Py_GIL_DISABLED")), shared=shared,
    stripped=b".symtab\\0" not in open(binary, "rb").read())))
`;

/** All that were found, of supported versions, oldest first. */
export const PYTHONS: readonly Python[] = findPythons();

/**
 * Registers a test for each interpreter; one that is skipped where there is none. `skip` leaves out interpreters that
 * the claim does not concern, with its reason.
 */
export function testEachPython(
  claim: string,
  test: (python: Python, context: Deno.TestContext) => Promise<void> | void,
  { skip = () => null }: { skip?: (python: Python) => string | null } = {},
): void {
  if (PYTHONS.length === 0) {
    Deno.test({ name: `${claim} (skipped: no supported Python found)`, ignore: true, fn: () => {} });
  }
  for (const python of PYTHONS) {
    const reason = skip(python);
    Deno.test({
      name: `${claim}: ${python.name}${reason === null ? "" : ` (skipped: ${reason})`}`,
      ignore: reason !== null,
      fn: (context) => test(python, context),
    });
  }
}

function findPythons(): Python[] {
  const found = new Map<string, Python>();
  for (const path of candidates()) {
    const python = probe(path);
    if (python !== null) found.set(python.path, python);
  }
  return [...found.values()].sort((a, b) => a.minor - b.minor || a.path.localeCompare(b.path));
}

/** Paths that may be interpreters; pyenv's folders tell by their names which are of a version that has no table. */
function candidates(): string[] {
  const root = Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`;
  const versions = names(`${root}/versions`).filter((name) => {
    const match = name.match(/^\d+\.\d+/);
    return match === null || TABLES.includes(match[0]);
  });
  return [...versions.map((name) => `${root}/versions/${name}/bin/python3`), "/usr/bin/python3"];
}

function names(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/** What the interpreter says of itself; null where none runs there, or none of a supported version. */
function probe(path: string): Python | null {
  try {
    const { success, stdout } = new Deno.Command(path, { args: ["-I", "-c", PROBE], stderr: "null" }).outputSync();
    if (!success) return null;
    const { free_threaded: freeThreaded, ...python } = JSON.parse(new TextDecoder().decode(stdout));
    if (!TABLES.includes(`${python.major}.${python.minor}${freeThreaded ? "t" : ""}`)) return null;
    const kinds = [python.shared ? "shared" : "static", freeThreaded && "free-threaded", python.stripped && "stripped"];
    return { ...python, name: [python.version, ...kinds.filter(Boolean)].join(" ") };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
