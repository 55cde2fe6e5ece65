/** What the tests of src/unwind/ share: real binaries, the tools that know them, and memory of processes. */

import type { Address, ReadMemory } from "../../src/types.ts";
import { type ElfFile, parseElf } from "../../src/unwind/elf.ts";
import { bytesFile } from "../../src/unwind/mapped_file.ts";

/** Binaries of this machine, as different as can be had. */
export function realBinaries(): string[] {
  const paths = ["/usr/bin/python3", "/bin/true", "/lib/x86_64-linux-gnu/libc.so.6", Deno.execPath()];
  const versions = `${Deno.env.get("HOME")}/.pyenv/versions`;
  for (const version of files(versions)) {
    const library = files(`${versions}/${version}/lib`).find((name) => /^libpython\d\.\d+m?\.so\./.test(name));
    if (library !== undefined) paths.push(`${versions}/${version}/lib/${library}`);
  }
  return paths.filter((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      console.log(`skipped: no ${path}`);
      return false;
    }
  });
}

/** What is in a folder, by name; nothing where there is none. */
export function files(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name).sort();
  } catch {
    return [];
  }
}

/** Parses a file that is read whole. */
export function elfOf(path: string): ElfFile {
  return elfOfBytes(Deno.readFileSync(path));
}

/** Parses bytes. */
export function elfOfBytes(bytes: Uint8Array): ElfFile {
  const { readAt, size } = bytesFile(bytes);
  return parseElf(readAt, { size });
}

/** What a program prints; throws when it fails. */
export function run(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(program, { args, env: { LC_ALL: "C" } }).outputSync();
  if (!success) throw new Error(`${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Start and end of each FDE of a file, ascending, as readelf has them. */
export function functionsOf(path: string): { start: number; end: number }[] {
  const text = run("readelf", "--debug-dump=frames", "--wide", path);
  return Array.from(text.matchAll(/ FDE .* pc=([0-9a-f]+)\.\.([0-9a-f]+)/g), ([, start, end]) => ({
    start: parseInt(start, 16),
    end: parseInt(end, 16),
  })).sort((a, b) => a.start - b.start);
}

/** A symbol as `readelf --symbols` prints it. */
export interface ReadelfSymbol {
  readonly value: number;
  readonly size: number;
  readonly type: string;
  readonly name: string;
}

/** The defined symbols of `.symtab` or `.dynsym`. */
export function symbolsOf(path: string, section: ".symtab" | ".dynsym"): ReadelfSymbol[] {
  const text = run("readelf", "--wide", section === ".dynsym" ? "--dyn-syms" : "--symbols", path);
  const part = text.split(/^Symbol table /m).find((part) => part.startsWith(`'${section}'`)) ?? "";
  const line = /^ *\d+: ([0-9a-f]+) +(\w+) (\w+) +\w+ +\w+ +(?:\[.*?\] +)?(\w+) ([^ \n]+)/gm;
  const symbols: ReadelfSymbol[] = [];
  for (const [, value, size, type, index, name] of part.matchAll(line)) {
    if (index === "UND" || index === "ABS") continue;
    symbols.push({ value: parseInt(value, 16), size: Number(size), type, name: name.replace(/@.*/, "") });
  }
  return symbols;
}

/** Types of symbols that name code. */
export const CODE = ["FUNC", "NOTYPE", "IFUNC"];

/** The names that the full symbol table has for an address: by size, and by the function's start. */
export class Truth {
  readonly #byPage = new Map<number, ReadelfSymbol[]>();
  readonly #byStart = new Map<number, string[]>();

  /** Reads the symbols of an unstripped file. */
  constructor(path: string) {
    for (const symbol of [...symbolsOf(path, ".symtab"), ...symbolsOf(path, ".dynsym")]) {
      const { value, size, type, name } = symbol;
      if (!CODE.includes(type)) continue;
      this.#byStart.set(value, [...this.#byStart.get(value) ?? [], name]);
      for (let page = pageOf(value); page <= pageOf(value + size); page++) {
        this.#byPage.set(page, [...this.#byPage.get(page) ?? [], symbol]);
      }
    }
  }

  /** Where the symbol of that name begins. */
  start(name: string): number {
    for (const [start, names] of this.#byStart) if (names.includes(name)) return start;
    throw new Error(`Cannot find the symbol ${name}`);
  }

  /** The symbols that begin where the one of that name does, and hold the address as it does; with that one. */
  aliases(address: number, name: string): string[] {
    const holding = (this.#byPage.get(pageOf(address)) ?? []).filter(({ value, size }) =>
      value <= address && address < value + size
    );
    const starts = holding.filter((symbol) => symbol.name === name).map(({ value }) => value);
    return holding.filter(({ value }) => starts.includes(value)).map((symbol) => symbol.name);
  }

  /** All that are right. */
  names(address: number, functionStart: number): string[] {
    const near = this.#byPage.get(pageOf(address)) ?? [];
    const holding = near.filter(({ value, size }) => value <= address && address < value + size);
    return [...holding.map(({ name }) => name), ...this.#byStart.get(functionStart) ?? []];
  }
}

function pageOf(address: number): number {
  return Math.floor(address / 4096);
}

/** A process that is fed through its standard input and ended when it is disposed of. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
}

/** Starts a program that prints a line when it is ready, and waits for that. */
export async function start(program: string, ...args: string[]): Promise<Running> {
  const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.stdin.abort().catch(() => {});
      await reader.cancel();
      await child.status;
    },
  };
}

/** Reads a process's memory through `/proc/PID/mem`. */
export function memoryOf(pid: number): ReadMemory & Disposable {
  const file = Deno.openSync(`/proc/${pid}/mem`);
  function read(address: Address, into: Uint8Array): boolean {
    try {
      file.seekSync(address, Deno.SeekMode.Start);
      return file.readSync(into) === into.length;
    } catch {
      return false;
    }
  }
  return Object.assign(read, { [Symbol.dispose]: () => file.close() });
}

/** A device number as maps have it. */
export function deviceOf(dev: number): string {
  return `${Math.floor(dev / 256).toString(16)}:${(dev % 256).toString(16)}`;
}

/** A folder that is removed when it is disposed of. */
export function temporaryFolder(dir?: string): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ dir, prefix: "austinp-test-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}
