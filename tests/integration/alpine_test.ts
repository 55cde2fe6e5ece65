/**
 * A root as Alpine's packages and Docker's images on top of it have them: musl, its two names for one file, a libpython
 * beside a python without symbols. What is in it is told by the names that are seen in it.
 */

import assert from "node:assert/strict";
import { ByteReader } from "../../src/byte_reader.ts";
import { REGISTERS } from "../../src/ffi/capture_record.ts";
import { Session } from "../../src/ffi/session.ts";
import { readMaps } from "../../src/kernel/maps.ts";
import { descriptorTid, GLIBC_TID } from "../../src/python/c_library.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { NativeUnwinder } from "../../src/unwind/unwinder.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { buildC } from "../support/c_program.ts";
import { childOf, withoutContainers } from "../support/contained.ts";
import { buildWithMusl, MUSL, WITHOUT_MUSL } from "../support/musl.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const LINKER = "/lib/ld-musl-x86_64.so.1";
const LIBC = "libc.musl-x86_64.so.1";
const LIBPYTHON = "libpython3.12.so.1.0";
const SOURCE = "tests/fixtures/alpine_python.c";

const obstacle = withoutContainers();
const missing = WITHOUT_MUSL || (obstacle === null ? "" : ` (skipped: ${obstacle})`);

/** Makes the root, whose Python is below `prefix`: /usr in Alpine's packages, /usr/local in Docker's images. */
function makeRoot(root: string, prefix: string): void {
  for (const folder of ["dev", "mnt", "proc", "lib", `${prefix}/bin`, `${prefix}/lib`]) {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
  }
  Deno.copyFileSync(`${MUSL!.libraries}/libc.so`, root + LINKER);
  Deno.symlinkSync(LINKER.slice("/lib/".length), `${root}/lib/${LIBC}`);
  const stripped = ["-s", `-Wl,-soname,${LIBPYTHON}`, "-DLIBRARY"];
  const library = buildWithMusl(`alpine-${LIBPYTHON}`, SOURCE, { kind: "shared", flags: stripped });
  const program = buildWithMusl("alpine-python3.12", SOURCE, { kind: "pie", linker: LINKER, flags: ["-s", library] });
  Deno.copyFileSync(library, `${root}${prefix}/lib/${LIBPYTHON}`);
  Deno.copyFileSync(program, `${root}${prefix}/bin/python3.12`);
}

/** Claims that code has the names that are seen in the root, and that the ids of threads are where they are looked for. */
function assertRead(pid: number, prefix: string): void {
  using session = new Session(pid);
  using modules = new ModuleTable(pid, { readMaps: () => readMaps(pid), readMemory: session.read });
  using unwinder = new NativeUnwinder(modules);
  const paths = modules.modules.map(({ path }) => path);
  const files = [LINKER, `${prefix}/lib/${LIBPYTHON}`, `${prefix}/bin/python3.12`];
  assert.deepEqual(paths.filter((path) => path.startsWith("/")).sort(), files.sort());
  assert.ok(
    modules.modules.every(({ path, filePath }) => !path.startsWith("/") || filePath !== null),
    "a file is missing",
  );
  const tidAt = descriptorTid(paths);
  assert.notEqual(tidAt, GLIBC_TID);
  session.dump(false);
  const stacks = new Map<number, string[]>();
  let checked = 0;
  for (const record of session.drain()) {
    const stack = unwinder.unwind(record);
    stacks.set(record.tid, Array.from({ length: stack.count }, (_, i) => unwinder.name(stack.pc(i), i === 0).symbol));
    const descriptor = new ByteReader(record.registers, REGISTERS.fsBase).u64();
    if (descriptor === 0) continue; // a thread that waits is not stopped, and its registers are not known
    const tid = new Uint8Array(4);
    assert.ok(session.read(descriptor + tidAt, tid));
    assert.equal(new ByteReader(tid).u32(), namespaceTid(pid, record.tid));
    checked++;
  }
  assert.ok(stacks.size === 2 && checked > 0);
  const names = stacks.get(pid)!;
  assert.deepEqual(names.slice(0, 2), ["Py_RunMain", "Py_BytesMain"]);
  assert.match(names[2], /^python3\.12\+0x/);
}

/** A thread's id as it sees it itself. */
function namespaceTid(pid: number, tid: number): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/task/${tid}/status`);
  return Number(/^NSpid:.*\s(\d+)$/m.exec(status)?.[1]);
}

for (const prefix of ["/usr", "/usr/local"]) {
  Deno.test({
    name: `an Alpine root with its Python below ${prefix} is read by its own names${missing}`,
    ignore: missing !== "",
    async fn() {
      using folder = new TemporaryFolder();
      makeRoot(folder.path, prefix);
      const container = buildC("container", ["tools/container.c"], ["-U_GNU_SOURCE"]);
      await using target = await Target.execute(container, [folder.path, `${prefix}/bin/python3.12`]);
      const pid = childOf(target.pid);
      assertRead(pid, prefix);
      // It has what a Python has, and is none.
      const { stderr } = await austinp(["-t", "100ms", "-w", `${pid}`]);
      assert.match(stderr, /its interpreter did not start in time/);
    },
  });
}
