/**
 * Bytes with a few changes, for what reads a file or a text as a whole.
 * @module
 */

import { type CountedKind, Outcomes } from "./fuzz_kind.ts";
import type { Random } from "./random.ts";

/** Bytes that mean something to one of the readers, beside those that may mean harm. */
const HARM = [0, 1, 5, 9, 10, 12, 27, 32, 35, 40, 45, 58, 59, 64, 80, 84, 127, 128, 191, 192, 254, 255];
const CHANGES_MAX = 8;

function damaged(whole: Uint8Array, random: Random): Uint8Array {
  let bytes = [...whole];
  for (let change = random.below(CHANGES_MAX); change >= 0; change--) {
    const at = random.below(bytes.length + 1);
    switch (random.below(5)) {
      case 0:
        bytes[at] = random.pick(HARM);
        break;
      case 1:
        bytes[at] = random.below(256);
        break;
      case 2:
        bytes.splice(at, 0, random.pick(HARM), random.pick(HARM));
        break;
      case 3:
        bytes.splice(at, random.below(16));
        break;
      default:
        bytes = [...bytes.slice(0, at), ...bytes.slice(random.below(bytes.length + 1))];
    }
  }
  return Uint8Array.from(bytes, (byte) => byte ?? 0);
}

/** A kind of input that is one of `wholes`, damaged; `read` says what came of it. */
export function damagedKind(
  name: string,
  wholes: () => readonly Uint8Array[],
  read: (bytes: Uint8Array, random: Random) => string,
): CountedKind {
  return {
    name,
    run(cases, random) {
      const all = wholes();
      const outcomes = new Outcomes();
      for (let i = 0; i < cases; i++) {
        const bytes = damaged(random.pick(all), random);
        try {
          outcomes.add(read(bytes, random));
        } catch (error) {
          throw new Error(`Case ${i} went wrong: ${JSON.stringify([...bytes])}`, { cause: error });
        }
      }
      return Promise.resolve(outcomes);
    },
  };
}
