/** Damaged perf maps and jitdumps, which grow while they are read. @module */

import assert from "node:assert/strict";
import { damagedKind } from "../support/damaged_bytes.ts";
import type { CountedKind } from "../support/fuzz_kind.ts";
import type { Random } from "../support/random.ts";
import { HEADER, mapDump, record, Scene } from "./jit_scene.ts";

const CODE = 0x7f0000001000;
const LOOKS = 8;
/** How often a file says everything, so that some of it is whole in most cases. */
const TIMES = 5;
const NAME_MAX = 4096;
/** Files that are written often: to empty one on a disk takes milliseconds. */
const MEMORY = "/dev/shm";
const MAGIC = HEADER.subarray(0, 4);

function perfMap(): Uint8Array {
  const lines = ["7f0000001000 30 py::work:/srv/app/main.py", "0x7f0000001040 0x20 g h", "7f0000002000 10000 large"];
  return new TextEncoder().encode(`${lines.join("\n")}\n`.repeat(TIMES));
}

function jitDump(): Uint8Array {
  const records = [
    record(0, [CODE, CODE, 0x40, 1], "py::work:/a.py"),
    record(7, [1, 2]),
    record(0, [CODE, CODE + 0x1000, 0x40, 2], "g"),
    record(1, [0, CODE, CODE + 0x1000, CODE + 0x2000, 0x40, 2]),
  ];
  return Uint8Array.from([HEADER, ...Array(TIMES).fill(records).flat()].flatMap((part) => [...part]));
}

/** Reads a file that grows in two steps, as what it looks like. */
function readGrowing(scene: Scene, bytes: Uint8Array, random: Random): string {
  const isDump = MAGIC.every((byte, i) => byte === bytes[i]);
  const path = isDump ? scene.dump : scene.map;
  const names = scene.names(isDump ? { root: "" } : { readMaps: () => [] });
  let found = 0;
  for (const part of [bytes.subarray(0, random.below(bytes.length + 1)), bytes]) {
    Deno.writeFileSync(path, part);
    names.refresh();
    for (let look = 0; look < LOOKS; look++) {
      const address = CODE + random.below(0x3000);
      const name = names.find(address);
      if (name === null) continue;
      found++;
      assert.ok(name.start <= address && name.name.length > 0 && name.name.length <= NAME_MAX);
    }
  }
  return found > 0 ? "some names" : "no name";
}

/** What programs tell of the code that they make. */
export const JIT_NAMES: CountedKind = {
  name: "jit",
  async run(cases, random) {
    using scene = new Scene(MEMORY);
    Deno.writeFileSync(scene.dump, jitDump());
    mapDump(scene);
    const read = (bytes: Uint8Array) => readGrowing(scene, bytes, random);
    return await damagedKind(JIT_NAMES.name, () => [perfMap(), jitDump()], read).run(cases, random);
  },
};
