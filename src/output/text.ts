/**
 * Names from the target, made safe to print: a name is whatever a program chose, and may hold anything.
 * @module
 */

import type { NativeFrame } from "../types.ts";

/** What marks an inlined call in samples, as in the output of `stackcollapse-perf.pl`. */
const INLINED = "_[i]";

/**
 * What a terminal or a reader of lines acts on: control characters, line and paragraph separators, switches of the
 * writing direction; and lone surrogates, which UTF-8 cannot carry.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** `text` with what cannot be printed written as Python would escape it: `\x1b`, `\u2028`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

/** JSON as safe to print as `printable` text: what JSON itself lets stand is escaped as it has it, `\\u009b`. */
export function printableJson(json: string): string {
  return json.replace(
    UNPRINTABLE,
    (character) => character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The escape of one character: `\x3b`. */
export function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** File, function and number of a native frame, as samples have them: its source line, else its address. */
export function nativeFields(frame: NativeFrame): { file: string; function: string; number: number } {
  const { source, symbol, pc, offset, inlined = false } = frame;
  if (source === undefined) return { file: `native@${pc.toString(16)}`, function: symbol, number: offset };
  return { file: source.file, function: inlined ? `${symbol}${INLINED}` : symbol, number: source.line };
}

/** A time for people, to three digits: `850 us`, `12.3 ms`, `4.56 s`, `10 s`. */
export function timeText(time: number): string {
  if (time < 1_000) return `${Math.round(time)} us`;
  if (time < 1_000_000) return `${significant(time / 1_000)} ms`;
  return `${significant(time / 1_000_000)} s`;
}

function significant(value: number): number {
  return Number(value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0));
}

/** `count` with its noun: `1 sample`, `2 samples`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
