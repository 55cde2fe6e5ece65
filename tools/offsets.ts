/**
 * Byte offsets in CPython's structures, from its headers and a C compiler. Nothing of Python is linked or run.
 *
 *     deno task offsets INCLUDE [-D MACRO]...      prints those of one version as JSON
 *     deno task offsets                            brings src/python/offsets_data.ts up to date
 *
 * INCLUDE is the folder of Python.h, with internal/ in it. `-D Py_GIL_DISABLED` is the free-threaded layout (3.13 and
 * later), `-D Py_TRACE_REFS` that of --with-trace-refs, and of debug builds before 3.8. The second form uses all headers
 * that {@linkcode findHeaders} finds; `deno task pythons py313s-headers py314-headers py315-headers` brings what pyenv
 * does not have. A version that has no headers here keeps the numbers it has; of two patch levels the later counts.
 * @module
 */

import { OFFSETS, RELEASES } from "../src/python/offsets_data.ts";
import { exists, run } from "./debian.ts";
import { GROUPS, isBefore, nameIn, STATE_BITS, type VersionNumber } from "./offsets_fields.ts";
import { allUnpacked, PYTHONS } from "./pythons.ts";

const DATA = new URL("../src/python/offsets_data.ts", import.meta.url).pathname;
const FREE_THREADED = "Py_GIL_DISABLED";
/** Free-threaded builds exist from this version on. */
const FIRST_FREE_THREADED: VersionNumber = [3, 13];

/** Offset by field by group. */
export type Table = Record<string, Record<string, number>>;

/** The headers of one version. */
export interface Headers {
  readonly include: string;
  /** `3.13.0` */
  readonly version: string;
  readonly number: VersionNumber;
}

/** What patchlevel.h says. */
export function readHeaders(include: string): Headers {
  const text = Deno.readTextFileSync(`${include}/patchlevel.h`);
  const version = /^#define\s+PY_VERSION\s+"([^"]+)"/m.exec(text)?.[1];
  if (version === undefined) throw new SyntaxError(`Cannot find PY_VERSION in ${include}/patchlevel.h`);
  const [major, minor] = version.split(".").map(Number);
  return { include, version, number: [major, minor] };
}

/** All headers on this machine that have what is needed: pyenv's and those that tools/pythons.ts unpacked. */
export function findHeaders(): Headers[] {
  const pyenv = `${Deno.env.get("PYENV_ROOT") ?? `${Deno.env.get("HOME")}/.pyenv`}/versions`;
  const includes = [
    ...folders(pyenv).map((folder) => `${folder}/include`),
    ...allUnpacked().map(({ name }) => `${PYTHONS}/${name}/root/usr/include`),
  ];
  const found = includes.flatMap(folders).filter((folder) => /\/python[\d.]+m?$/.test(folder));
  return found.filter((folder) => exists(`${folder}/patchlevel.h`)).map(readHeaders).filter(({ include, number }) =>
    isBefore(number, [3, 7]) || exists(`${include}/internal`)
  );
}

/** Paths of what is in a folder; none if it is not there. */
function folders(path: string): string[] {
  return exists(path) ? [...Deno.readDirSync(path)].map(({ name }) => `${path}/${name}`).sort() : [];
}

/** The layouts that headers stand for, each with the macros that select it, by the name of its column: `3.13.0t`. */
export function layoutsOf({ version, number }: Headers): { column: string; macros: readonly string[] }[] {
  const plain = { column: version, macros: [] };
  return isBefore(number, FIRST_FREE_THREADED) ? [plain] : [plain, { column: `${version}t`, macros: [FREE_THREADED] }];
}

/**
 * The offsets, from a program that prints them.
 * @throws {Error} with what the compiler said.
 */
export function measure(headers: Headers, macros: readonly string[] = []): Table {
  return JSON.parse(compileAndRun(headers, macros, programText(headers, macros.includes(FREE_THREADED))));
}

