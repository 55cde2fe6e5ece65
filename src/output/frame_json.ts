/**
 * Frames as JSON has them: all that is known, in words and units that scripts can rely on. What is not known is left out.
 * @module
 */

import type { Frame, NativeFrame, PythonFrame } from "../types.ts";

/** The fields of a frame. Addresses are hexadecimal text, since not every reader's numbers have 47 bits. */
export function frameFields(frame: Frame): Record<string, unknown> {
  switch (frame.kind) {
    case "python":
      return pythonFields(frame);
    case "native":
      return nativeFields(frame);
    case "kernel":
      return { kind: frame.kind, function: frame.symbol };
    case "mark":
      return { kind: frame.kind, mark: frame.mark };
  }
}

function pythonFields(frame: PythonFrame): Record<string, unknown> {
  const { kind, function: name, file, line, endLine, column, endColumn } = frame;
  const columns = column === null ? {} : { end_line: endLine, column, end_column: endColumn };
  return { kind, function: name, file, line, ...columns };
}

function nativeFields(frame: NativeFrame): Record<string, unknown> {
  const { kind, symbol, pc, offset, module, source, inlined = false } = frame;
  return {
    ...{ kind, function: symbol },
    ...(pc === 0 ? {} : { pc: `0x${pc.toString(16)}`, offset }),
    ...(module === "" ? {} : { module }),
    ...(source === undefined ? {} : { file: source.file, line: source.line }),
    ...(inlined ? { inlined } : {}),
  };
}
