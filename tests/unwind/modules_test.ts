import assert from "node:assert/strict";
import { readMaps } from "../../src/kernel/maps.ts";
import type { Mapping } from "../../src/types.ts";
import { buildId } from "../../src/unwind/build_id.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { NativeNamer } from "../../src/unwind/names.ts";
import { type Probe, probe } from "./modules_probe.ts";
import { deviceOf, elfOf, memoryOf, run, start, temporaryFolder } from "./support.ts";

const PROGRAM = `
#include <stdio.h>
int exported_data = 42;
__attribute__((noinline)) int exported_function(int x) { return x + getchar(); }
static __attribute__((noinline)) int hidden_function(int x) { return x + exported_function(x); }
int main(int argc, char **argv) { puts("ready"); fflush(stdout); return hidden_function(argc) + exported_data; }
`;

/** A program that waits for input, as `path`. */
function compile(path: string, ...flags: string[]): void {
  Deno.writeTextFileSync(`${path}.c`, PROGRAM);
  run("gcc", "-O1", "-rdynamic", ...flags, "-o", path, `${path}.c`);
}

function tableOf(pid: number, readMemory = memoryOf(pid)): ModuleTable {
  using _ = readMemory;
  return new ModuleTable(pid, { readMaps: () => readMaps(pid), readMemory });
}

Deno.test("ModuleTable knows the modules of this process", () => {
  using modules = tableOf(Deno.pid);
  const expected = readMaps(Deno.pid).filter(({ executable, path }) =>
    executable && /^\/.*\.so|\[vdso\]|deno$/.test(path)
  );
  assert.ok(expected.length > 5);
  for (const mapping of expected) {
    const module = modules.find(mapping.start);
    assert.equal(module?.path, mapping.path);
    assert.ok(module.start <= mapping.start && mapping.end <= module.end);
    assert.equal(modules.find(mapping.end - 1), module);
  }
  assert.deepEqual(
    modules.modules.map(({ start }) => start).toSorted((a, b) => a - b),
    modules.modules.map((m) => m.start),
  );
});

Deno.test("ModuleTable reads the vdso from memory", () => {
  using modules = tableOf(Deno.pid);
  const vdso = modules.modules.find(({ path }) => path === "[vdso]");
  assert.ok(vdso !== undefined);
  const address = vdso.find("__vdso_clock_gettime");
  assert.ok(address !== null && vdso.start < address && address < vdso.end);
  assert.deepEqual(vdso.name(address, null), { symbol: "__vdso_clock_gettime", named: true, offset: 0 });
  assert.ok(vdso.unwindInfo() !== null);
});

Deno.test("Module.unwindInfo() and section() have the bytes that are in memory there", () => {
  using readMemory = memoryOf(Deno.pid);
  using modules = new ModuleTable(Deno.pid, { readMaps: () => readMaps(Deno.pid), readMemory });
  const libc = modules.modules.find(({ path }) => /\/libc\.so/.test(path));
  const info = libc?.unwindInfo();
  assert.ok(libc !== undefined && info);
  const mapped = new Uint8Array(info.bytes.length);
  assert.ok(readMemory(info.address, mapped));
  assert.ok(mapped.every((byte, index) => byte === info.bytes[index]));
  assert.ok(info.address <= info.headerAddress && info.headerAddress < info.address + info.bytes.length);
  const [id, note] = [new Uint8Array(20), libc.section(".note.gnu.build-id")];
  assert.ok(note !== null && readMemory(note + 16, id));
  assert.equal(
    Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    buildId(libc.elf),
  );
  assert.deepEqual([libc.section(".symtab"), libc.section(".none"), libc.find("no_such_symbol")], [null, null, null]);
});

Deno.test("Module.find() gives runtime addresses, as the program itself sees them", async (t) => {
  for (const flags of [["-pie", "-fPIE"], ["-no-pie"], ["-static"]]) {
    await t.step(flags.join(" "), async () => {
      using folder = temporaryFolder();
      const path = `${folder.path}/program`;
      compile(path, ...flags);
      await using program = await start(path);
      using readMemory = memoryOf(program.pid);
      using modules = tableOf(program.pid);
      const module = modules.modules.find((module) => module.path === path);
      assert.ok(module !== undefined);
      const value = new Uint8Array(4);
      assert.ok(readMemory(module.find("exported_data") ?? 0, value));
      assert.equal(new DataView(value.buffer).getInt32(0, true), 42);
      assert.equal(module.loadBias === 0, elfOf(path).type === "EXEC");
      const code = module.find("hidden_function") ?? 0;
      assert.deepEqual(module.name(code + 3, code), { symbol: "hidden_function", named: true, offset: 3 });
      assert.equal(modules.find(code), module);
    });
  }
});