/**
 * What a program in C prints that sees the headers.
 * @throws {Error} with what the compiler said.
 */
export function compileAndRun({ include }: Headers, macros: readonly string[], text: string): string {
  const scratch = Deno.makeTempDirSync({ prefix: "austinp-offsets-" });
  try {
    const [source, program] = [`${scratch}/offsets.c`, `${scratch}/offsets`];
    Deno.writeTextFileSync(source, text);
    run("gcc", [
      // Inline functions of the headers call into libpython: -O2 leaves out those not used, the linker lets others be.
      ...["-std=gnu11", "-O2", "-w", "-Wl,--unresolved-symbols=ignore-all"],
      ...macros.map((macro) => `-D${macro}=1`),
      ...includeFolders(include).map((folder) => `-I${folder}`),
      ...["-o", program, source],
    ]);
    return run(program, []);
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
}

function includeFolders(include: string): string[] {
  const [parent, name] = [include.replace(/\/[^/]+$/, ""), include.replace(/^.*\//, "")];
  // Debian keeps pyconfig.h in a folder of the architecture, under the path <x86_64-linux-gnu/python3.9/pyconfig.h>.
  return [include, `${include}/internal`, `${include}/internal/mimalloc`, parent, `${parent}/x86_64-linux-gnu/${name}`];
}

/** Headers that declare the types; which of them there are depends on the version. */
const INTERNAL = ["pystate", "gil", "pycore_pystate", "pycore_runtime", "pycore_interp", "pycore_gil", "pycore_tstate"];
const INTERNAL_FRAMES = ["pycore_frame", "pycore_interpframe_structs", "pycore_interpframe", "pycore_genobject"];

function programText({ include, number }: Headers, isFreeThreaded: boolean): string {
  const lines = ["#include <stddef.h>", "#include <stdio.h>", "#include <string.h>"];
  const hasRuntime = !isBefore(number, [3, 7]);
  // The internal headers insist on it, and Python.h has to see it.
  if (hasRuntime) lines.push("#define Py_BUILD_CORE 1");
  lines.push("#include <Python.h>");
  if (isBefore(number, [3, 11])) lines.push("#include <frameobject.h>", "#include <longintrepr.h>");
  const internal = [...INTERNAL, ...INTERNAL_FRAMES].map((name) => `internal/${name}.h`);
  if (hasRuntime) {
    lines.push(...internal.filter((path) => exists(`${include}/${path}`)).map((path) => `#include <${path}>`));
  }
  const groups = Object.entries(GROUPS).map(([group, { type, fields }]) => {
    const typeName = nameIn(type, number, isFreeThreaded);
    const expressions = typeName === null ? [] : Object.entries(fields).flatMap(([field, name]) => {
      const member = nameIn(name, number, isFreeThreaded);
      if (member === null) return [];
      return [[field, member === "" ? `sizeof(${typeName})` : `offsetof(${typeName}, ${member})`]];
    });
    return printGroup(group, expressions);
  });
  const bits = isBefore(number, [3, 3]) ? [] : STATE_BITS.map((bit) => [bit, `BIT(${bit})`]);
  lines.push(
    "static size_t first_bit(const void *at, size_t size) {",
    "  for (size_t bit = 0; bit < size * 8; bit++)",
    "    if (((const unsigned char *)at)[bit / 8] >> bit % 8 & 1) return bit;",
    "  return -1;",
    "}",
    "#define BIT(name) ({ PyASCIIObject o; memset(&o, 0, sizeof o); o.state.name = 1; \\",
    "  first_bit(&o.state, sizeof o.state); })",
    "int main(void) {",
    `puts("{");`,
    ...groups,
    printGroup("strBits", bits),
    `puts("\\"end\\": {}}");`,
    "return 0; }",
  );
  return lines.join("\n") + "\n";
}

function printGroup(group: string, expressions: readonly string[][]): string {
  const items = expressions.map(([field, expression], index) =>
    `printf("${index > 0 ? ", " : ""}\\"${field}\\": %zu", (size_t)${expression});`
  );
  return [`printf("\\"${group}\\": {");`, ...items, `puts("},");`].join("\n");
}

/** The text of src/python/offsets_data.ts: a row a field, a column a version. */
export function dataText(columns: ReadonlyMap<string, Table>): string {
  const names = [...columns.keys()];
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(7)).join(",");
  const groups = { ...GROUPS, strBits: { fields: Object.fromEntries(STATE_BITS.map((bit) => [bit, ""])) } };
  const lines = Object.entries(groups).flatMap(([group, { fields }]) => [
    `  ${group}: {`,
    ...Object.keys(fields).map((field) => {
      const values = names.map((name) => String(columns.get(name)![group]?.[field] ?? "none"));
      return `    ${`${field}:`.padEnd(21)} [${cells(values)}],`;
    }),
    "  },",
  ]);
  return `// deno-fmt-ignore-file
// Generated by \`deno task offsets\` from the headers of the versions named; do not edit. Names: tools/offsets_fields.ts.
/**
 * Byte offsets in CPython's structures on x86-64: a row a field, a column a version. \`size\` (and \`asciiData\`,
 * \`strCompact.data\`) are sizes; \`strBits\` are bit numbers. A \`t\` marks the free-threaded layout.
 * @module
 */

/** The version does not have it. */
const none = null;

/** What the columns are, in order. */
export const VERSIONS = ${listText(names.map(versionOf))};

/** The release whose headers each column is from. */
export const RELEASES = ${listText(names)};

/** Offsets by group, field and column. */
export const OFFSETS: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>> = {
${lines.join("\n")}
};
`;
}

function listText(names: readonly string[]): string {
  return JSON.stringify(names).replaceAll(",", ", ");
}

/** The columns of the data as it is, by their release. */
export function committedColumns(): Map<string, Table> {
  return new Map(RELEASES.map((release, column) => {
    const table: Table = {};
    for (const [group, fields] of Object.entries(OFFSETS)) {
      const numbers = Object.entries(fields).map(([field, row]) => [field, row[column]] as const);
      table[group] = Object.fromEntries(numbers.filter((pair): pair is [string, number] => pair[1] !== null));
    }
    return [release, table];
  }));
}

/** Orders `3.9.18` before `3.13.0`, and `3.13.0t` behind them all. */
export function compareColumns(a: string, b: string): number {
  const key = (name: string) => [name.endsWith("t") ? 1 : 0, ...name.match(/\d+/g)!.map(Number)];
  const [left, right] = [key(a), key(b)];
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? 0 : left[at] - right[at];
}

/** The version of a release: `3.13t` of `3.13.18t`. */
export function versionOf(column: string): string {
  return column.replace(/^(\d+\.\d+).*?(t?)$/, "$1$2");
}

function update(): void {
  const columns = committedColumns();
  for (const headers of findHeaders()) {
    for (const { column, macros } of layoutsOf(headers)) {
      const known = [...columns.keys()].find((name) => versionOf(name) === versionOf(column));
      if (known !== undefined && compareColumns(known, column) > 0) continue;
      if (known !== undefined) columns.delete(known);
      columns.set(column, measure(headers, macros));
      console.error(`offsets: ${column} from ${headers.include}`);
    }
  }
  const sorted = new Map([...columns].sort(([a], [b]) => compareColumns(a, b)));
  Deno.writeTextFileSync(DATA, dataText(sorted));
}

if (import.meta.main) {
  const macros = Deno.args.flatMap((arg, index) => arg === "-D" ? [Deno.args[index + 1].replace(/=1$/, "")] : []);
  const [include] = Deno.args.filter((arg, index) => arg !== "-D" && Deno.args[index - 1] !== "-D");
  if (include === undefined) {
    update();
  } else {
    const headers = readHeaders(include.replace(/\/+$/, ""));
    console.log(JSON.stringify({ version: headers.version, ...measure(headers, macros) }, null, 2));
  }
}
