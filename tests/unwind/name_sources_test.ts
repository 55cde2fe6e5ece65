/**
 * The sources of names against what the compiler's own unstripped build has: however a file is stripped, and wherever
 * its symbols went, each name is right, or absent where nothing has it.
 */

import assert from "node:assert/strict";
import { buildId } from "../../src/unwind/build_id.ts";
import { type DebugFile, debugFileFinder, type FindDebugFile } from "../../src/unwind/debug_files.ts";
import { findSection } from "../../src/unwind/elf.ts";
import { openRegular } from "../../src/unwind/mapped_file.ts";
import { ModuleFile } from "../../src/unwind/module_file.ts";
import type { NameSource } from "../../src/unwind/symbols/name_source.ts";
import "../support/shim.ts";
import { addMiniDebugInfo, buildProgram, BUILDS, splitDebug, strip } from "./corpus.ts";
import { compileRust } from "./lines/corpus.ts";
import { elfOf, functionsOf, run, temporaryFolder, Truth } from "./support.ts";

/** Opens a file as a module; `path` is where its process has it. */
function moduleOf(file: string, { path = file, find }: { path?: string; find?: FindDebugFile } = {}): ModuleFile {
  return new ModuleFile(openRegular(file)!, { path, findDebugFile: find, warn: (message) => assert.fail(message) });
}

/** Counts right and absent names over some addresses of every function; fails at a wrong one. */
function compare(names: NameSource, path: string, truth: Truth): { right: number; absent: number } {
  const counts = { right: 0, absent: 0 };
  for (const { start, end } of functionsOf(path)) {
    for (const address of new Set([start, start + Math.floor((end - start) / 2), end - 1])) {
      const found = names.lookup(address, start);
      if (found === null) counts.absent++;
      else if (!found.name.endsWith("@plt")) {
        counts.right++;
        const expected = truth.names(address, start);
        assert.ok(expected.includes(found.name), `0x${address.toString(16)} is ${found.name}, not one of ${expected}`);
      }
    }
  }
  return counts;
}

