/** Names of native functions as users meet them: in dumps for people, in samples for other programs. */

import assert from "node:assert/strict";
import { sample } from "../../mod.ts";
import { buildId } from "../../src/unwind/build_id.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { addMiniDebugInfo, splitDebug, strip } from "../unwind/corpus.ts";
import { elfOf, run } from "../unwind/support.ts";

/** Calls its argument through one of Cython, a function that only `.symtab` has, and one whose name is mangled. */
const LIBRARY = `
#include <cstdlib>
static int (*callback)(int);
namespace shapes {
template <typename T> struct Box {
  T value;
  __attribute__((noinline)) T get(long more) const { return callback(value) + more; }
};
}
static __attribute__((noinline)) int hidden_function(int x) { return shapes::Box<int>{x}.get(2) + 1; }
extern "C" __attribute__((noinline)) int __pyx_pw_6shapes_1work(int x) { return hidden_function(x) + 1; }
extern "C" int enter(int (*call)(int)) { callback = call; return __pyx_pw_6shapes_1work(3) + 1; }
`;

/** A server on this machine answers long before. */
const SAMPLES_MAX = 2000;

const PROGRAM = `
import ctypes, sys, time
@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
def wait(x):
    print("ready", flush=True)
    sys.stdin.readline()
    return x
ctypes.CDLL(sys.argv[1]).enter(wait)
`;

function build(folder: TemporaryFolder): string {
  const path = folder.file("libshapes.so");
  Deno.writeTextFileSync(folder.file("shapes.cc"), LIBRARY);
  const flags = ["-O1", "-w", "-shared", "-fPIC", "-fno-optimize-sibling-calls", "-Wl,--build-id"];
  run("g++", ...flags, "-o", path, folder.file("shapes.cc"));
  return path;
}

/** The lines of a dump that are in the library. */
async function dumpOf(target: Target, ...args: string[]): Promise<string[]> {
  const { code, stdout, stderr } = await austinp([...args, "-w", `${target.pid}`], { env: { NO_COLOR: "1" } });
  assert.equal(code, 0, stderr);
  return stdout.split("\n").filter((line) => line.includes("libshapes.so")).map((line) => line.trim());
}

testTypicalPythons("a dump has readable names and short paths, or full ones on demand", async (python) => {
  using folder = new TemporaryFolder();
  const library = build(folder);
  await using target = await Target.run(python, PROGRAM, { args: [library] });
  const names = ["enter", "shapes.work", "hidden_function", "shapes::Box<int>::get"];
  assert.deepEqual((await dumpOf(target)).map(withoutOffset), names.map((name) => `${name} (libshapes.so)`));
  assert.deepEqual(
    (await dumpOf(target, "--full-symbols", "--full-paths")).map(withoutOffset),
    ["enter", "__pyx_pw_6shapes_1work", "hidden_function(int)", "shapes::Box<int>::get(long) const"].map((name) =>
      `${name} (${library})`
    ),
  );
  const { stdout } = await austinp(["-p", `${target.pid}`, "-i", "1ms", "-x", "1"]);
  assert.match(stdout, /:__pyx_pw_6shapes_1work:\d+;.*:_ZNK6shapes3BoxIiE3getEl:/);
});

testTypicalPythons("a stripped library is named by its debug file, or by what is packed into it", async (python) => {
  using folder = new TemporaryFolder();
  const library = build(folder);
  const full = folder.file("full.so");
  Deno.copyFileSync(library, full);
  const hidden = (lines: string[]) => lines.map(withoutOffset)[2];
  for (const place of ["nowhere", "linked", "packed"]) {
    strip(full, library);
    if (place === "linked") {
      splitDebug(full, folder.file("libshapes.debug"));
      run("objcopy", `--add-gnu-debuglink=${folder.file("libshapes.debug")}`, library);
    }
    if (place === "packed") addMiniDebugInfo(full, library);
    await using target = await Target.run(python, PROGRAM, { args: [library] });
    const line = hidden(await dumpOf(target));
    if (place === "nowhere") assert.match(line, /^libshapes\.so\+0x[0-9a-f]+ \(libshapes\.so\)$/);
    else assert.equal(line, "hidden_function (libshapes.so)", place);
    Deno.removeSync(library);
  }
});

/** The library without what can be left out, and beside it as it was. */
function buildStripped(folder: TemporaryFolder): { library: string; full: string } {
  const library = build(folder);
  const full = folder.file("full.so");
  Deno.copyFileSync(library, full);
  strip(full, library);
  return { library, full };
}

/** A server that has a file's debug file, and the variables that name it. */
function serveDebug(folder: TemporaryFolder, full: string) {
  splitDebug(full, folder.file("debug"));
  const debug = Deno.readFileSync(folder.file("debug"));
  const path = `/buildid/${buildId(elfOf(full))}/debuginfo`;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ url }) => {
    return new URL(url).pathname === path ? new Response(debug) : new Response("not found", { status: 404 });
  });
  const env = { DEBUGINFOD_URLS: `http://127.0.0.1:${server.addr.port}`, XDG_CACHE_HOME: folder.file("cache") };
  return { env, [Symbol.asyncDispose]: () => server.shutdown() };
}

