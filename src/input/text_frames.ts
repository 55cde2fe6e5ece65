/**
 * Frames as recordings name them: a file, a function and a number, in collapsed text as in MOJO.
 * @module
 */

import type { Frame, MarkFrame, Stack } from "../types.ts";

/** Stands for a function that is not known. */
export const UNKNOWN = "<unknown>";
/** A stack that did not prove. */
export const INVALID: MarkFrame = { kind: "mark", mark: "invalid" };
/** Native frames may be missing. */
export const GAP: MarkFrame = { kind: "mark", mark: "gap" };

/** What `--lines` marks calls with that were inlined. */
const INLINED = "_[i]";
/** Source files that `--lines` names in native frames: of a frame, its file is all that tells its kind. */
const COMPILED = /\.(c|cc|cpp|cxx|c\+\+|h|hh|hpp|hxx|inc|def|s|asm|rs|go|f|f90|pyx|pxd|pxi|zig|d|m|mm)$/i;

/** Where a frame is: of a native one, `line` is the offset in the function. Columns count from 1; 0 is not known. */
export interface RecordedPlace {
  readonly line: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly endColumn?: number;
}

/** The frame that is recorded as `file`, `scope` and a place. */
export function frameOf(file: string, scope: string, place: RecordedPlace): Frame {
  const { line, endLine = 0, column = 0, endColumn = 0 } = place;
  const hex = /^native@([0-9a-f]+)$/.exec(file)?.[1];
  const pc = hex === undefined ? NaN : parseInt(hex, 16);
  if (pc.toString(16) !== hex && isCompiled(file, scope)) {
    const inlined = scope.endsWith(INLINED);
    const symbol = inlined ? scope.slice(0, -INLINED.length) : scope;
    const source = { file, function: "", line };
    return { kind: "native", pc: 0, symbol, named: true, offset: 0, module: "", source, inlined };
  }
  if (pc.toString(16) !== hex) {
    const columns = column > 0 && endColumn > 0 ? [column - 1, endColumn - 1] : [null, null];
    return {
      ...{ kind: "python", function: scope, file, line },
      ...{ endLine: endLine || line, column: columns[0], endColumn: columns[1] },
    };
  }
  if (pc === 0 && scope === UNKNOWN && line === 0) return GAP;
  const named = scope !== UNKNOWN && !/\+0x[0-9a-f]+$/.test(scope);
  return { kind: "native", pc, symbol: scope, named, offset: line, module: "" };
}

function isCompiled(file: string, scope: string): boolean {
  return scope.endsWith(INLINED) || COMPILED.test(file);
}

/** Why a stack did not prove is not recorded: `unmatched` stands for all. */
export function stackOf(frames: readonly Frame[]): Stack {
  const flaw = frames.includes(INVALID) ? "unmatched" : null;
  return { frames, proof: { expected: 0, matched: 0, flaw } };
}
