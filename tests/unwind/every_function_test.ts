/**
 * The names of the code of real interpreters against addr2line's.
 *
 * The oracle is addr2line on a copy without debug information: with it, addr2line names the calls that were inlined, not
 * the function that they are in. Each file is opened as if a process had mapped it, with its symbols and stripped, and
 * addresses are named by what names the frames of samples. A name is right if it is addr2line's, or that of another
 * symbol for the same code (`PyType_Ready` for `PyType_Ready.localalias`). The stripped file may also have names by
 * which Python calls a function, `sorted()`; method_tables_test.ts has proved these.
 *
 * NAMES=full asks for each byte of each function in .symtab, which is more than a thousand random ones of each, and in
 * all files of all interpreters that have their symbols, Debian's debug builds among them. Else it is the first byte,
 * the last, and one between, and libpython alone.
 */

import assert from "node:assert/strict";
import { allUnpacked, PYTHONS } from "../../tools/pythons.ts";
import type { FileAddress, Mapping } from "../../src/types.ts";
import { PT_LOAD, SHT_SYMTAB } from "../../src/unwind/elf.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { NativeUnwinder } from "../../src/unwind/unwinder.ts";
import { Random } from "../support/random.ts";
import "../support/shim.ts";
import { deviceOf, elfOf, files, run, symbolsOf, temporaryFolder, Truth } from "./support.ts";

const IS_FULL = Deno.env.get("NAMES") === "full";
const PYENV = `${Deno.env.get("HOME")}/.pyenv/versions`;
/** Where a file of our own making is in memory. */
const BASE = 0x7f0000000000;

/** The files of the interpreters, by interpreter. */
function interpreters(): Map<string, string[]> {
  const pyenv = files(PYENV).map((version) => {
    const folder = `${PYENV}/${version}/lib`;
    const library = files(folder).filter((name) => /^libpython\d\.\d+m?\.so\./.test(name)).map((name) =>
      `${folder}/${name}`
    );
    const modules = files(folder).filter((name) => /^python\d/.test(name)).flatMap((name) =>
      files(`${folder}/${name}/lib-dynload`).filter((file) => file.endsWith(".so")).map((file) =>
        `${folder}/${name}/lib-dynload/${file}`
      )
    );
    return [version, IS_FULL ? [...library, ...modules] : library] as const;
  });
  const debian = allUnpacked().filter(({ kind }) => IS_FULL && kind === "dbg").map((
    { name, executable, packageVersion },
  ) => [`${packageVersion}, debug build`, [`${PYTHONS}/${name}/root${executable}`]] as const);
  return new Map([...pyenv, ...debian].map(([name, paths]) => [name, paths.filter(hasSymbols)]));
}

function hasSymbols(path: string): boolean {
  return elfOf(path).sections.some(({ type }) => type === SHT_SYMTAB);
}

/** A file as a process has it mapped. */
class Mapped implements Disposable {
  readonly #modules: ModuleTable;
  readonly #unwinder: NativeUnwinder;
  readonly #bias: number;

  constructor(path: string) {
    const { segments } = elfOf(path);
    const { ino, dev } = Deno.statSync(path);
    const mappings = segments.filter(({ type }) => type === PT_LOAD).map((segment): Mapping => {
      const start = segment.address - segment.address % 4096;
      return {
        start: BASE + start,
        end: BASE + Math.ceil((segment.address + segment.fileSize) / 4096) * 4096,
        offset: segment.offset - segment.offset % 4096,
        readable: true,
        writable: false,
        executable: segment.executable,
        device: deviceOf(dev),
        inode: ino!,
        path,
        deleted: false,
      };
    });
    this.#modules = new ModuleTable(Deno.pid, { readMaps: () => mappings, readMemory: () => false, warn: assert.fail });
    this.#unwinder = new NativeUnwinder(this.#modules);
    this.#bias = this.#modules.modules[0].loadBias;
  }

