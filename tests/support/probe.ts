/**
 * What the interpreters of this machine say of themselves.
 * @module
 */

import { modified } from "../../tools/files.ts";

/** What an interpreter says of itself. */
export interface Answer {
  readonly path: string;
  readonly major: number;
  readonly minor: number;
  /** As CPython writes it. */
  readonly version: string;
  /** Whether the interpreter is a libpython of its own. */
  readonly shared: boolean;
  /** Whether the file that holds the interpreter has lost its .symtab. */
  readonly stripped: boolean;
  /** Whether it is of the free-threaded build. */
  readonly freeThreaded: boolean;
}

const PROBE = `
import json, os, platform, sys, sysconfig
get = sysconfig.get_config_var
shared = bool(get("Py_ENABLE_SHARED")) and "libpython" in open("/proc/self/maps").read()
path = os.path.realpath(sys.executable)
binary = os.path.join(get("LIBDIR"), get("INSTSONAME")) if shared else path
print(json.dumps(dict(path=path, major=sys.version_info[0], minor=sys.version_info[1],
    version=platform.python_version(), freeThreaded=bool(get("Py_GIL_DISABLED")), shared=shared,
    stripped=b".symtab\\0" not in open(binary, "rb").read())))
`;

const ANSWERS = new URL("../../build/tests/pythons.json", import.meta.url).pathname;

/**
 * What interpreters say, kept in a file: to start all of them takes half a second, and every test file would. Written when it
 * is disposed.
 */
export class Answers implements Disposable {
  readonly #kept: Readonly<Record<string, Answer | null>>;
  readonly #all: Record<string, Answer | null> = {};

  constructor() {
    this.#kept = readAnswers();
  }

  /** Null where none runs. */
  of(path: string): Answer | null {
    const written = modified(path);
    if (written < 0) return null;
    const key = `${path} ${written}`;
    return this.#all[key] ??= key in this.#kept ? this.#kept[key] : ask(path);
  }

  [Symbol.dispose](): void {
    if (Object.keys(this.#all).every((key) => key in this.#kept)) return;
    Deno.mkdirSync(ANSWERS.slice(0, ANSWERS.lastIndexOf("/")), { recursive: true });
    const own = `${ANSWERS}.${Deno.pid}`;
    Deno.writeTextFileSync(own, JSON.stringify({ probe: PROBE, answers: this.#all }));
    Deno.renameSync(own, ANSWERS); // at once: other tests may be reading it
  }
}

/** Those that were given to the same question. */
function readAnswers(): Record<string, Answer | null> {
  try {
    const { probe, answers } = JSON.parse(Deno.readTextFileSync(ANSWERS));
    return probe === PROBE ? answers : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

function ask(path: string): Answer | null {
  try {
    const { success, stdout } = new Deno.Command(path, { args: ["-I", "-c", PROBE], stderr: "null" }).outputSync();
    return success ? JSON.parse(new TextDecoder().decode(stdout)) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
