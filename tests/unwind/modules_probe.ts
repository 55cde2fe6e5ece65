/**
 * Prints what a module table finds in a process, as JSON, for tests that need another process's rights.
 * Arguments: pid, name of the module's file, names of symbols.
 */
import { readMaps } from "../../src/kernel/maps.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { memoryOf } from "./support.ts";

const [pid, file, ...names] = Deno.args;
using readMemory = memoryOf(Number(pid));
using modules = new ModuleTable(Number(pid), { readMaps: () => readMaps(Number(pid)), readMemory });
const module = modules.modules.find(({ path }) => path.endsWith(`/${file}`));
console.log(JSON.stringify({
  sections: module?.elf.sections.length ?? null,
  addresses: names.map((name) => module?.find(name) ?? null),
  names: names.map((name) => {
    const address = module?.find(name) ?? null;
    return address === null ? null : module!.name(address, null);
  }),
  unwind: module?.unwindInfo()?.bytes.length ?? null,
}));
