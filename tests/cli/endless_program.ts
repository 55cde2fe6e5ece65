/**
 * The program with an engine that samples a made-up process until it is stopped; run by platform_test.ts.
 * @module
 */

import type { Run } from "../../src/cli/engine.ts";
import { main } from "../../src/cli/main.ts";
import type { Sample } from "../../src/types.ts";
import { python, sample } from "../output/fixtures.ts";
import { FakeEngine, FakeRun } from "./fakes.ts";

class EndlessRun extends FakeRun implements Run {
  #stopped = false;

  override async *batches(): AsyncGenerator<readonly Sample[]> {
    const batch = Array.from({ length: 1_000 }, () => sample([python("a.py", "f", 3)]));
    while (!this.#stopped) {
      yield batch;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  override stop(): void {
    this.#stopped = true;
  }
}

Deno.exit(await main(Deno.args, { engine: new FakeEngine({ run: new EndlessRun([]) }) }));
