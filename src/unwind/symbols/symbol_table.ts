/**
 * Names for addresses, only where they are proved. In: symbols of one module. Out: the symbol that holds an address.
 *
 * A symbol names an address that lies inside [value, value + size), or in the function (FDE) that begins at its value.
 * The nearest lower symbol is never taken: in a stripped file it is nearly always some other function.
 * @module
 */

import type { FileAddress } from "../../types.ts";
import { type ElfSymbols, SYMBOL_BINDING, SYMBOL_TYPE } from "./elf_symbols.ts";
import type { FoundSymbol, NameSource } from "./name_source.ts";
import type { StringTable } from "./string_table.ts";
import { NONE, sortSymbols, type SymbolRows } from "./symbol_rows.ts";

/** Of the names of one address so many are looked at. */
const MAX_ALIASES = 256;

/** Symbols by address. */
export class SymbolTable implements NameSource {
  readonly #strings: readonly StringTable[];
  readonly #rows: SymbolRows;

  /** `strings` are those of the tables that the rows are of. */
  constructor(strings: readonly StringTable[], rows: SymbolRows) {
    this.#strings = strings;
    this.#rows = rows;
  }

  /** Takes the symbols of several tables together; of equally good names the one of the earlier table is taken. */
  static of(tables: readonly ElfSymbols[]): SymbolTable {
    return new SymbolTable(tables.map(({ strings }) => strings), sortSymbols(tables));
  }

  /** Number of symbols of code. */
  get size(): number {
    return this.#rows.starts.length;
  }

  /**
   * The symbol that holds `address`, or null where none is proved to. `functionStart` is the start of the FDE that holds
   * the address, if there is one: a symbol there is the function's name, whatever size the symbol has. But a bare label,
   * of no type and no size, may as well end the function before (`_Py_trampoline_func_end`).
   */
  lookup(address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    const { starts } = this.#rows;
    const innermost = this.#holding(address);
    // A symbol that begins inside the function is nearer than the function's own (assembly has several in one FDE);
    // one that begins before it has a size that runs over into this function.
    if (functionStart !== null && (innermost === NONE || starts[innermost] < functionStart)) {
      const found = this.#best(functionStart, 0);
      if (found !== null) return found;
    }
    return innermost === NONE ? null : this.#best(starts[innermost], address);
  }

  #holding(address: FileAddress): number {
    const { ends, enclosing } = this.#rows;
    let row = this.#firstAbove(address) - 1;
    while (row !== NONE && ends[row] <= address) row = enclosing[row];
    return row;
  }

  /** The first row that starts above an address. */
  #firstAbove(address: FileAddress): number {
    const { starts } = this.#rows;
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (starts[middle] <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Of the symbols that begin at `start` and end above `address`, the one with the best name. */
  #best(start: FileAddress, address: FileAddress): FoundSymbol | null {
    const { starts, ends, names, kinds, sources } = this.#rows;
    const end = this.#firstAbove(start);
    let best: FoundSymbol | null = null;
    let bestRank = Infinity;
    // From the last to the first, which goes before others as good.
    for (let row = end - 1; row >= Math.max(0, end - MAX_ALIASES) && starts[row] === start; row--) {
      const isBare = kinds[row] % 16 === SYMBOL_TYPE.NOTYPE && ends[row] === start;
      if (isBare || (address !== 0 && ends[row] <= address)) continue;
      const name = this.#strings[sources[row]]?.at(names[row]) ?? "";
      const rank = rankOf(name, kinds[row]);
      if (name === "" || rank > bestRank) continue;
      const version = name.indexOf("@");
      best = { name: version > 0 ? name.slice(0, version) : name, start, size: ends[row] - start };
      bestRank = rank;
    }
    return best;
  }
}

/** How good a name is, the lower the better: a function's before a bare label, then who sees it, underscores, version. */
function rankOf(name: string, kind: number): number {
  const label = kind % 16 === SYMBOL_TYPE.NOTYPE ? 1 : 0;
  let underscores = 0;
  while (underscores < 15 && name[underscores] === "_") underscores++;
  return ((label * 4 + hiddenness(Math.floor(kind / 16))) * 16 + underscores) * 2 + (name.includes("@") ? 1 : 0);
}

function hiddenness(binding: number): number {
  if (binding === SYMBOL_BINDING.GLOBAL || binding === SYMBOL_BINDING.GNU_UNIQUE) return 0;
  if (binding === SYMBOL_BINDING.WEAK) return 1;
  return binding === SYMBOL_BINDING.LOCAL ? 2 : 3;
}
