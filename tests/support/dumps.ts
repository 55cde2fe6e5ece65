/**
 * What a dump or samples say of a stack, as text: the Python frames alone.
 * @module
 */

/** A Python frame, as far as all sides tell it. */
export interface Frame {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

/** The Python frames of a dump, thread after thread. */
export function dumpedFrames(text: string): Frame[] {
  return [...text.matchAll(/^ +(.+) \((.*\.py):(\d+)\)$/gm)].map(([, name, file, line]) => ({
    function: name,
    file,
    line: Number(line),
  }));
}

/** What tests/fixtures/truth.py says of its stack, as `dumpedFrames` has it. */
export function toldFrames(ready: string): Frame[] {
  const frames: readonly Frame[] = JSON.parse(ready);
  return frames.map(({ function: name, file, line }) => ({ function: name, file, line }));
}
