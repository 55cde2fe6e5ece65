/**
 * Native frames from program counters. This is the one place that knows that a return address lies behind the call
 * that it belongs to, which may even have been the last instruction of its function.
 * @module
 */

import type { Address, NativeFrame } from "../types.ts";
import type { JitNames } from "./jit/jit_names.ts";
import { type AddressName, baseName, type Module } from "./module.ts";
import type { ModuleTable } from "./modules.ts";

/** What the FDE that holds an address says of its function. */
export interface FunctionStart {
  readonly start: Address;
  /** Where the function begins that this is the cold part of; null if it is none. */
  readonly hotStart: Address | null;
}

/** What the namer asks for besides the modules. */
export interface NativeNamerOptions {
  /** The function that holds an address, by its FDE; null when none does. */
  readonly findFunction: (address: Address) => FunctionStart | null;
  /** Names of code that is in no module. */
  readonly jit?: JitNames;
}

const UNKNOWN = "[unknown]";
/** Garbage in, from a stack that does not unwind, must not fill the memory. */
const MAX_INTERNED = 2 ** 18;

/** Names program counters. The same one gives the same frame object until the modules change. */
export class NativeNamer {
  readonly #modules: ModuleTable;
  readonly #options: NativeNamerOptions;
  readonly #exact = new Map<Address, NativeFrame>();
  readonly #returned = new Map<Address, NativeFrame>();
  #generation = -1;
  /** Whether frames were asked for that are in no module: these may get a name, or another one, any time. */
  #usesJit = false;

  constructor(modules: ModuleTable, options: NativeNamerOptions) {
    this.#modules = modules;
    this.#options = options;
  }

  /**
   * The frame of an activation. `pc` is exact where the thread was interrupted: in the innermost frame, and in the one
   * that a signal frame returns to; elsewhere it is a return address.
   */
  frame(pc: Address, { exact }: { readonly exact: boolean }): NativeFrame {
    const hasNewCode = this.#usesJit && this.#options.jit?.refresh();
    if (hasNewCode || this.#generation !== this.#modules.generation) {
      this.#generation = this.#modules.generation;
      this.#exact.clear();
      this.#returned.clear();
    }
    const frames = exact ? this.#exact : this.#returned;
    const known = frames.get(pc);
    if (known !== undefined) return known;
    if (frames.size >= MAX_INTERNED) frames.clear();
    const frame = { ...this.#name(pc, exact ? pc : pc - 1), exact };
    frames.set(pc, frame);
    return frame;
  }

  #name(pc: Address, address: Address): NativeFrame {
    const module = this.#modules.find(address);
    if (module === null) return this.#made(pc, address) ?? this.#unnamed(pc, address);
    const found = this.#options.findFunction(address);
    const { symbol, named, offset } = nameIn(module, address, found);
    return { kind: "native", pc, symbol, named, offset: offset + pc - address, module: module.path };
  }

  /** Code that the program made at run time and told of. */
  #made(pc: Address, address: Address): NativeFrame | null {
    const { jit } = this.#options;
    if (!this.#usesJit) jit?.refresh();
    this.#usesJit = true;
    const found = jit?.find(address) ?? null;
    if (found === null) return null;
    return { kind: "native", pc, symbol: found.name, named: true, offset: pc - found.start, module: found.file };
  }

  /** Code that is in no module: made at run time, or in a file that could not be opened. */
  #unnamed(pc: Address, address: Address): NativeFrame {
    const mapping = this.#modules.mapping(address);
    const hasPath = mapping !== null && mapping.path !== "";
    const module = hasPath ? mapping.path : UNKNOWN;
    const place = hasPath ? address - mapping.start + mapping.offset : Math.max(address, 0);
    const symbol = `${hasPath ? baseName(module) : UNKNOWN}+0x${place.toString(16)}`;
    return { kind: "native", pc, symbol, named: false, offset: 0, module };
  }
}

/** A cold part without a symbol of its own is called after the rest of its function, as compilers do. */
function nameIn(module: Module, address: Address, found: FunctionStart | null): AddressName {
  const name = module.name(address, found?.start ?? null);
  if (name.named || found === null || found.hotStart === null) return name;
  const hot = module.name(found.hotStart, found.hotStart);
  return hot.named ? { ...name, symbol: `${hot.symbol}.cold`, named: true } : name;
}
