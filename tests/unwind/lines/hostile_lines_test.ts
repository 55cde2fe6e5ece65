/** Debug information that is broken, or made to break its reader: no line, no crash of ours, no hang. */
import assert from "node:assert/strict";
import type { LineFile } from "../../../src/unwind/lines/line_file.ts";
import { LineTable } from "../../../src/unwind/lines/line_table.ts";
import type { FileAddress } from "../../../src/types.ts";
import { elfOf, run, temporaryFolder } from "../support.ts";
import { Random } from "../../support/random.ts";
import { codeAddresses, compile } from "./corpus.ts";
import { LINES } from "./fuzz.ts";
import "./loaded.ts";

const CASES = 60;

/** Asks for `addresses` of a file; gives how many have lines, and what was said. */
async function ask(path: string, addresses: readonly FileAddress[]): Promise<{ found: number; messages: string[] }> {
  const messages: string[] = [];
  const file: LineFile = { path, alternate: null };
  using table = new LineTable(file, { name: "broken", warn: (message) => messages.push(message), timeoutMs: 2_000 });
  await table.load(addresses);
  return { found: addresses.filter((address) => table.at(address).length > 0).length, messages };
}

/** A copy of a file with its section `name` replaced. */
function withSection(path: string, name: string, change: (bytes: Uint8Array) => Uint8Array): string {
  const copy = `${path}.broken`;
  const section = elfOf(path).sections.find((section) => section.name === name)!;
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(`${copy}.section`, change(bytes.slice(section.offset, section.offset + section.size)));
  run("objcopy", "--update-section", `${name}=${copy}.section`, path, copy);
  return copy;
}

const MALFORMED = "some source lines of broken are left out: its debug information is malformed";
const SECTIONS = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_rnglists"];

Deno.test("LineTable goes on where sections are cut off, and says so", async () => {
  using folder = temporaryFolder();
  const path = compile(folder.path, "shapes.cc", []);
  const addresses = codeAddresses(path, 64);
  for (const name of SECTIONS) {
    for (const share of [0.1, 0.9]) {
      const cut = withSection(path, name, (bytes) => bytes.subarray(0, Math.max(1, bytes.length * share)));
      const { messages } = await ask(cut, addresses);
      // libbfd says nothing of ranges that it does not find; there are no lines then.
      assert.deepEqual(messages, name === ".debug_rnglists" ? [] : [MALFORMED], name);
    }
  }
});

Deno.test("LineTable goes on where lengths are absurd, and says so", async () => {
  using folder = temporaryFolder();
  const path = compile(folder.path, "shapes.cc", []);
  const addresses = codeAddresses(path, 64);
  // DWARF 5 §7.4: 0xffffffff says that a length of 64 bits follows.
  const absurd = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x10];
  for (const name of [".debug_info", ".debug_line"]) {
    const broken = withSection(path, name, (bytes) => {
      bytes.set(absurd);
      return bytes;
    });
    const { found, messages } = await ask(broken, addresses);
    assert.deepEqual([found, messages], [0, [MALFORMED]], name);
  }
});

Deno.test("LineTable goes on where abstract origins run in a circle, and says so", async () => {
  using folder = temporaryFolder();
  const { path, address } = assemble(folder.path, CIRCLE);
  assert.deepEqual((await ask(path, [address])).messages, [MALFORMED]);
});

Deno.test("LineTable survives random damage to debug information", async () => {
  const outcomes = await LINES.run(CASES, new Random(5));
  assert.ok(outcomes.count("lines") > 0 && outcomes.count("no lines") > 0, `${outcomes}`);
});

/** The processes that this one has started. */
function children(): number[] {
  const tasks = [...Deno.readDirSync("/proc/self/task")].map(({ name }) => name);
  const text = tasks.map((tid) => Deno.readTextFileSync(`/proc/self/task/${tid}/children`)).join(" ");
  return text.split(" ").filter((word) => word !== "").map(Number);
}

