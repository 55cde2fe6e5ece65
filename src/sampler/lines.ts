/**
 * Source lines of a target's native frames.
 * @module
 */

import { debugFileFinder } from "../unwind/debug_files.ts";
import { LineResolver } from "../unwind/lines/line_resolver.ts";
import { moduleLines } from "../unwind/lines/module_lines.ts";
import type { Target } from "./target.ts";

/** Resolves stacks of this target as long as that is open; `warn` is told of files that are malformed. */
export function lineResolverOf({ pid, modules, sources }: Target, warn?: (message: string) => void): LineResolver {
  const findDebugFile = debugFileFinder(`/proc/${pid}/root`);
  return new LineResolver(moduleLines(modules, { findDebugFile, cache: sources.lineCache, warn }));
}
