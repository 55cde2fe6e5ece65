/** Lines and inlined calls against addr2line on the unstripped build, for every kind of debug information. */
import assert from "node:assert/strict";
import { buildId } from "../../../src/unwind/build_id.ts";
import { type DebugFile, debugFileFinder, openDebugFile } from "../../../src/unwind/debug_files.ts";
import { findLineFile } from "../../../src/unwind/lines/line_file.ts";
import { LineTable } from "../../../src/unwind/lines/line_table.ts";
import { elfOf, run, temporaryFolder } from "../support.ts";
import { LINE_LIBRARIES, LINES } from "../../../src/ffi/library.ts";
import { buildC } from "../../support/c_program.ts";
import { addr2line, codeAddresses, compile, compileRust, findDwz } from "./corpus.ts";
import "./loaded.ts";

const KINDS: readonly [name: string, source: string, flags: readonly string[]][] = [
  ["DWARF 5, C++", "shapes.cc", ["-gdwarf-5"]],
  ["DWARF 4, C++", "shapes.cc", ["-gdwarf-4"]],
  ["compressed", "shapes.cc", ["-gz=zlib"]],
  ["compressed as before the gABI had it", "shapes.cc", ["-gz=zlib-gnu", "-gdwarf-4"]],
  ["link-time optimisation", "shapes.cc", ["-flto"]],
  ["no optimisation", "shapes.cc", ["-O0"]],
  ["static and at a fixed address", "shapes.cc", ["-no-pie"]],
  ["type units", "shapes.cc", ["-fdebug-types-section"]],
  ["lines of a .pyx", "generated.c", []],
];

/** `ch_type` of a compressed section (gABI). */
const ELFCOMPRESS_ZLIB = 1;
const ELFCOMPRESS_ZSTD = 2;

Deno.test("LineTable gives what addr2line gives", async (t) => {
  using folder = temporaryFolder();
  for (const [name, source, flags] of KINDS) {
    await t.step(name, async () => {
      const path = compile(folder.path, source, flags);
      await check(path, path);
    });
  }
});

Deno.test("LineTable gives what addr2line gives for Rust", async () => {
  using folder = temporaryFolder();
  const path = compileRust(folder.path, "shapes.rs");
  if (path === null) return;
  // Of the program's own code all, of the standard library's a part.
  const addresses = codeAddresses(path, 37);
  await check(path, path, addresses);
});

Deno.test("LineTable reads lines that were taken away from the file", async (t) => {
  using folder = temporaryFolder();
  const whole = compile(folder.path, "shapes.cc", []);

  await t.step("by .gnu_debuglink, beside the file", async () => {
    const stripped = `${folder.path}/stripped`;
    run("objcopy", "--only-keep-debug", whole, `${folder.path}/whole.debug`);
    run("objcopy", "--strip-all", `--add-gnu-debuglink=${folder.path}/whole.debug`, whole, stripped);
    await check(stripped, whole);
  });

  for (const [kind, type] of [["zlib", ELFCOMPRESS_ZLIB], ["zstd", ELFCOMPRESS_ZSTD]] as const) {
    await t.step(`compressed with ${kind}, too`, async () => {
      const [stripped, debug] = [`${folder.path}/stripped-${kind}`, `${folder.path}/${kind}.debug`];
      run("objcopy", "--only-keep-debug", `--compress-debug-sections=${kind}`, whole, debug);
      run("objcopy", "--strip-all", `--add-gnu-debuglink=${debug}`, whole, stripped);
      const { readAt, sections } = elfOf(debug);
      const compression = readAt(sections.find(({ name }) => name === ".debug_info")!.offset, 4);
      assert.deepEqual([...compression], [type, 0, 0, 0]);
      await check(stripped, whole);
    });
  }

  await t.step("with nothing left, it has none", () => {
    const stripped = `${folder.path}/bare`;
    run("objcopy", "--strip-all", whole, stripped);
    assert.equal(findLineFile(elfOf(stripped), { path: stripped, knownAs: stripped, findDebugFile: FIND }), null);
  });
});