Deno.test("LineTable starts another reader where one has died, and leaves none behind", async () => {
  using folder = temporaryFolder();
  const path = compile(folder.path, "shapes.cc", []);
  const before = new Set(children());
  const messages: string[] = [];
  const table = new LineTable({ path, alternate: null }, { name: "x", warn: (message) => messages.push(message) });
  const addresses = codeAddresses(path);
  const [first, second, third] = addresses.filter((_, i) => i > addresses.length / 2);
  const readers = () => children().filter((pid) => !before.has(pid));

  await table.load([first]);
  assert.equal(table.at(first).length > 0, true);
  const [reader] = readers();
  Deno.kill(reader, "SIGKILL");
  await table.load([second, third]);
  // The one that was asked for when it died is left out: it may be what it died of.
  assert.deepEqual([second, third].map((address) => table.at(address).length > 0), [false, true]);
  assert.notDeepEqual(readers(), [reader]);
  assert.deepEqual(messages, []);
  table[Symbol.dispose]();
  assert.deepEqual(readers(), []);
});

Deno.test("LineTable gives a file up that is never read to its end", async () => {
  using folder = temporaryFolder();
  const path = compile(folder.path, "shapes.cc", []);
  const before = new Set(children());
  const messages: string[] = [];
  const options = { name: "x", timeoutMs: 1_000, warn: (message: string) => messages.push(message) };
  using table = new LineTable({ path, alternate: null }, options);
  const [first, second] = codeAddresses(path);
  await table.load([first]);
  Deno.kill(children().find((pid) => !before.has(pid))!, "SIGSTOP");
  await table.load([second]);
  assert.deepEqual(messages, ["no source lines of x: reading them takes too long"]);
  assert.deepEqual(children().filter((pid) => !before.has(pid)), []);
});

Deno.test("LineTable tells that there are no lines of a file that has gone", async () => {
  const { found, messages } = await ask("/nonexistent", [0x1000]);
  assert.equal(found, 0);
  assert.deepEqual(messages, ["no source lines of broken: Cannot read source lines of /nonexistent: ENOENT"]);
});

Deno.test("LineTable opens nothing but regular files", async () => {
  const { messages } = await ask("/dev/zero", [0x1000]);
  assert.match(messages.join(), /EINVAL/);
});

/** A function whose debugging information entry, and one inlined into it, each have the other for their origin. */
const CIRCLE = `
	.text
	.globl _start
	.type _start, @function
_start:
	.file 1 "circle.c"
	.loc 1 7
	nop
	nop
.Lend:
	.size _start, . - _start
	.section .debug_abbrev,"",@progbits
	.uleb128 1, 0x11	# DW_TAG_compile_unit
	.byte 1
	.uleb128 0x10, 0x17	# DW_AT_stmt_list, DW_FORM_sec_offset
	.uleb128 0x11, 0x1	# DW_AT_low_pc, DW_FORM_addr
	.uleb128 0x12, 0x7	# DW_AT_high_pc, DW_FORM_data8
	.byte 0, 0
	.uleb128 2, 0x2e	# DW_TAG_subprogram
	.byte 1
	.uleb128 0x31, 0x13	# DW_AT_abstract_origin, DW_FORM_ref4
	.uleb128 0x11, 0x1
	.uleb128 0x12, 0x7
	.byte 0, 0
	.uleb128 3, 0x1d	# DW_TAG_inlined_subroutine
	.byte 0
	.uleb128 0x31, 0x13
	.uleb128 0x11, 0x1
	.uleb128 0x12, 0x7
	.byte 0, 0
	.byte 0
	.section .debug_info,"",@progbits
.Linfo:
	.long .Linfo_end - .Lversion
.Lversion:
	.value 4
	.long .debug_abbrev
	.byte 8
	.uleb128 1
	.long .debug_line
	.quad _start
	.quad .Lend - _start
.Louter:
	.uleb128 2
	.long .Linner - .Linfo
	.quad _start
	.quad .Lend - _start
.Linner:
	.uleb128 3
	.long .Louter - .Linfo
	.quad _start
	.quad .Lend - _start
	.byte 0, 0
.Linfo_end:
	.section .debug_line,"",@progbits
`;

/** Assembles a program that does nothing; where its code is. */
function assemble(folder: string, text: string): { path: string; address: FileAddress } {
  const path = `${folder}/assembled`;
  Deno.writeTextFileSync(`${path}.s`, text);
  run("gcc", "-nostdlib", "-static", "-o", path, `${path}.s`);
  const [, address] = /^([0-9a-f]+) T _start$/m.exec(run("nm", path))!;
  return { path, address: parseInt(address, 16) };
}
