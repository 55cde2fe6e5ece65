/** Names of native functions as users meet them: in dumps for people, in samples for other programs. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";
import { Target } from "../support/target.ts";
import { addMiniDebugInfo, splitDebug, strip } from "../unwind/corpus.ts";
import { run } from "../unwind/support.ts";

/** Calls its argument through a function that only `.symtab` has, and one whose name is mangled. */
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
extern "C" int enter(int (*call)(int)) { callback = call; return hidden_function(3) + 1; }
`;

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
  const names = ["enter", "hidden_function", "shapes::Box<int>::get"];
  assert.deepEqual((await dumpOf(target)).map(withoutOffset), names.map((name) => `${name} (libshapes.so)`));
  assert.deepEqual(
    (await dumpOf(target, "--full-symbols", "--full-paths")).map(withoutOffset),
    ["enter", "hidden_function(int)", "shapes::Box<int>::get(long) const"].map((name) => `${name} (${library})`),
  );
  const { stdout } = await austinp(["-p", `${target.pid}`, "-i", "1ms", "-x", "1"]);
  assert.match(stdout, /:_ZNK6shapes3BoxIiE3getEl:/);
});

testTypicalPythons("a stripped library is named by its debug file, or by what is packed into it", async (python) => {
  using folder = new TemporaryFolder();
  const library = build(folder);
  const full = folder.file("full.so");
  Deno.copyFileSync(library, full);
  const hidden = (lines: string[]) => lines.map(withoutOffset)[1];
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

function withoutOffset(line: string): string {
  return line.replace(/:\d+\)$/, ")");
}
