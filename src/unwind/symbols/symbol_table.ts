/**
 * Names for addresses, only where they are proved. In: symbols of one module. Out: the symbol that holds an address.
 *
 * A symbol names an address that lies inside [value, value + size), or in the function (FDE) that begins at its value.
 * The nearest lower symbol is never taken: in a stripped file it is nearly always some other function.
 * @module
 */

import type { FileAddress } from "../../types.ts";
import { type ElfSymbols, findSymbol, SYMBOL_BINDING, SYMBOL_TYPE, symbolName } from "./elf_symbols.ts";
import type { FoundSymbol, NameSource } from "./name_source.ts";

const NONE = -1;
const AT_SIGN = 0x40;
const UNDERSCORE = 0x5f;

/**
 * Symbols by address. Rows are sorted by start, and for the same start from worst to best name: row `i` covers
 * `starts[i]` up to `ends[i]` and is symbol `symbols[i]` of source `sources[i]`. `enclosing[i]` is the nearest lower row
 * that ends later, or NONE: from the last row that starts at or below an address, the first row in that chain which
 * ends above it is the innermost that holds it, since every row that the chain leaves out ends too early.
 */
export class SymbolTable implements NameSource {
  readonly #sources: readonly ElfSymbols[];
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #rowSources: Uint8Array;
  readonly #symbols: Uint32Array;
  readonly #enclosing: Int32Array;

  /** Takes the symbols of several tables together; of equally good names the one of the earlier table is taken. */
  constructor(sources: readonly ElfSymbols[]) {
    this.#sources = sources;
    const { starts, ends, ranks, symbols, rowSources } = codeSymbols(sources);
    // Sorted by index: a comparison of two columns is several times cheaper than one of two objects.
    const order = Uint32Array.from(starts, (_, index) => index)
      .sort((a, b) => starts[a] - starts[b] || ranks[b] - ranks[a] || b - a);
    const count = order.length;
    this.#starts = Float64Array.from(order, (index) => starts[index]);
    this.#ends = Float64Array.from(order, (index) => ends[index]);
    this.#rowSources = Uint8Array.from(order, (index) => rowSources[index]);
    this.#symbols = Uint32Array.from(order, (index) => symbols[index]);
    this.#enclosing = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      let outer = row - 1;
      while (outer !== NONE && this.#ends[outer] <= this.#ends[row]) outer = this.#enclosing[outer];
      this.#enclosing[row] = outer;
    }
  }

  /** Number of symbols of code. */
  get size(): number {
    return this.#starts.length;
  }

  /**
   * The symbol that holds `address`, or null where none is proved to. `functionStart` is the start of the FDE that holds
   * the address, if there is one: a symbol there is the function's name, whatever size the symbol has.
   */
  lookup(address: FileAddress, functionStart: FileAddress | null): FoundSymbol | null {
    const innermost = this.#holding(address);
    // A symbol that begins inside the function is nearer than the function's own (assembly has several in one FDE);
    // one that begins before it has a size that runs over into this function.
    if (functionStart === null || (innermost !== NONE && this.#starts[innermost] >= functionStart)) {
      return this.#found(innermost);
    }
    const last = this.#lastAtOrBelow(functionStart);
    return this.#found(last !== NONE && this.#starts[last] === functionStart ? last : innermost);
  }

  /** The value of the symbol of code or data with that very name, or null. */
  find(name: string): FileAddress | null {
    for (const symbols of this.#sources) {
      const value = findSymbol(symbols, name);
      if (value !== null) return value;
    }
    return null;
  }

  #holding(address: FileAddress): number {
    let row = this.#lastAtOrBelow(address);
    while (row !== NONE && this.#ends[row] <= address) row = this.#enclosing[row];
    return row;
  }

  #lastAtOrBelow(address: FileAddress): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle] <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  #found(row: number): FoundSymbol | null {
    if (row === NONE) return null;
    const name = symbolName(this.#sources[this.#rowSources[row]], this.#symbols[row]);
    const version = name.indexOf("@");
    const start = this.#starts[row];
    return { name: version > 0 ? name.slice(0, version) : name, start, size: this.#ends[row] - start };
  }
}

/** The symbols of code of all sources, one after another, as columns. `ranks`: the lower the better. */
function codeSymbols(sources: readonly ElfSymbols[]) {
  const limit = sources.reduce((sum, { count }) => sum + count, 0);
  const starts = new Float64Array(limit);
  const ends = new Float64Array(limit);
  const ranks = new Uint8Array(limit);
  const symbols = new Uint32Array(limit);
  const rowSources = new Uint8Array(limit);
  let count = 0;
  for (const [source, table] of sources.entries()) {
    for (let symbol = 0; symbol < table.count; symbol++) {
      if (table.types[symbol] === SYMBOL_TYPE.OBJECT) continue;
      starts[count] = table.values[symbol];
      ends[count] = table.values[symbol] + table.sizes[symbol];
      ranks[count] = rankOf(table, symbol);
      symbols[count] = symbol;
      rowSources[count] = source;
      count++;
    }
  }
  return { starts: starts.subarray(0, count), ends, ranks, symbols, rowSources };
}

/** How good a name is, in 8 bits: a function's before a bare label, then who sees it, underscores, version. */
function rankOf(symbols: ElfSymbols, symbol: number): number {
  const label = symbols.types[symbol] === SYMBOL_TYPE.NOTYPE ? 1 : 0;
  const start = symbols.names[symbol];
  let underscores = 0;
  while (underscores < 15 && symbols.strings[start + underscores] === UNDERSCORE) underscores++;
  return ((label * 4 + hiddenness(symbols.bindings[symbol])) * 16 + underscores) * 2 +
    (hasVersion(symbols, start) ? 1 : 0);
}

function hiddenness(binding: number): number {
  if (binding === SYMBOL_BINDING.GLOBAL || binding === SYMBOL_BINDING.GNU_UNIQUE) return 0;
  if (binding === SYMBOL_BINDING.WEAK) return 1;
  return binding === SYMBOL_BINDING.LOCAL ? 2 : 3;
}

/** Looks at the name's bytes without making a string of it: this runs for every symbol of a file. */
function hasVersion({ strings }: ElfSymbols, start: number): boolean {
  for (let at = start; at < strings.length && at < start + 256; at++) {
    if (strings[at] === 0) return false;
    if (strings[at] === AT_SIGN) return true;
  }
  return false;
}
