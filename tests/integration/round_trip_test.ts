/** Each sample of a live run in both of Austin's formats: MOJO, read back, is the text. */

import assert from "node:assert/strict";
import { MojoReader } from "../../src/input/mojo.ts";
import { collapsedFormat } from "../../src/output/format.ts";
import { mojoFormat } from "../../src/output/mojo.ts";
import { collapsedRecording } from "../../src/output/recordings.ts";
import { attach } from "../../src/sampler/start.ts";
import { testEachPython } from "../support/pythons.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";

const SAMPLES = 300;
const OPTIONS = { interval: 1000, kernel: true, timeout: 1_000_000, skipIdle: false, gc: true, memory: true };

testEachPython("text of a run is what its MOJO converts to", async (python) => {
  await using target = await Target.start(python, "busy.py", { args: ["--threads", "2", "--idle", "1"] });
  await using run = await attach(target.pid, OPTIONS);
  const [text, mojo] = [collapsedFormat(), mojoFormat()];
  const { mappings } = run;
  const header = { austin: "3.7.0", interval: 1000, mode: "full", memory: 2 ** 33, python: run.version, mappings };
  const lines: (string | Uint8Array)[] = [text.header({ ...header, mode: "full" })];
  const events: (string | Uint8Array)[] = [mojo.header({ ...header, mode: "full" })];
  for await (const batch of run.batches()) {
    for (const sample of batch) {
      lines.push(text.sample(sample));
      events.push(mojo.sample(sample));
    }
    if (run.statistics.samples >= SAMPLES) run.stop();
  }
  for (const chunk of text.closing(run.statistics, { figures: true })) lines.push(chunk);
  for (const chunk of mojo.closing(run.statistics, { figures: true })) events.push(chunk);

  const reader = new MojoReader();
  const recording = collapsedRecording();
  const converted: (string | Uint8Array)[] = [];
  for (const event of events) {
    for (const one of reader.read(event as Uint8Array<ArrayBuffer>)) converted.push(recording.recorded(one));
  }
  for (const one of reader.end()) converted.push(recording.recorded(one));
  converted.push(...recording.end());
  assert.ok(lines.length > SAMPLES);
  assert.equal(converted.join(""), lines.join(""));
});
