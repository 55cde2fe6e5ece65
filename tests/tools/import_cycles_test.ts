/** Imports point one way: no file of src/ imports itself by way of others, not even for a type. */

import assert from "node:assert/strict";

/** What `deno info --json` tells, as far as it is used. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: Target; readonly type?: Target }[];
  }[];
}
type Target = { readonly specifier?: string };

const ROOT = new URL("../../", import.meta.url);

function importsOf(file: string): Map<string, readonly string[]> {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json", file], cwd: ROOT.pathname })
    .outputSync();
  const { modules }: Info = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(modules.map(({ specifier, dependencies = [] }) => [
    specifier,
    dependencies.flatMap(({ code, type }) => [code?.specifier ?? [], type?.specifier ?? []].flat()),
  ]));
}

/** A way from a module back to itself; null where there is none. */
function cycleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  function visit(module: string, path: readonly string[]): string[] | null {
    if (path.includes(module)) return [...path.slice(path.indexOf(module)), module];
    if (done.has(module)) return null;
    for (const next of imports.get(module) ?? []) {
      const cycle = visit(next, [...path, module]);
      if (cycle !== null) return cycle;
    }
    done.add(module);
    return null;
  }
  for (const module of imports.keys()) {
    const cycle = visit(module, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

Deno.test("no imports go in a circle", () => {
  assert.deepEqual(cycleIn(new Map([["a", ["b", "c"]], ["b", ["c"]], ["c", []]])), null);
  assert.deepEqual(cycleIn(new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]])), ["b", "c", "b"]);
  const imports = importsOf("mod.ts");
  assert.ok(imports.size > 100, `${imports.size} modules`);
  assert.deepEqual(cycleIn(imports)?.map((module) => module.replace(ROOT.href, "")) ?? null, null);
});