/** Stubs by address, as objdump names them. */
function stubsOf(path: string): Map<number, string> {
  const text = [".plt", ".plt.sec", ".plt.got"].map((section) => {
    const args = ["--disassemble", `--section=${section}`, path];
    const { stdout } = new Deno.Command("objdump", { args, env: { LC_ALL: "C" }, stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout);
  }).join("\n");
  return new Map(Array.from(
    text.matchAll(/^([0-9a-f]+) <([^>]+@plt)>:/gm),
    ([, address, name]) => [parseInt(address, 16), name.replace(/@.*@plt/, "@plt")],
  ));
}

function checkStubs(names: NameSource, path: string, flags: readonly string[]): void {
  const expected = stubsOf(path);
  if (!flags.includes("-fno-plt") && !flags.includes("-static")) assert.ok(expected.size > 5, `${expected.size} stubs`);
  for (const [address, stub] of expected) {
    // objdump has no name for what an indirect function's stub leads to but its place.
    if (stub.startsWith("*ABS*")) continue;
    const found = names.lookup(address + 4, null);
    assert.deepEqual([found?.name, found?.start], [stub, address]);
  }
}

for (const [name, flags] of BUILDS) {
  Deno.test(`names and stubs are right for a program ${name}, and none is wrong when it is stripped`, () => {
    using folder = temporaryFolder();
    const [full, stripped] = [`${folder.path}/program`, `${folder.path}/stripped`];
    buildProgram(full, flags);
    strip(full, stripped);
    const truth = new Truth(full);
    using whole = moduleOf(full);
    const all = compare(whole.names, full, truth);
    // Absent are the head of .plt, and code that the C library's assembly files leave without a symbol.
    assert.ok(all.right > 30 && all.absent <= all.right / 50 + 6, JSON.stringify(all));
    using bare = moduleOf(stripped);
    const some = compare(bare.names, stripped, truth);
    assert.ok(some.right < all.right && some.absent > all.absent, JSON.stringify(some));
    checkStubs(bare.names, stripped, flags);
  });
}

Deno.test("names are right for a program in Rust, and none is wrong when it is stripped", () => {
  using folder = temporaryFolder();
  const full = compileRust(folder.path, "shapes.rs");
  if (full === null) return;
  const stripped = `${folder.path}/stripped`;
  strip(full, stripped);
  const truth = new Truth(full);
  using whole = moduleOf(full);
  const all = compare(whole.names, full, truth);
  assert.ok(all.right > 1000 && all.absent <= all.right / 50, JSON.stringify(all));
  using bare = moduleOf(stripped);
  const some = compare(bare.names, stripped, truth);
  assert.ok(some.right < all.right && some.absent > all.absent, JSON.stringify(some));
});

Deno.test("the stub of an indirect function has that one's name where the symbol is left", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/program`;
  buildProgram(path, ["-O2", "-static"]);
  const plt = findSection(elfOf(path), ".plt")!;
  using module = moduleOf(path);
  const names = Array.from({ length: plt.size / 8 }, (_, i) => module.names.lookup(plt.address + 8 * i, null)?.name);
  assert.ok(names.includes("strcpy@plt") && names.includes("strrchr@plt"), names.join(" "));
});

/** Where a stripped file's symbols may be: a name, and how to put them there below the root of a process. */
const PLACES: readonly (readonly [string, (files: Files) => void])[] = [
  ["by build-id", ({ debug, root, id }) => place(debug, `${root}/usr/lib/debug/.build-id/${id}.debug`)],
  ["by link, beside it", ({ debug, root }) => place(debug, `${root}/opt/app/program.debug`)],
  ["by link, in .debug", ({ debug, root }) => place(debug, `${root}/opt/app/.debug/program.debug`)],
  ["by link, below /usr/lib/debug", ({ debug, root }) => place(debug, `${root}/usr/lib/debug/opt/app/program.debug`)],
  ["by link, beside it by a link of its folder", ({ debug, root }) => {
    Deno.mkdirSync(`${root}/srv`);
    Deno.renameSync(`${root}/opt/app`, `${root}/srv/real`);
    place(debug, `${root}/srv/real/program.debug`);
    Deno.symlinkSync("/srv/real", `${root}/opt/app`);
  }],
  ["by build-id, with links that begin at the process's root", ({ debug, root, id }) => {
    place(debug, `${root}/data/there.debug`);
    Deno.mkdirSync(`${root}/usr/lib/debug/.build-id/${id.slice(0, 2)}`, { recursive: true });
    Deno.symlinkSync("/data/../../../data/there.debug", `${root}/usr/lib/debug/.build-id/${id}.debug`);
  }],
  ["in the file, packed", ({ full, module }) => addMiniDebugInfo(full, module)],
];

interface Files {
  /** The unstripped file, its debug file, and the stripped one as it is in the process's root. */
  readonly full: string;
  readonly debug: string;
  readonly module: string;
  readonly root: string;
  /** `ab/cdef…`. */
  readonly id: string;
}

function place(file: string, path: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.copyFileSync(file, path);
}

/** A stripped program with a link to its debug file, and the places that its symbols may be put to. */
class Stripped implements Disposable {
  readonly full: string;
  readonly truth: Truth;
  /** An address that only the symbols that were taken away name. */
  readonly hidden: number;
  readonly #folder = temporaryFolder();
  readonly #debug: string;
  readonly #stripped: string;
  readonly #id: string;
  #roots = 0;

  constructor(...flags: string[]) {
    [this.full, this.#debug] = [`${this.#folder.path}/program`, `${this.#folder.path}/program.debug`];
    this.#stripped = `${this.#folder.path}/stripped`;
    buildProgram(this.full, ["-O2", ...flags]);
    splitDebug(this.full, this.#debug);
    strip(this.full, this.#stripped);
    run("objcopy", `--add-gnu-debuglink=${this.#debug}`, this.#stripped);
    const id = buildId(elfOf(this.full)) ?? "";
    this.#id = `${id.slice(0, 2)}/${id.slice(2)}`;
    this.truth = new Truth(this.full);
    this.hidden = this.truth.start("_ZL6hiddeni");
  }

  /** A root of its own with the stripped program in it. */
  files(): Files {
    const root = `${this.#folder.path}/root${this.#roots++}`;
    const module = `${root}/opt/app/program`;
    place(this.#stripped, module);
    return { full: this.full, debug: this.#debug, module, root, id: this.#id };
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

Deno.test("symbols that were taken from a file are found where they went", async (t) => {
  using program = new Stripped();
  using whole = moduleOf(program.full);
  const expected = compare(whole.names, program.full, program.truth);
  for (const [name, put] of PLACES) {
    await t.step(name, () => {
      const files = program.files();
      const { module: file, root } = files;
      const options = { path: "/opt/app/program", find: debugFileFinder(root) };
      using without = moduleOf(file, options);
      assert.equal(without.names.lookup(program.hidden, program.hidden), null);
      put(files);
      // Under another name where the folder is a link now, which leads elsewhere from our root.
      using module = moduleOf(name.includes("link of its folder") ? `${root}/srv/real/program` : file, options);
      assert.deepEqual(compare(module.names, program.full, program.truth), expected);
      assert.equal(module.names.lookup(program.hidden, program.hidden)?.name, "_ZL6hiddeni");
    });
  }
});

Deno.test("a debug file without a build-id is known by its checksum", () => {
  using program = new Stripped("-Wl,--build-id=none");
  const { debug, module: file, root } = program.files();
  place(debug, `${root}/opt/app/program.debug`);
  const options = { path: "/opt/app/program", find: debugFileFinder(root) };
  using right = moduleOf(file, options);
  assert.equal(right.names.lookup(program.hidden, program.hidden)?.name, "_ZL6hiddeni");
  Deno.writeFileSync(`${root}/opt/app/program.debug`, new Uint8Array(1), { append: true });
  using wrong = moduleOf(file, options);
  assert.equal(wrong.names.lookup(program.hidden, program.hidden), null);
});

Deno.test("a debug file of another build, or out of the process's root, is none", async (t) => {
  using program = new Stripped();
  using other = new Stripped("-fno-inline");
  const rows: [string, (files: Files) => void][] = [
    ["by build-id", ({ root, id }) => place(other.files().debug, `${root}/usr/lib/debug/.build-id/${id}.debug`)],
    ["by link", ({ root }) => place(other.files().debug, `${root}/opt/app/program.debug`)],
    ["a link that would lead there from our root", ({ debug, root }) => {
      Deno.symlinkSync(debug, `${root}/opt/app/program.debug`);
    }],
    ["a link up", ({ debug, root }) => {
      Deno.symlinkSync(`../../../${debug.slice(debug.lastIndexOf("/") + 1)}`, `${root}/opt/app/program.debug`);
    }],
    ["links in a circle", ({ root }) => Deno.symlinkSync("program.debug", `${root}/opt/app/program.debug`)],
    ["no ELF file", ({ root }) => Deno.writeTextFileSync(`${root}/opt/app/program.debug`, "\x7fELF? no")],
    ["a folder", ({ root }) => Deno.mkdirSync(`${root}/opt/app/program.debug`)],
    ["cut off", ({ debug, root }) => {
      const bytes = Deno.readFileSync(debug);
      Deno.writeFileSync(`${root}/opt/app/program.debug`, bytes.subarray(0, bytes.length - 100));
    }],
  ];
  for (const [name, put] of rows) {
    await t.step(name, () => {
      const files = program.files();
      put(files);
      const opened: DebugFile[] = [];
      const search = debugFileFinder(files.root);
      using module = moduleOf(files.module, {
        path: "/opt/app/program",
        find: (elf, path) => {
          const file = search(elf, path);
          if (file !== null) opened.push(file);
          return file;
        },
      });
      assert.equal(module.names.lookup(program.hidden, program.hidden), null);
      assert.deepEqual(opened, []);
    });
  }
});
