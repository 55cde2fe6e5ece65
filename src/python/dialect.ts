/**
 * What differs between versions of CPython besides offsets, as data.
 * @module
 */

import type { Version } from "./version.ts";

/** How line numbers are kept with a code object. */
export type LineFormat =
  /** Pairs of address and line steps, 2.7: lines never step back. */
  | "lnotab-unsigned"
  /** The same with signed line steps, 3.6 to 3.9. */
  | "lnotab"
  /** Ranges, 3.10. */
  | "ranges"
  /** Locations with columns, 3.11 and later. */
  | "locations";

/** How a version of CPython does things. */
export interface Dialect {
  readonly lineFormat: LineFormat;
  /** Bytes for each unit of a frame object's instruction index. */
  readonly instructionUnit: number;
  /** The function that runs the evaluation loop. */
  readonly evaluationLoop: string;
  /** Low bits of a frame's code pointer that are tags. */
  readonly codeTagMask: number;
  /** Whether text is kept in `str` objects, as since 3.3, or in byte strings. */
  readonly hasStr: boolean;
  /** Where the keys of a dict are: in one table with free places, or apart, with their number as it is, or its logarithm. */
  readonly dictKeys: "table" | "sized" | "logarithmic";
  /** Where instances keep their attributes; see `dicts.ts`. */
  readonly instances: "dict" | "values" | "tagged" | "inline";
  /** How an `int` tells the number of its digits: by itself, or above three bits of others; 2.7 has a C long. */
  readonly integers: "long" | "sized" | "tagged";
}

const CHANGES: readonly (Partial<Dialect> & { readonly since: number })[] = [
  {
    since: 207,
    lineFormat: "lnotab-unsigned",
    instructionUnit: 1,
    evaluationLoop: "PyEval_EvalFrameEx",
    codeTagMask: 0,
    hasStr: false,
    dictKeys: "table",
    instances: "dict",
    integers: "long",
  },
  {
    since: 306,
    lineFormat: "lnotab",
    evaluationLoop: "_PyEval_EvalFrameDefault",
    hasStr: true,
    dictKeys: "sized",
    integers: "sized",
  },
  { since: 310, lineFormat: "ranges", instructionUnit: 2 },
  { since: 311, lineFormat: "locations", dictKeys: "logarithmic", instances: "values" },
  { since: 312, instances: "tagged", integers: "tagged" },
  { since: 313, instances: "inline" },
  // Include/internal/pycore_stackref.h: Py_TAG_BITS.
  { since: 314, codeTagMask: 3 },
];

/** How `version` does things. */
export function dialectOf({ major, minor }: Version): Dialect {
  const changes = CHANGES.filter(({ since }) => since <= major * 100 + minor);
  const { since: _, ...dialect } = Object.assign({}, ...changes);
  return dialect;
}
