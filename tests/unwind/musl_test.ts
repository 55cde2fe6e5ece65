/** A program with musl for its C library, which has no unwind tables: what is found of its stacks is right. */

import assert from "node:assert/strict";
import { Session } from "../../src/ffi/session.ts";
import { readMaps } from "../../src/kernel/maps.ts";
import { ModuleTable } from "../../src/unwind/modules.ts";
import { NativeUnwinder } from "../../src/unwind/unwinder.ts";
import { buildWithMusl, MUSL, WITHOUT_MUSL } from "../support/musl.ts";
import { assertUntouched } from "../support/proc.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const THREADS = 3;
const LOOKS = 20;

/** The names of each thread's frames, innermost first; those of code that belongs to no function as they are told. */
function stacks(pid: number): Map<number, { names: string[]; complete: boolean }> {
  using session = new Session(pid);
  using modules = new ModuleTable(pid, { readMaps: () => readMaps(pid), readMemory: session.read });
  using unwinder = new NativeUnwinder(modules);
  session.dump(false);
  const found = new Map<number, { names: string[]; complete: boolean }>();
  for (const record of session.drain()) {
    const stack = unwinder.unwind(record);
    const names = Array.from({ length: stack.count }, (_, i) => unwinder.name(stack.pc(i), i === 0).symbol);
    found.set(record.tid, { names, complete: stack.complete });
  }
  return found;
}

Deno.test({
  name: `a program with musl: its own frames are right, and none is made up${WITHOUT_MUSL}`,
  ignore: MUSL === null,
  async fn() {
    await using target = await Target.execute(buildWithMusl("musl", "tests/fixtures/musl.c", { kind: "fixed" }), []);
    for (let look = 0; look < LOOKS; look++) {
      const found = [...stacks(target.pid).values()];
      assert.equal(found.length, THREADS);
      const calling = (name: string) => found.find(({ names }) => names.includes(name))!;
      assert.deepEqual(calling("leaf").names.slice(0, 3), ["leaf", "middle", "outer"]);
      assert.equal(calling("compare").names[0], "compare");
      const waiting = found.find((stack) => stack !== calling("leaf") && stack !== calling("compare"))!;
      const own = ["leaf", "middle", "outer", "compare", "sorter", "main", "_start", "_start_c", "pause", "qsort"];
      const libcs = /^(libc\.so\+0x|musl\+0x|__|qsort|_start)/;
      for (const { names } of found) {
        for (const name of names) assert.ok(own.includes(name) || libcs.test(name), names.join(" < "));
      }
      // Where the tables end, nothing is left to prove what comes next.
      for (const { names, complete } of [waiting, calling("compare")]) {
        if (!names.some((name) => /^(main|sorter|_start)/.test(name))) assert.ok(!complete, names.join(" < "));
      }
    }
    assertUntouched(target.pid);
  },
});
