/** Firefox Profiler itself, by its command line: it brings the file up to its newest format, and adds up its calls. */

import assert from "node:assert/strict";
import { CLIENTS } from "../../tools/clients.ts";
import { testWithClients } from "../support/browser.ts";
import { TemporaryFolder } from "../support/austinp.ts";
import { Recorded } from "./recorded.ts";

const PROGRAM = `${CLIENTS}/node_modules/@firefox-devtools/profiler-cli/dist/profiler-cli.js`;

/** What is used of its answers. */
interface Answer {
  readonly threads: readonly { readonly threadHandle: string; readonly name: string; readonly tid: number }[];
  readonly functions: readonly { readonly name: string; readonly totalSamples: number }[];
  readonly categoryBreakdown: { readonly categories: readonly { readonly name: string; readonly samples: number }[] };
}

/** A file that is loaded, until it is disposed: a process of the profiler's holds it meanwhile. */
class Loaded implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();

  static async open(path: string): Promise<Loaded> {
    const loaded = new Loaded();
    await loaded.#run("load", path);
    return loaded;
  }

  async ask(...args: string[]): Promise<Answer> {
    return JSON.parse(await this.#run(...args, "--json"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("stop");
    this.#folder[Symbol.dispose]();
  }

  async #run(...args: string[]): Promise<string> {
    const env = { PROFILER_CLI_SESSION_DIR: this.#folder.file("session") };
    const { code, stdout, stderr } = await new Deno.Command("node", { args: [PROGRAM, ...args], env }).output();
    const [text, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, complaints + text);
    return text;
  }
}

testWithClients("Firefox Profiler reads threads, what each function weighs, and which time was idle", async () => {
  using recorded = await Recorded.run();
  await using loaded = await Loaded.open(await recorded.file("run.gecko.json"));
  const { threads } = await loaded.ask("thread", "list");
  assert.equal(threads.length, 3);
  const totals = new Map<string, number>();
  const ambiguous = new Set<string>();
  let idle = 0;
  for (const { threadHandle } of threads) {
    const all = ["--thread", threadHandle, "--include-idle"];
    const { functions } = await loaded.ask("thread", "functions", "--limit", "100000", ...all);
    const names = functions.map(({ name }) => name);
    for (const { name, totalSamples } of functions) {
      totals.set(name, (totals.get(name) ?? 0) + totalSamples * 1000);
      // Its functions of one name are several where they are in different files.
      if (names.indexOf(name) !== names.lastIndexOf(name)) ambiguous.add(name);
    }
    const { categoryBreakdown: { categories } } = await loaded.ask("thread", "samples", ...all);
    idle += categories.find(({ name }) => name === "Idle")?.samples ?? 0;
  }
  const expected = Object.entries(recorded.totals).filter(([name]) => !ambiguous.has(name));
  assert.ok(expected.length > 20);
  for (const [name, [total]] of expected) assert.equal(Math.round(totals.get(name) ?? 0), total, name);
  assert.equal(Math.round(idle * 1000), recorded.idle);
  assert.deepEqual(threads.map(({ tid }) => tid).sort(), recorded.tids);
});
