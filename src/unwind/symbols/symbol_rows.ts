/**
 * Symbols of code in the order of their addresses, as columns: what a file's symbols are looked up in, and what is kept
 * of a large file from one run to the next.
 * @module
 */

import { type ElfSymbols, SYMBOL_TYPE } from "./elf_symbols.ts";

/** No row. */
export const NONE = -1;

/**
 * Rows are sorted by start: row `i` covers `starts[i]` up to `ends[i]`; its name begins at `names[i]` of the strings of
 * table `sources[i]`, and `kinds[i]` is 16 times its binding plus its type. `enclosing[i]` is the nearest lower row that
 * ends later, or NONE: from the last row that starts at or below an address, the first row in that chain which ends
 * above it is the innermost that holds it, since every row that the chain leaves out ends too early.
 */
export interface SymbolRows {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly enclosing: Int32Array;
  readonly names: Uint32Array;
  readonly kinds: Uint8Array;
  readonly sources: Uint8Array;
}

/** Sorts the symbols of code of several tables; those of the same start in the order of the tables. */
export function sortSymbols(tables: readonly ElfSymbols[]): SymbolRows {
  const limit = tables.reduce((sum, { count }) => sum + count, 0);
  const starts = new Float64Array(limit);
  const ends = new Float64Array(limit);
  const names = new Uint32Array(limit);
  const kinds = new Uint8Array(limit);
  const sources = new Uint8Array(limit);
  let count = 0;
  for (const [source, table] of tables.entries()) {
    for (let symbol = 0; symbol < table.count; symbol++) {
      if (table.types[symbol] === SYMBOL_TYPE.OBJECT) continue;
      starts[count] = table.values[symbol];
      ends[count] = table.values[symbol] + table.sizes[symbol];
      names[count] = table.names[symbol];
      kinds[count] = table.bindings[symbol] * 16 + table.types[symbol];
      sources[count] = source;
      count++;
    }
  }
  const order = sortedOrder(starts.subarray(0, count));
  const sortedEnds = ordered(ends, { order, into: new Float64Array(count) });
  return {
    starts: ordered(starts, { order, into: new Float64Array(count) }),
    ends: sortedEnds,
    enclosing: enclosingRows(sortedEnds),
    names: ordered(names, { order, into: new Uint32Array(count) }),
    kinds: ordered(kinds, { order, into: new Uint8Array(count) }),
    sources: ordered(sources, { order, into: new Uint8Array(count) }),
  };
}

/**
 * The indices of `starts` in ascending order of what they stand for.
 *
 * Numbers are sorted many times faster without a function that compares them. So start and index make one number, which
 * is exact as long as it is below 2^53: for two million symbols of a file of 4 GB.
 */
function sortedOrder(starts: Float64Array): Uint32Array {
  const count = starts.length;
  let highest = 0;
  for (let index = 0; index < count; index++) highest = Math.max(highest, starts[index]);
  if ((highest + 1) * count > Number.MAX_SAFE_INTEGER) {
    return Uint32Array.from(starts.keys()).sort((a, b) => starts[a] - starts[b] || a - b);
  }
  const keys = new Float64Array(count);
  for (let index = 0; index < count; index++) keys[index] = starts[index] * count + index;
  keys.sort();
  const order = new Uint32Array(count);
  for (let row = 0; row < count; row++) order[row] = keys[row] % count;
  return order;
}

/** A column with its values in that order. `TypedArray.from` would take several times as long. */
function ordered<T extends Float64Array | Uint32Array | Uint8Array>(
  values: T,
  { order, into }: { order: Uint32Array; into: T },
): T {
  for (let row = 0; row < order.length; row++) into[row] = values[order[row]];
  return into;
}

function enclosingRows(ends: Float64Array): Int32Array {
  const enclosing = new Int32Array(ends.length);
  for (let row = 0; row < ends.length; row++) {
    const end = ends[row];
    let outer = row - 1;
    while (outer !== NONE && ends[outer] <= end) outer = enclosing[outer];
    enclosing[row] = outer;
  }
  return enclosing;
}
