/**
 * Splits a command line as glibc's `getopt_long` does, by a table of options; `tests/cli/getopt_test.ts` compares the
 * two. What the values mean is for the caller.
 * @module
 */

import { UsageError } from "../errors.ts";

/** How an option is spelled. */
export interface Spelling {
  readonly long: string;
  /** The letter, or null where there is only the long form. */
  readonly short: string | null;
  /** What stands for its value in help texts; null for an option that takes none. */
  readonly metavar: string | null;
}

/** What getopt refuses, before argp has seen it: said in the name of argv[0] as it is. */
export class OptionSyntaxError extends UsageError {
  override name = "OptionSyntaxError";
}

/** How to read names. */
export interface ScanOptions<T> {
  /**
   * The options that abbreviations are meant for: what begins the name of one of them means no other. Asked anew at
   * each option.
   */
  readonly prefers?: (option: T) => boolean;
}

/** One step of a scan: an option with its value, or, once and last, all that belongs to the command. */
export type Scanned<T extends Spelling> =
  | { readonly option: T; readonly value: string | null }
  | { readonly command: readonly string[] };

/**
 * Yields the options of `args` from left to right and then the command: everything from the first word that is neither
 * an option nor an option's value, or after `--`. Lazy, so an option takes effect before a later error is found.
 *
 * @throws {OptionSyntaxError} at an unknown or ambiguous option, and where a value is missing or too many; in argp's words.
 */
export function* scan<T extends Spelling>(
  args: readonly string[],
  table: readonly T[],
  { prefers = () => true }: ScanOptions<T> = {},
): Generator<Scanned<T>> {
  let next = 0;
  while (next < args.length) {
    const word = args[next];
    if (word === "--") {
      next++;
      break;
    }
    if (word === "-" || !word.startsWith("-")) break;
    next++;
    if (word.startsWith("--")) {
      const { option, value } = matchLong(word, table, prefers);
      if (option.metavar === null || value !== null) yield { option, value };
      else if (next < args.length) yield { option, value: args[next++] };
      else throw new OptionSyntaxError(`option '--${option.long}' requires an argument`);
      continue;
    }
    const letters = [...word.slice(1)];
    while (letters.length > 0) {
      const letter = letters.shift();
      const option = table.find(({ short }) => short === letter);
      if (option === undefined) throw new OptionSyntaxError(`invalid option -- '${letter}'`);
      if (option.metavar === null) yield { option, value: null };
      else if (letters.length > 0) yield { option, value: letters.splice(0).join("") };
      else if (next < args.length) yield { option, value: args[next++] };
      else throw new OptionSyntaxError(`option requires an argument -- '${letter}'`);
    }
  }
  yield { command: args.slice(next) };
}

/** Finds the option that `--name` or `--name=value` means: an exact name, or the only one that begins so. */
function matchLong<T extends Spelling>(
  word: string,
  table: readonly T[],
  prefers: (option: T) => boolean,
): { option: T; value: string | null } {
  const equals = word.indexOf("=");
  const name = word.slice(2, equals < 0 ? undefined : equals);
  const value = equals < 0 ? null : word.slice(equals + 1);

  const matching = table.filter(({ long }) => long.startsWith(name));
  const preferred = matching.filter(prefers);
  const candidates = preferred.length > 0 ? preferred : matching;
  const option = matching.find(({ long }) => long === name) ?? candidates[0];
  if (option === undefined) throw new OptionSyntaxError(`unrecognized option '${word}'`);
  if (candidates.length > 1 && option.long !== name) {
    const possibilities = candidates.map(({ long }) => `'--${long}'`).join(" ");
    throw new OptionSyntaxError(`option '${word}' is ambiguous; possibilities: ${possibilities}`);
  }
  if (value !== null && option.metavar === null) {
    throw new OptionSyntaxError(`option '--${option.long}' doesn't allow an argument`);
  }
  return { option, value };
}
