/** Libraries that are broken, or made to break their reader: one warning each, frames by their place, no crash, no hang. */

import assert from "node:assert/strict";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { buildLibrary } from "../support/c_program.ts";
import { testOnePython } from "../support/typical_pythons.ts";
import { Target } from "../support/target.ts";
import { elfOfBytes } from "../unwind/support.ts";

/** Of an Elf64_Shdr: where its sh_offset and its sh_size are. */
const OFFSET = 24;
const SIZE = 32;

const GOOD = Deno.readFileSync(buildLibrary("waiting.c"));
const { sections: SECTIONS } = elfOfBytes(GOOD);

/** Writes a number into the header of a section; the dynamic linker looks at none of these. */
function setHeader(bytes: Uint8Array<ArrayBuffer>, name: string, field: number, value: bigint): void {
  const view = new DataView(bytes.buffer);
  const index = SECTIONS.findIndex((section) => section.name === name);
  const at = Number(view.getBigUint64(40, true)) + 64 * index;
  view.setBigUint64(at + field, value, true);
}

/** Writes into what a section has, from its start. */
function setContents(bytes: Uint8Array<ArrayBuffer>, name: string, contents: readonly number[]): void {
  bytes.set(contents, SECTIONS.find((section) => section.name === name)!.offset);
}

const HUGE = 2n ** 60n;
/** DWARF 5 §7.4: 0xffffffff says that a length of 64 bits follows, 2^60 here. */
const HUGE_UNIT = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0x10];

const LEFT_OUT = /broken\.so is left out: Cannot parse ELF file at offset 0x[0-9a-f]+: a section beyond/;
const NO_LINES = /some source lines of .*broken\.so are left out: its debug information is malformed/;

const ROWS: readonly [string, (bytes: Uint8Array<ArrayBuffer>) => void, frame: RegExp, warning: RegExp][] = [
  [
    "symbols of 2^60 bytes",
    (bytes) => [".symtab", ".dynsym"].forEach((name) => setHeader(bytes, name, SIZE, HUGE)),
    /^ +broken\.so\+0x[0-9a-f]+ \(broken\.so:/m,
    LEFT_OUT,
  ],
  [
    "symbols at 2^60",
    (bytes) => [".symtab", ".dynsym"].forEach((name) => setHeader(bytes, name, OFFSET, HUGE)),
    /^ +broken\.so\+0x[0-9a-f]+ \(broken\.so:/m,
    LEFT_OUT,
  ],
  ["a unit of 2^60 bytes", (bytes) => setContents(bytes, ".debug_info", HUGE_UNIT), /^ +wait_here \(broken/m, NO_LINES],
  ["lines of 2^60 bytes", (bytes) => setContents(bytes, ".debug_line", HUGE_UNIT), /^ +wait_here \(broken/m, NO_LINES],
];

testOnePython("a dump names the frames of a broken library as far as it can, and warns once", async (python, t) => {
  for (const [name, change, frame, warning] of ROWS) {
    await t.step(name, async () => {
      using folder = new TemporaryFolder();
      const library = folder.file("broken.so");
      const bytes = GOOD.slice();
      change(bytes);
      Deno.writeFileSync(library, bytes);
      await using target = await Target.start(python, "waiting.py", { args: [library] });
      // No lines that were kept from the whole library, which has the same build-id.
      const env = { NO_COLOR: "1", XDG_CACHE_HOME: folder.path };
      const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`], { env });
      assert.equal(code, 0, stderr);
      assert.match(stdout, frame);
      assert.equal(stderr.split("broken.so").length, 2, stderr);
      assert.match(stderr, warning);
    });
  }
});
