import assert from "node:assert/strict";
import { readMaps } from "../../src/kernel/maps.ts";
import type { Mapping, ReadMemory } from "../../src/types.ts";
import { bytesFile, openMappedFile } from "../../src/unwind/mapped_file.ts";
import { memoryFile } from "../../src/unwind/memory_file.ts";
import { deviceOf, memoryOf, temporaryFolder } from "./support.ts";

/** The mappings of this process's libc. */
function libc(): Mapping[] {
  return readMaps(Deno.pid).filter(({ path }) => /\/libc\.so/.test(path));
}

Deno.test("openMappedFile() takes a path for the mapped file only where that is proved", async (t) => {
  using memory = memoryOf(Deno.pid);
  const [first, code] = libc();
  function changed(address: number, into: Uint8Array): boolean {
    const done = memory(address, into);
    into[700] ^= 1;
    return done;
  }
  const other = "/bin/true";
  const rows: [string, Partial<Mapping>, Mapping | null, ReadMemory, boolean][] = [
    ["same device and inode", {}, null, () => false, true],
    ["another device, same inode and content", { device: "00:99" }, first, memory, true],
    ["another device and inode, same build-id", { device: "00:99", inode: 1 }, first, memory, true],
    ["another inode, and memory that cannot be read", { inode: 1 }, first, () => false, false],
    ["another inode and content", { inode: 1 }, first, changed, false],
    ["another device and content", { device: "00:99" }, first, changed, false],
    ["another inode, and no first page", { inode: 1 }, null, memory, false],
    ["a path that leads to another file", { path: other }, first, memory, false],
    ["a path that leads nowhere", { path: "/nonexistent" }, first, memory, false],
    ["a path that leads to a device", { path: "/dev/zero" }, first, memory, false],
    ["a path that leads to a folder", { path: "/usr" }, first, memory, false],
    ["a path with a NUL", { path: "/usr\0" }, first, memory, false],
    ["no path", { path: "" }, first, memory, false],
  ];
  for (const [name, difference, firstPage, readMemory, expected] of rows) {
    await t.step(name, () => {
      // No mapping ends there, so that map_files does not decide it.
      const mapping = { ...code, end: code.end - 4096, ...difference };
      using file = openMappedFile(Deno.pid, mapping, { first: firstPage, readMemory });
      assert.equal(file !== null, expected);
      if (file !== null) assert.deepEqual(file.readAt(0, 64), Deno.readFileSync(code.path).subarray(0, 64));
    });
  }
});

Deno.test("memoryFile() reads across mappings what the file holds", () => {
  using memory = memoryOf(Deno.pid);
  const mappings = libc();
  const bytes = Deno.readFileSync(mappings[0].path);
  const file = memoryFile(mappings, memory);
  assert.ok(file !== null);
  assert.equal(file.mappedAt, mappings[0]);
  const edge = mappings[1].offset;
  assert.deepEqual(file.readAt(edge - 8, 16), bytes.slice(edge - 8, edge + 8));
  assert.throws(() => file.readAt(file.size - 1, 2), RangeError);
  assert.throws(() => file.readAt(-1, 2), RangeError);
  assert.equal(memoryFile(mappings.slice(1), memory), null);
  const holed = memoryFile([mappings[0], mappings[2]], memory);
  assert.throws(() => holed!.readAt(edge - 8, 16), { name: "RangeError", message: /not mapped/ });
  const dead = memoryFile(mappings, () => false);
  assert.throws(() => dead!.readAt(0, 16), { name: "RangeError", message: /Cannot read 16 bytes at 0x/ });
});

Deno.test("readers refuse to leave their file", async (t) => {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  Deno.writeFileSync(path, new Uint8Array(100));
  const { ino, dev } = Deno.statSync(path);
  const mapping = { ...libc()[0], path, device: deviceOf(dev), inode: ino ?? 0, end: libc()[0].end - 4096 };
  using opened = openMappedFile(Deno.pid, mapping, { first: null, readMemory: () => false });
  assert.ok(opened !== null);
  for (const file of [opened, bytesFile(new Uint8Array(100))]) {
    for (const [offset, size] of [[-1, 2], [0, 101], [100, 1], [0, -1], [2 ** 60, 1], [NaN, 1], [0, NaN], [0.5, 1]]) {
      await t.step(`${size} bytes at ${offset}`, () => assert.throws(() => file.readAt(offset, size), RangeError));
    }
    assert.equal(file.readAt(100, 0).length, 0);
  }
  await t.step("a file that shrank", () => {
    Deno.truncateSync(path, 50);
    assert.throws(() => opened.readAt(0, 100), { name: "RangeError", message: /shrank/ });
  });
});
