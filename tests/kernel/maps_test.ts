import assert from "node:assert/strict";
import { NoSuchProcessError } from "../../src/errors.ts";
import { parseMaps, readMaps } from "../../src/kernel/maps.ts";
import type { Mapping } from "../../src/types.ts";

const LIBC: Mapping = {
  start: 0x7f29cfa54000,
  end: 0x7f29cfbaa000,
  readable: true,
  writable: false,
  executable: true,
  offset: 0x26000,
  device: "fe:00",
  inode: 339380,
  path: "/usr/lib/libc.so.6",
  deleted: false,
};
const LIBC_HEAD = "7f29cfa54000-7f29cfbaa000 r-xp 00026000 fe:00 339380                     ";

Deno.test("parseMaps() reads a line", async (t) => {
  const rows: [string, string, Partial<Mapping>][] = [
    ["code", `${LIBC_HEAD}/usr/lib/libc.so.6`, {}],
    ["spaces in the path", `${LIBC_HEAD}/opt/my app/lib  c.so`, { path: "/opt/my app/lib  c.so" }],
    ["a trailing space in the path", `${LIBC_HEAD}/opt/lib `, { path: "/opt/lib " }],
    ["a deleted file", `${LIBC_HEAD}/tmp/x.so (deleted)`, { path: "/tmp/x.so", deleted: true }],
    ["a deleted file with such a name", `${LIBC_HEAD}/a (deleted) (deleted)`, { path: "/a (deleted)", deleted: true }],
    ["a memfd", `${LIBC_HEAD}/memfd:shim (deleted)`, { path: "/memfd:shim", deleted: true }],
    ["an escaped newline", `${LIBC_HEAD}/tmp/a\\012b`, { path: "/tmp/a\nb" }],
    ["a backslash of its own", `${LIBC_HEAD}/tmp/a\\b\\040`, { path: "/tmp/a\\b\\040" }],
    ["a path that is not ASCII", `${LIBC_HEAD}/tmp/größe`, { path: "/tmp/größe" }],
  ];
  for (const [name, line, expected] of rows) {
    await t.step(name, () => assert.deepEqual(parseMaps(line + "\n"), [{ ...LIBC, ...expected }]));
  }
});

Deno.test("parseMaps() reads permissions, anonymous memory and names in brackets", () => {
  const mappings = parseMaps(
    "00400000-00401000 ---p 00000000 00:00 0 \n" +
      "00600000-00601000 rw-s 00000000 00:01 7                                  /dev/zero (deleted)\n" +
      "7ffd5a6f0000-7ffd5a711000 rw-p 00000000 00:00 0                          [stack]\n" +
      "7ffd5a7f0000-7ffd5a7f2000 r-xp 00000000 00:00 0                          [vdso]",
  );
  assert.deepEqual(mappings.map(({ path }) => path), ["", "/dev/zero", "[stack]", "[vdso]"]);
  assert.deepEqual(mappings.map((m) => [m.readable, m.writable, m.executable]), [
    [false, false, false],
    [true, true, false],
    [true, true, false],
    [true, false, true],
  ]);
});

Deno.test("parseMaps() leaves out what is no line and what is above user space", async (t) => {
  const rows: [string, string][] = [
    ["nothing", ""],
    ["vsyscall", "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]"],
    ["an empty range", "1000-1000 r-xp 00000000 fe:00 1 /a"],
    ["a range that ends before it starts", "2000-1000 r-xp 00000000 fe:00 1 /a"],
    ["half a line", "7f29cfa54000-7f29cfbaa000 r-xp 0002"],
    ["upper case", "7F29CFA54000-7F29CFBAA000 r-xp 00026000 fe:00 1 /a"],
    ["too many digits", "10000000000000000-20000000000000000 r-xp 00000000 fe:00 1 /a"],
    ["unknown permissions", "1000-2000 rwzp 00000000 fe:00 1 /a"],
    ["bytes", "\0\u{fffd}\u{fffd} -  : "],
  ];
  for (const [name, text] of rows) {
    await t.step(name, () => assert.deepEqual(parseMaps(`${text}\n${LIBC_HEAD}${LIBC.path}\n`), [LIBC]));
  }
});

Deno.test("readMaps() reads the maps of this process: ascending, with its own program", () => {
  const mappings = readMaps(Deno.pid);
  assert.ok(mappings.every((mapping, index) => index === 0 || mappings[index - 1].end <= mapping.start));
  const program = Deno.realPathSync("/proc/self/exe");
  assert.ok(mappings.some((mapping) => mapping.executable && mapping.path === program));
  assert.ok(mappings.some((mapping) => mapping.executable && mapping.path === "[vdso]"));
});

Deno.test("readMaps() throws NoSuchProcessError for a process that is not there", () => {
  assert.throws(() => readMaps(2 ** 22 + 1), NoSuchProcessError);
});
