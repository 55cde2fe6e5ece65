/**
 * Which files a process has mapped since they were last told of: libraries that it loads while it is sampled.
 * @module
 */

import type { Mapping } from "../types.ts";
import type { Target } from "./target.ts";

/** Remembers what was told. */
export class MappingNews {
  readonly #told = new Set<string>();
  #target: Target | null = null;
  #generation = -1;

  /** The mappings that were not told of yet; costs nothing as long as the modules are the same. */
  take(target: Target): readonly Mapping[] {
    const { generation } = target.modules;
    if (target === this.#target && generation === this.#generation) return [];
    this.#target = target;
    this.#generation = generation;
    return target.mappings.filter((mapping) => {
      const key = keyOf(mapping);
      const isNew = !this.#told.has(key);
      this.#told.add(key);
      return isNew;
    });
  }
}

function keyOf({ start, end, path, module }: Mapping): string {
  return `${start}-${end} ${module?.end} ${path}`;
}
