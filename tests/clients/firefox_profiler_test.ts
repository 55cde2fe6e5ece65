/** Firefox Profiler itself, by its command line: it brings the file up to its newest format, and adds up its calls. */

import assert from "node:assert/strict";
import { delay } from "../../src/std/async.ts";
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

const PATIENCE_MS = 60_000;
const LOOK_PAUSE_MS = 200;

/** A file that is loaded, until it is disposed: a process of the profiler's holds it, and others ask that. */
class Loaded implements AsyncDisposable {
  readonly #folder = new TemporaryFolder();
  readonly #holder: Deno.ChildProcess;

  private constructor(path: string) {
    this.#holder = this.#command("--daemon", path).spawn();
  }

  static async open(path: string): Promise<Loaded> {
    const loaded = new Loaded(path);
    // Its own command to load a file gives up on a busy machine.
    for (const deadline = Date.now() + PATIENCE_MS;;) {
      const { code, text } = await loaded.#run("thread", "list");
      if (code === 0) return loaded;
      assert.ok(Date.now() < deadline, text);
      await delay(LOOK_PAUSE_MS);
    }
  }

  async ask(...args: string[]): Promise<Answer> {
    const { code, text } = await this.#run(...args, "--json");
    assert.equal(code, 0, text);
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#holder.kill("SIGKILL");
    await this.#holder.status;
    this.#folder[Symbol.dispose]();
  }

  async #run(...args: string[]): Promise<{ code: number; text: string }> {
    const { code, stdout, stderr } = await this.#command(...args).output();
    const [text, complaints] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    return { code, text: code === 0 ? text : complaints + text };
  }

  #command(...args: string[]): Deno.Command {
    const env = { PROFILER_CLI_SESSION_DIR: this.#folder.file("session") };
    const output = args.includes("--daemon") ? "null" : "piped";
    return new Deno.Command("node", {
      args: [PROGRAM, ...args, "--session", "one"],
      env,
      stdout: output,
      stderr: output,
    });
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
