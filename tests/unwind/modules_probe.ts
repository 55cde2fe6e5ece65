/**
 * What a module table finds out about one module of a process; as a program, printed as JSON, for tests that need
 * another process's rights. Arguments: pid, how the name of the module's file begins, a symbol.
 */
import { readMaps } from "../../src/kernel/maps.ts";
import type { AddressName } from "../../src/unwind/module.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { memoryOf } from "./support.ts";

export interface Probe {
  /** The symbol's address, named. */
  readonly name: AddressName | null;
  readonly sections: number;
  readonly unwindSize: number;
}

export function probe(pid: number, file: string, symbol: string): Probe | null {
  using readMemory = memoryOf(pid);
  using modules = new ModuleTable(pid, { readMaps: () => readMaps(pid), readMemory });
  const module = modules.modules.find(({ path }) => path.slice(path.lastIndexOf("/") + 1).startsWith(file));
  if (module === undefined) return null;
  const address = module.find(symbol);
  return {
    name: address === null ? null : module.name(address, null),
    sections: module.elf.sections.length,
    unwindSize: module.unwindInfo()?.bytes.length ?? 0,
  };
}

if (import.meta.main) {
  const [pid, file, symbol] = Deno.args;
  console.log(JSON.stringify(probe(Number(pid), file, symbol)));
}