Deno.test("ModuleTable opens the file that is mapped, whatever became of its path", async (t) => {
  // Whether the path in maps leads to the file, and what is done to it.
  const rows: [string, boolean, (path: string) => void][] = [
    ["unchanged", true, () => {}],
    ["deleted", false, (path) => Deno.removeSync(path)],
    ["renamed", true, (path) => Deno.renameSync(path, `${path}.old`)],
    ["replaced by another program", false, (path) => {
      Deno.copyFileSync("/bin/true", `${path}.new`);
      Deno.renameSync(`${path}.new`, path);
    }],
    ["replaced by a device", false, (path) => {
      Deno.removeSync(path);
      Deno.symlinkSync("/dev/zero", path);
    }],
  ];
  const direct = canOpenMapFiles();
  for (const [name, reachable, change] of rows) {
    await t.step(name, async () => {
      using folder = temporaryFolder();
      const [path, library] = [`${folder.path}/program`, `${folder.path}/library.so`];
      compile(path);
      Deno.writeTextFileSync(`${library}.c`, "int library_function(int x) { return x; }");
      run("gcc", "-shared", "-fPIC", "-o", library, `${library}.c`);
      await using program = await start("/bin/sh", "-c", `LD_PRELOAD=${library} exec ${path}`);
      change(path);
      change(library);
      for (const [file, symbol] of [["program", "exported_function"], ["library.so", "library_function"]]) {
        const probes = [{ found: probe(program.pid, file, symbol), whole: direct || reachable || file === "program" }];
        // The program itself can always be opened, by /proc/PID/exe; a library is else read from memory.
        if (direct) {
          const found = probeAsInContainer(program.pid, { file, symbol });
          if (found !== undefined) probes.push({ found, whole: reachable || file === "program" });
        }
        for (const { found, whole } of probes) {
          assert.deepEqual(found?.name, { symbol, named: true, offset: 0 }, file);
          assert.ok(found.unwindSize > 0);
          assert.equal(found.sections > 0, whole, `${file} has ${found.sections} sections`);
        }
      }
    });
  }
});