Deno.test("the calls at an address are the same wherever the memory lies that libbfd reads them into", async () => {
  using folder = temporaryFolder();
  const program = buildC("descending", ["tests/fixtures/lines/descending.c"]);
  for (const flags of [[], ["-gz=zlib"], ["-gdwarf-4"], ["-O3"]]) {
    const path = compile(folder.path, "shapes.cc", flags);
    const addresses = codeAddresses(path);
    const libraries = [...LINE_LIBRARIES, LINES].map((file) => `${BUILD}/${file}`).filter(isThere);
    const child = new Deno.Command(program, { args: [path, ...libraries], stdin: "piped", stdout: "piped" }).spawn();
    const output = child.output();
    await new Blob([addresses.join("\n")]).stream().pipeTo(child.stdin);
    const counts = new TextDecoder().decode((await output).stdout).trimEnd().split("\n").map(Number);
    assert.deepEqual(counts, addr2line(path, addresses).map((calls) => calls.length), flags.join());
  }
});

const DWZ = findDwz();

for (const version of ["4", "5"]) {
  Deno.test({
    name: `LineTable reads DWARF ${version} that dwz has moved to a shared file`,
    ignore: DWZ === null,
    fn: async () => {
      using folder = temporaryFolder();
      const whole = compile(folder.path, "shapes.cc", [`-gdwarf-${version}`]);
      const other = compile(folder.path, "shapes.cc", ["-O1", `-gdwarf-${version}`]);
      const [first, second] = [`${folder.path}/first`, `${folder.path}/second`];
      Deno.copyFileSync(whole, first);
      Deno.copyFileSync(other, second);
      DWZ!("-m", `${folder.path}/shared`, "-r", first, second);
      assert.equal(lineFile(first).alternate, `${folder.path}/shared`);
      await check(first, whole);
    },
  });
}

Deno.test("findLineFile() takes a shared file only by its build-id", () => {
  using folder = temporaryFolder();
  const whole = compile(folder.path, "shapes.cc", []);
  const shared = compile(folder.path, "generated.c", []);
  const id = buildId(elfOf(shared))!;
  // dwz makes it a relocatable file: ET_REL in e_type.
  const bytes = Deno.readFileSync(shared);
  new DataView(bytes.buffer).setUint16(16, 1, true);
  Deno.writeFileSync(shared, bytes);
  const link = (id: string) => {
    const path = `${folder.path}/${id.slice(0, 8)}`;
    const bytes = Uint8Array.from(id.match(/../g)!, (byte) => parseInt(byte, 16));
    Deno.writeFileSync(`${path}.link`, new Uint8Array([...new TextEncoder().encode(`${shared}\0`), ...bytes]));
    run("objcopy", "--add-section", `.gnu_debugaltlink=${path}.link`, whole, path);
    return lineFile(path).alternate;
  };
  assert.equal(link(id), shared);
  assert.equal(link(id.replace(/^../, (byte) => byte === "00" ? "01" : "00")), null);
});

const FIND = debugFileFinder("");
const BUILD = new URL("../../../build", import.meta.url).pathname;

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function lineFile(path: string) {
  using file: DebugFile = openDebugFile(path, () => true)!;
  return findLineFile(file.elf, { path, knownAs: path, findDebugFile: FIND })!;
}

/** Compares lines of `path` with what addr2line says of `oracle`, the same code with all its information. */
async function check(path: string, oracle: string, addresses = codeAddresses(oracle)): Promise<void> {
  const messages: string[] = [];
  using table = new LineTable(lineFile(path), { name: path, warn: (message) => messages.push(message) });
  await table.load(addresses);
  const expected = addr2line(oracle, addresses);
  const actual = addresses.map((address) =>
    table.at(address).map(({ function: name, file, line }) => `${name} ${file}:${line}`)
  );
  assert.deepEqual(actual, expected);
  assert.deepEqual(messages, []);
  assert.ok(actual.some((calls) => calls.length > 0), "no line at all");
}