testTypicalPythons(
  "a stripped library is named by a server that the user has named, and by no other",
  async (python) => {
    using folder = new TemporaryFolder();
    const { library, full } = buildStripped(folder);
    await using server = serveDebug(folder, full);
    await using target = await Target.run(python, PROGRAM, { args: [library] });
    const outcome = await austinp(["-w", `${target.pid}`], { env: { ...server.env, NO_COLOR: "1" } });
    assert.match(outcome.stdout, / hidden_function \(libshapes\.so:/);
    const without = await austinp(["-w", `${target.pid}`], { env: { XDG_CACHE_HOME: folder.file("cache") } });
    assert.doesNotMatch(without.stdout, /hidden_function/);
  },
);

testTypicalPythons("names that come while samples are taken hold from then on", async (python) => {
  using folder = new TemporaryFolder();
  const { library, full } = buildStripped(folder);
  await using server = serveDebug(folder, full);
  // One that runs: a thread that waits is not looked at again.
  const program = PROGRAM.replace("sys.stdin.readline()", "while True: pass");
  await using target = await Target.run(python, program, { args: [library] });
  using _ = environment(server.env);
  const seen = new Set<string>();
  let samples = 0;
  for await (const { stack } of sample(target.pid, { interval: 5_000 })) {
    for (const frame of stack.frames) {
      if (frame.kind === "native" && frame.module === library) seen.add(frame.symbol.replace(/\+.*/, "+"));
    }
    if (seen.has("_ZL15hidden_functioni") || ++samples === SAMPLES_MAX) break;
  }
  assert.deepEqual([...seen].sort(), [
    "_ZL15hidden_functioni",
    "_ZNK6shapes3BoxIiE3getEl",
    "__pyx_pw_6shapes_1work",
    "enter",
    "libshapes.so+",
  ]);
});

/** What `-w` takes of a checkout that was built on a machine without libbfd. */
function withoutLibbfd(folder: TemporaryFolder): string {
  const top = new URL("../..", import.meta.url).pathname;
  for (const name of ["deno.json", "mod.ts", "node_modules", "src"]) Deno.symlinkSync(top + name, folder.file(name));
  Deno.mkdirSync(folder.file("build/lib"), { recursive: true });
  const files = Array.from(Deno.readDirSync(`${top}build/lib`), ({ name }) => `build/lib/${name}`);
  for (const file of ["build/libaustinp_shim.so", ...files.filter((file) => !file.includes("libbfd"))]) {
    Deno.symlinkSync(top + file, folder.file(file));
  }
  return folder.file("mod.ts");
}

testTypicalPythons("without libbfd there are all names, and a warning in place of lines", async (python) => {
  using folder = new TemporaryFolder();
  const library = build(folder);
  await using target = await Target.run(python, PROGRAM, { args: [library] });
  const args = ["run", "-A", "--no-check", withoutLibbfd(folder), "-w", `${target.pid}`];
  const env = { NO_COLOR: "1", XDG_CACHE_HOME: folder.path };
  const { code, stdout, stderr } = await austinp(args, { program: Deno.execPath(), env });
  assert.equal(code, 0, stderr);
  assert.match(stdout, / shapes::Box<int>::get \(libshapes\.so:\d+\)\n/);
  if (!python.stripped) assert.match(stderr, /no source lines of .*: Cannot load libaustinp_lines\.so/);
});

/** Loads its library from memory alone. */
const IN_MEMORY = PROGRAM.replace(
  "ctypes.CDLL(sys.argv[1])",
  'ctypes.CDLL("/proc/self/fd/%d" % memory)',
).replace(
  "@ctypes",
  'memory = os.memfd_create("shapes")\nos.write(memory, open(sys.argv[1], "rb").read())\n@ctypes',
).replace("import", "import os,");

testTypicalPythons("a library that is in memory alone, and one that is deleted, have their names", async (python) => {
  for (const [program, place] of [[IN_MEMORY, "memfd:shapes"], [PROGRAM, "libshapes.so"]]) {
    using folder = new TemporaryFolder();
    const library = build(folder);
    await using target = await Target.run(python, program, { args: [library] });
    Deno.removeSync(library);
    const { stdout } = await austinp(["-w", `${target.pid}`], { env: { NO_COLOR: "1" } });
    assert.match(stdout, new RegExp(` hidden_function \\(${place}[^)]*:\\d+\\)`), stdout);
  }
});

/** Sets variables of this process for a time. */
function environment(variables: Readonly<Record<string, string>>): Disposable {
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  return { [Symbol.dispose]: () => Object.keys(variables).forEach((name) => Deno.env.delete(name)) };
}

function withoutOffset(line: string): string {
  return line.replace(/:\d+\)$/, ")");
}
