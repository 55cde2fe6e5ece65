/**
 * The line-table decoders agree with each interpreter about the code objects of its standard library: about two thousand,
 * and with AUSTINP_TEST_ALL=1 in the environment about all, which takes minutes.
 */

import assert from "node:assert/strict";
import { dialectOf } from "../../src/python/dialect.ts";
import { type LineTable, locate } from "../../src/python/line_table.ts";
import { allUnpacked } from "../../tools/pythons.ts";
import { fixture } from "../support/target.ts";

const COUNT = Deno.env.has("AUSTINP_TEST_ALL") ? 0 : 2000;
const RUN_PYTHON = new URL("../../tools/run_python.sh", import.meta.url).pathname;
const UNIT = 2;

/** An interpreter, and how it is run. */
interface Interpreter {
  readonly name: string;
  readonly command: readonly string[];
}

type Run = readonly [
  count: number,
  line: number | null,
  endLine: number | null,
  column: number | null,
  endColumn: number | null,
];

/** pyenv's, the system's, and Debian's that tools/pythons.ts unpacked, each version once. */
function interpreters(): Interpreter[] {
  const root = Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`;
  const own = foldersOf(`${root}/versions`).sort().map((version) => `${root}/versions/${version}/bin/python`);
  const unpacked = allUnpacked().filter(({ executable, kind }) => executable !== null && kind === "release");
  const debians = new Map(unpacked.map((python) => [python.packageVersion, python.name]));
  return [
    ...[...own, "/usr/bin/python3"].map((path) => ({ name: path, command: [path] })),
    ...[...debians].map(([version, name]) => ({ name: `Debian's ${version}`, command: [RUN_PYTHON, name] })),
  ];
}

function foldersOf(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

const PROGRAM = Deno.readTextFileSync(fixture("line_tables.py"));

for (const { name, command: [path, ...args] } of interpreters()) {
  Deno.test(`locate() agrees with ${name} about its standard library`, async () => {
    const version = await output(path, [...args, "-c", "import sys; print('%d %d' % sys.version_info[:2])"]);
    const [major, minor] = version.trim().split(" ").map(Number);
    const format = dialectOf({ major, minor, patch: 0, level: "", serial: 0 }).lineFormat;
    const lines = (await output(path, [...args, "-c", PROGRAM, `${COUNT}`])).trim().split("\n");
    assert.ok(lines.length >= COUNT && lines.length > 500, `${lines.length} code objects`);
    for (const line of lines) {
      const [firstLine, hex, runs] = JSON.parse(line);
      compare({ format, firstLine, bytes: bytesOf(hex) }, runs);
    }
  });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function compare(table: LineTable, runs: readonly Run[]): void {
  let offset = 0;
  for (const [count, line, endLine, column, endColumn] of runs) {
    const expected = [line ?? 0, endLine ?? 0, column, endColumn].join();
    for (const end = offset + count * UNIT; offset < end; offset += UNIT) {
      const { line, endLine, column, endColumn } = locate(table, offset);
      const actual = [line, endLine, column, endColumn].join();
      if (actual !== expected) assert.fail(`${actual}, not ${expected} at ${offset} of ${JSON.stringify(table)}`);
    }
  }
}

async function output(path: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(path, { args: [...args] }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}
