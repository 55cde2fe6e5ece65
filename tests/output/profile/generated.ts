/**
 * Samples with all kinds of frames and names that break what is careless.
 * @module
 */

import type { Frame, Sample } from "../../../src/types.ts";
import { Random } from "../../support/random.ts";
import { kernel, mark, native, python, sample, stack } from "../fixtures.ts";

/** The same ones for the same seed. */
export function* generated(seed: number): Generator<Sample> {
  const random = new Random(seed);
  const frames: readonly Frame[] = [
    ...Array.from({ length: 6 }, (_, i) => python(`/srv/m${i % 3}.py`, `f${i}`, 1 + i)),
    python("/srv/m0.py", "f0", 77), // another line of the same function
    python("<string>", "<listcomp>", 1),
    python('/srv/"</script>.py', "mal</script>icious;\n\\", 3),
    ...Array.from({ length: 4 }, (_, i) => native(`n${i}`, { pc: 0x7f3a13eed503 + i })),
    native("n0", { pc: 0x7f3a13eed599 }),
    kernel("do_futex"),
    mark("gap"),
  ];
  for (let i = 0; i < 400; i++) {
    const shown = Array.from({ length: random.below(9) }, () => random.pick(frames));
    const flaw = random.below(20) === 0 ? "torn" : null;
    const tid = 22 + random.below(3);
    const fields = { tid, time: random.below(5000), idle: random.below(4) === 0, gc: random.below(9) === 0 };
    const one = { ...sample(shown, fields), pid: 22 + random.below(2), stack: stack(shown, flaw) };
    yield one;
    // Threads stay where they are more often than not.
    if (random.below(2) === 0) yield { ...one, time: random.below(5000) };
  }
}