  /** The name that a frame there has, or null. */
  nameAt(address: FileAddress): string | null {
    const { symbol, named } = this.#unwinder.name(this.#bias + address, true);
    return named ? symbol : null;
  }

  [Symbol.dispose](): void {
    this.#unwinder[Symbol.dispose]();
    this.#modules[Symbol.dispose]();
  }
}

/** What came of some addresses. */
class Counts {
  functions = 0;
  addresses = 0;
  readonly whole = { same: 0, alias: 0 };
  readonly stripped = { same: 0, alias: 0, method: 0, absent: 0 };

  toString(): string {
    const { functions, addresses, whole, stripped } = this;
    const list = (counts: object) => Object.entries(counts).map(([what, count]) => `${count} ${what}`).join(", ");
    return `${functions} functions, ${addresses} addresses: ${list(whole)}; stripped: ${list(stripped)}`;
  }
}

/** Addresses in every function, ascending. */
function addressesOf(path: string): { functions: number; addresses: FileAddress[] } {
  const functions = symbolsOf(path, ".symtab").filter(({ type, size }) => type === "FUNC" && size > 0);
  const random = new Random(1);
  const addresses = new Set<FileAddress>();
  for (const { value, size } of functions) {
    if (!IS_FULL) [0, random.below(size), size - 1].forEach((offset) => addresses.add(value + offset));
    else for (let offset = 0; offset < size; offset++) addresses.add(value + offset);
  }
  return { functions: functions.length, addresses: [...addresses].sort((a, b) => a - b) };
}

/** addr2line's name for each of some addresses. */
async function namesOf(path: string, addresses: readonly FileAddress[]): Promise<string[]> {
  const args = ["-f", "-e", path];
  const child = new Deno.Command("addr2line", { args, stdin: "piped", stdout: "piped" }).spawn();
  const output = child.output();
  const text = addresses.map((address) => `${address.toString(16)}\n`).join("");
  await new Blob([text]).stream().pipeTo(child.stdin);
  return new TextDecoder().decode((await output).stdout).split("\n").filter((_, line) => line % 2 === 0);
}

/** Compares the names of a file's code with addr2line's; fails at a wrong one. */
async function check(path: string, counts: Counts): Promise<void> {
  using folder = temporaryFolder();
  const [symbols, bare] = [`${folder.path}/symbols`, `${folder.path}/bare`];
  run("strip", "--strip-debug", "-o", symbols, path);
  run("strip", "-o", bare, path);
  const { functions, addresses } = addressesOf(path);
  const expected = await namesOf(symbols, addresses);
  const truth = new Truth(path);
  using whole = new Mapped(symbols);
  using stripped = new Mapped(bare);
  counts.functions += functions;
  counts.addresses += addresses.length;
  for (const [i, address] of addresses.entries()) {
    const name = whole.nameAt(address);
    const other = stripped.nameAt(address);
    const isRight = (name: string) => truth.aliases(address, expected[i]).includes(name);
    const what = `for ${expected[i]} at 0x${address.toString(16)} of ${path}`;
    if (name === expected[i]) counts.whole.same++;
    else if (name !== null && isRight(name)) counts.whole.alias++;
    else assert.fail(`${name} ${what}`);

    if (other === null) counts.stripped.absent++;
    else if (other === expected[i]) counts.stripped.same++;
    else if (/\(\)(\.cold)?$/.test(other)) counts.stripped.method++;
    else if (isRight(other)) counts.stripped.alias++;
    else assert.fail(`stripped, ${other} ${what}`);
  }
}

for (const [name, paths] of interpreters()) {
  if (paths.length === 0) continue;
  Deno.test(`names are addr2line's, and absent or right when stripped: ${name}`, async () => {
    const counts = new Counts();
    for (const path of paths) await check(path, counts);
    if (IS_FULL) console.log(`${name}: ${counts}`);
    assert.ok(counts.stripped.same > 0 && counts.stripped.absent > 0, `${counts}`);
  });
}
