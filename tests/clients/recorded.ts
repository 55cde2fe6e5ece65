/**
 * A real run in the form that a client reads, and what each function weighs in it.
 * @module
 */

import assert from "node:assert/strict";
import { READERS, type Totals, totalsOf } from "../output/profile/readers.ts";
import { austinp, TemporaryFolder } from "../support/austinp.ts";
import { Target } from "../support/target.ts";
import { TYPICAL } from "../support/typical_pythons.ts";

/** What is used of a line of JSON. */
interface Sample {
  readonly tid: number;
  readonly idle: boolean;
  readonly time_us: number;
}

/** Files of one run in a folder that goes when this is disposed. */
export class Recorded implements Disposable {
  readonly #folder = new TemporaryFolder();
  readonly #mojo = this.#folder.file("run.mojo");
  /** By function. */
  totals: Totals = {};
  /** How long its threads waited, in microseconds. */
  idle = 0;
  /** In ascending order. */
  tids: readonly number[] = [];

  /** Samples tests/fixtures/steady.py for a second. */
  static async run(): Promise<Recorded> {
    const recorded = new Recorded();
    await using target = await Target.start(TYPICAL[0], "steady.py");
    const run = await austinp(["-f", "-i", "2ms", "-x", "1", "-o", recorded.#mojo, "-p", `${target.pid}`]);
    assert.equal(run.code, 0, run.stderr);
    const lines = Deno.readFileSync(await recorded.file("run.jsonl"));
    recorded.totals = totalsOf(READERS.jsonl(lines));
    assert.ok("Chain.multiply" in recorded.totals || "multiply" in recorded.totals);
    const samples: readonly Sample[] = new TextDecoder().decode(lines).trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    recorded.idle = samples.reduce((sum, { idle, time_us }) => sum + (idle ? time_us : 0), 0);
    recorded.tids = [...new Set(samples.map(({ tid }) => tid))].sort();
    return recorded;
  }

  /** The run as the name of the file asks for; options shape it. */
  async file(name: string, ...options: string[]): Promise<string> {
    const path = this.#folder.file(name);
    const run = await austinp([...options, "-o", path, "--convert", this.#mojo]);
    assert.deepEqual([run.code, run.stderr], [0, ""]);
    return path;
  }

  /** A comparison of the run with itself, as a page. */
  async comparison(): Promise<string> {
    const path = this.#folder.file("diff.html");
    const run = await austinp(["-o", path, "--diff", this.#mojo, this.#mojo]);
    assert.deepEqual([run.code, run.stderr], [0, ""]);
    return path;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
