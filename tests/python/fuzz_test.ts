/** Whatever a target's memory holds: its stack is interpreted, soon, and flagged where it does not prove. */

import assert from "node:assert/strict";
import { type MemoryPatches, patched, Scene } from "../support/frame_scene.ts";
import { Recordings } from "../support/fuzz.ts";
import { Random } from "../support/random.ts";
import { PYTHONS, testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";

/** In all. `deno task fuzz` does any number. */
const CASES = 2_000;
const IMAGE_CASES = 300;

testEachPython("captures with changed words are interpreted without harm", async (python) => {
  await using recordings = await Recordings.of(python);
  assert.ok(recordings.interpretAll().every(({ proof }) => proof.flaw === null || proof.flaw === "torn"));
  const random = new Random(python.minor);
  for (let i = 0; i < CASES / PYTHONS.length; i++) recordings.fuzz(random);
  // Most changes are of what nobody looks at.
  assert.ok(recordings.flaws.size > 1, JSON.stringify([...recordings.flaws]));
});

for (const table of ["3.11", "3.12", "3.13", "3.14", "3.14t", "3.15"]) {
  Deno.test(`frames of ${table} in memory with changed words are read without harm`, () => {
    const scene = new Scene(table);
    const pages = scene.python.memory.pages;
    const random = new Random(1);
    const words = pages.flatMap(([start, bytes]) => {
      const view = new DataView(bytes.buffer);
      const all = Array.from(
        { length: bytes.length / 8 },
        (_, i): [number, bigint] => [start + 8 * i, view.getBigUint64(8 * i, true)],
      );
      return all.filter(([, word]) => word !== 0n);
    });
    const outcomes = new Set<string>();
    for (let i = 0; i < IMAGE_CASES; i++) {
      const patches: MemoryPatches = new Map();
      for (let left = 1 + random.below(4); left > 0; left--) {
        const [address, right] = random.pick(words);
        patches.set(address, random.badWord(right, () => random.pick(words)[1]));
      }
      const { activations, torn } = scene.python.frames.read(
        patched(scene.python.memory.capture(), patches),
        scene.thread,
      );
      assert.ok(activations.length <= 2 && !(torn && activations.length > 0));
      outcomes.add(torn ? "torn" : "whole");
    }
    assert.deepEqual([...outcomes].sort(), ["torn", "whole"]);
  });
}