Deno.test("ModuleTable finds libraries in other roots and mount namespaces by their paths", async (t) => {
  if (!canOpenMapFiles()) {
    console.log("skipped: it takes root, outside of a container");
    return;
  }
  using folder = temporaryFolder();
  const root = `${folder.path}/root`;
  Deno.mkdirSync(root);
  compile(`${root}/program`);
  Deno.writeTextFileSync(`${root}/library.c`, "int library_function(int x) { return x; }");
  run("gcc", "-shared", "-fPIC", "-o", `${root}/library.so`, `${root}/library.c`);
  for (const [path] of run("ldd", `${root}/program`).matchAll(/\/\S+/g)) {
    Deno.mkdirSync(`${root}${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
    Deno.copyFileSync(path, `${root}${path}`);
  }
  // In the namespace the same files are at a path where the reader has nothing, as in a container.
  const hidden = `${folder.path}/hidden`;
  Deno.mkdirSync(hidden);
  const mount = `mount --bind ${root} ${hidden} && LD_PRELOAD=${hidden}/library.so exec ${hidden}/program`;
  const chroot = `exec env LD_PRELOAD=/library.so chroot ${root} /program 2>/dev/null`;
  const rows: [string, string[]][] = [
    ["a chroot, where maps have the reader's paths", ["sh", "-c", chroot]],
    ["a mount namespace, where maps have its own", ["unshare", "--mount", "sh", "-c", mount]],
  ];
  for (const [name, [program, ...args]] of rows) {
    await t.step(name, async () => {
      await using running = await start(program, ...args);
      const found = probeAsInContainer(running.pid, { file: "library.so", symbol: "library_function" });
      if (found === undefined) return;
      assert.equal(found?.name?.symbol, "library_function");
      assert.ok(found.sections > 0, "it was read from memory, not from its file");
    });
  }
});

/** Whether the kernel lets this process open what others have mapped. */
function canOpenMapFiles(): boolean {
  try {
    const { start, end } = readMaps(Deno.pid).find(({ path }) => path.startsWith("/"))!;
    return Deno.statSync(`/proc/self/map_files/${start.toString(16)}-${end.toString(16)}`).isFile;
  } catch {
    return false;
  }
}

/** With what root has in a container: all but the two capabilities that open map_files. */
function probeAsInContainer(pid: number, { file, symbol }: { file: string; symbol: string }): Probe | null | undefined {
  const script = new URL("modules_probe.ts", import.meta.url).pathname;
  const probe = [Deno.execPath(), "run", "-A", "--no-check", script, `${pid}`, file, symbol];
  try {
    return JSON.parse(run("setpriv", "--bounding-set=-checkpoint_restore,-sys_admin", "--inh-caps=-all", ...probe));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("skipped: no setpriv(1)");
    return undefined;
  }
}

Deno.test("ModuleTable.refresh() tells whether code was mapped or unmapped, and keeps files open", async () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/program`;
  compile(path);
  const program = await start(path);
  let mappings = readMaps(program.pid);
  const all = mappings;
  using readMemory = memoryOf(program.pid);
  using modules = new ModuleTable(program.pid, { readMaps: () => mappings, readMemory });
  const [before, generation] = [modules.modules, modules.generation];
  const heap: Mapping = { ...all[0], start: 0x1000, end: 0x2000, executable: false, path: "[heap]", inode: 0 };

  mappings = [heap, ...all];
  assert.equal(modules.refresh(), false);
  assert.equal(modules.mapping(0x1800)?.path, "[heap]");
  assert.equal(modules.modules, before);

  mappings = all.filter((mapping) => !/libc\.so/.test(mapping.path));
  assert.equal(modules.refresh(), true);
  assert.ok(modules.generation > generation);
  assert.equal(modules.modules.length, before.length - 1);

  mappings = all;
  assert.equal(modules.refresh(), true);
  assert.equal(modules.modules.length, before.length);

  await program[Symbol.asyncDispose]();
  mappings = [];
  assert.equal(modules.refresh(), false);
  const main = modules.modules.find((module) => module.path === path);
  assert.equal(main?.name(main.find("hidden_function")!, null).symbol, "hidden_function");
});

Deno.test("ModuleTable.refresh() takes up what is mapped of a file after its code", () => {
  using readMemory = memoryOf(Deno.pid);
  const whole = readMaps(Deno.pid);
  const libc = whole.find(({ path, executable }) => executable && /\/libc\.so/.test(path))!.path;
  // The dynamic linker maps a library's code before its data.
  let maps = whole.filter(({ path, writable }) => path !== libc || !writable);
  using modules = new ModuleTable(Deno.pid, { readMaps: () => maps, readMemory });
  const writable = () => modules.modules.find(({ path }) => path === libc)!.mappings.filter((m) => m.writable);
  assert.deepEqual(writable(), []);
  maps = whole;
  assert.equal(modules.refresh(), true);
  assert.deepEqual(writable(), whole.filter((mapping) => mapping.path === libc && mapping.writable));
  maps = whole.filter(({ path }) => path !== "");
  assert.equal(modules.refresh(), false);
});

Deno.test("ModuleTable takes files that are no ELF files, or cannot be read, for no modules", () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/data`, "text".repeat(5000));
  const { ino, dev } = Deno.statSync(`${folder.path}/data`);
  const mapping: Mapping = {
    start: 0x10000,
    end: 0x12000,
    readable: true,
    writable: false,
    executable: true,
    offset: 0,
    device: deviceOf(dev),
    inode: ino ?? 0,
    path: `${folder.path}/data`,
    deleted: false,
  };
  const mappings = [mapping, { ...mapping, start: 0x20000, end: 0x22000, path: `${folder.path}/none`, inode: 1 }];
  using modules = new ModuleTable(Deno.pid, { readMaps: () => mappings, readMemory: () => false });
  assert.deepEqual(modules.modules, []);
  assert.equal(modules.find(0x10000), null);
  const namer = new NativeNamer(modules, { findFunction: () => null });
  assert.deepEqual(namer.frame(0x10123, { exact: true }), {
    kind: "native",
    pc: 0x10123,
    symbol: "data+0x123",
    named: false,
    offset: 0,
    module: `${folder.path}/data`,
    exact: true,
  });
});
