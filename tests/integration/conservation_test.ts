/** Time is conserved: what a thread's samples weigh is what it was observed for, whatever it did meanwhile. */

import assert from "node:assert/strict";
import { attach } from "../../src/sampler/start.ts";
import type { Sample } from "../../src/types.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { parseCollapsed } from "../support/collapsed.ts";
import "../support/shim.ts";
import { fixture, Target } from "../support/target.ts";
import { testTypicalPythons } from "../support/typical_pythons.ts";

const OPTIONS = { kernel: false, timeout: 1_000_000, skipIdle: false, gc: false, memory: true };
const DURATION_MS = 1500;
/** The run ends 300 ms after a tick: a fifth of it. */
const LONG_INTERVAL = 400_000;
/**
 * A thread that waits is looked at to the end of the run; what is left is for a busy machine, on which a look at the
 * others takes long. That no time is lost between two records, tests/csrc/records.c checks to the nanosecond.
 */
const WAITING_MARGIN = 0.1;
/** One that has to wait for a CPU then may not get one in time; on a busy machine that takes up to some 200 ms. */
const RUNNING_MARGIN = 0.15;
/** Turns of 40 ms, of which the first and the last may be cut. */
const SHARE_MARGIN = 0.1;

testTypicalPythons("the time of a thread's samples is that of the run, at any interval", async (python, context) => {
  for (const interval of [1_000, LONG_INTERVAL]) {
    await context.step(`${interval / 1000} ms`, async () => {
      await using target = await Target.start(python, "shifts.py");
      const [computing, waiting, both] = target.ready.split(" ").map(Number);
      const seen = new Map<number, Sample[]>();
      let duration = 0;
      {
        await using run = await attach(target.pid, { ...OPTIONS, interval });
        setTimeout(() => run.stop(), DURATION_MS);
        for await (const batch of run.batches()) {
          for (const sample of batch) seen.set(sample.tid, [...(seen.get(sample.tid) ?? []), sample]);
        }
        duration = run.statistics.duration;
      }
      await target.send();
      const spent = JSON.parse(await target.line());

      assert.ok(duration >= DURATION_MS * 1000, `the run lasted ${duration} us`);
      for (const tid of [target.pid, waiting]) assertSpans(seen.get(tid)!, duration, WAITING_MARGIN);
      for (const tid of [computing, both]) assertSpans(seen.get(tid)!, duration, RUNNING_MARGIN);
      assert.ok(seen.get(waiting)!.slice(1).every(({ idle }) => idle), "the thread that waits is not idle");
      if (interval > 1_000) return; // too few samples for a share
      const samples = seen.get(both)!;
      const share = timeOf(samples.filter(({ idle }) => idle)) / timeOf(samples);
      // It also waits for the GIL.
      assert.ok(share >= spent.waiting / spent.all - SHARE_MARGIN, `${share} idle, ${JSON.stringify(spent)}`);
    });
  }
});

function assertSpans(samples: readonly Sample[], duration: number, margin: number): void {
  const total = timeOf(samples);
  const text = `thread ${samples[0].tid}: ${total} of ${duration} us in ${samples.length} samples`;
  assert.ok(total <= duration, text);
  assert.ok(total >= duration * (1 - margin), text);
}

testTypicalPythons("a launched program's samples weigh what it ran for, as time and as idle time", async (python) => {
  using folder = new TemporaryFolder();
  const file = folder.file("samples");
  const { code, stderr } = await austinp(["-f", "-i", "1ms", "-o", file, python.path, fixture("shifts.py"), "1"]);
  assert.equal(code, 0, stderr);
  const { header, samples, closing } = parseCollapsed(await Deno.readTextFile(file));
  assert.equal(header.get("mode"), "full");
  assert.ok(Number(header.get("memory")) > 0);
  const duration = Number(closing.get("duration"));
  const main = samples.filter(({ pid, tid }) => pid === tid);
  const total = timeOf(main);
  // It begins with what it takes to find the interpreter's symbols, and ends with what the process takes to end.
  assert.ok(total <= duration && total >= duration * (1 - RUNNING_MARGIN), `${total} of ${duration} us`);
  // A second of it in a sleep.
  const idle = timeOf(main.filter(({ idle }) => idle));
  assert.ok(idle >= 900_000 && idle <= total, `${idle} of ${total} us idle`);
  const grown = samples.reduce((sum, { memory }) => sum + memory!, 0);
  assert.ok(grown > 0, `it has grown by ${grown} bytes`);
});

function timeOf(samples: readonly { readonly time: number }[]): number {
  return samples.reduce((total, { time }) => total + time, 0);
}
