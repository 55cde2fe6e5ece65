/**
 * Symbols as people read them. In samples symbols stay as they are in the file, as Austin's clients demangle themselves.
 * @module
 */

import { demangle } from "../ffi/demangler.ts";
import { cythonName, shortName } from "./plumbing.ts";

/** How symbols are told: short, where it is only plumbing that is left out, or with everything. */
export type NameStyle = "short" | "full";

const STUB = "@plt";
const COLD = /\.cold(?:\.\d+)?$/;

/** A symbol, demangled; what is not mangled is as it was. */
export function readableName(symbol: string, style: NameStyle): string {
  if (symbol.endsWith(STUB)) return readableName(symbol.slice(0, -STUB.length), style) + STUB;
  if (style === "full") return demangle(symbol, { parameters: true }) ?? symbol;
  const demangled = demangle(symbol, { parameters: false });
  if (demangled === null) return cythonName(symbol) ?? symbol;
  return shortName(demangled) + (COLD.test(symbol) ? ".cold" : "");
}
