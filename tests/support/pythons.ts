/**
 * The Python interpreters of this machine that are supported: pyenv's and the system's, each once.
 * @module
 */

import { TABLES } from "../../src/python/offsets.ts";
import { type Answer, Answers } from "./probe.ts";

/** An interpreter to test with. */
export interface Python extends Omit<Answer, "freeThreaded"> {
  /** For test names: `3.11.7 shared`, `3.11.2 static stripped`. */
  readonly name: string;
}

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
  using answers = new Answers();
  const found = new Map<string, Python>();
  for (const path of candidates()) {
    const python = supported(answers.of(path));
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

/** What is tested of an interpreter; null where it is of no supported version. */
function supported(answer: Answer | null): Python | null {
  if (answer === null) return null;
  const { freeThreaded, ...python } = answer;
  if (!TABLES.includes(`${python.major}.${python.minor}${freeThreaded ? "t" : ""}`)) return null;
  const kinds = [python.shared ? "shared" : "static", freeThreaded && "free-threaded", python.stripped && "stripped"];
  return { ...python, name: [python.version, ...kinds.filter(Boolean)].join(" ") };
}
