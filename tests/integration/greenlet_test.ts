/** Greenlets, which copy their parts of the C stack away and back: a stack is that of the running one, or flagged. */

import assert from "node:assert/strict";
import { sample } from "../../mod.ts";
import type { Stack } from "../../src/types.ts";
import { allUnpacked } from "../../tools/pythons.ts";
import { fixture, Target } from "../support/target.ts";
import { until } from "../support/proc.ts";
import "../support/shim.ts";

const RUN_PYTHON = new URL("../../tools/run_python.sh", import.meta.url).pathname;
const PROGRAM = Deno.readTextFileSync(fixture("greenlets.py"));
const SAMPLES = 1500;
/** Of each greenlet, to be sure that it was seen. */
const SEEN_MIN = SAMPLES / 20;
/** Where a stack is taken from while it is changed for another, it may not fit. */
const FLAGGED_MAX = SAMPLES * 0.05;

const PYTHONS = allUnpacked().filter(({ extras }) => extras.includes("python3-greenlet"));
if (PYTHONS.length === 0) console.log("skipped: no Python with greenlet; deno task pythons py311,python3-greenlet");

for (const { name, version } of PYTHONS) {
  const isRoot = Deno.uid() === 0;
  Deno.test({
    name: `samples of greenlets that take turns are right or flagged: ${version}${
      isRoot ? "" : " (skipped: not root)"
    }`,
    ignore: !isRoot,
    fn: () => testGreenlets(name),
  });
}

async function testGreenlets(name: string): Promise<void> {
  await using container = await Target.execute(RUN_PYTHON, [name, "--container", "-c", PROGRAM]);
  const pid = await childOf(container.pid);
  const seen = new Map<string, number>();
  let samples = 0;
  for await (const { stack } of sample(pid, { interval: 1000 })) {
    const { flaw } = stack.proof;
    const who = flaw === null || flaw === "truncated" ? greenletOf(stack) : "flagged";
    seen.set(who, (seen.get(who) ?? 0) + 1);
    if (++samples === SAMPLES) break;
  }
  const counts = JSON.stringify([...seen]);
  for (const greenlet of "abc") assert.ok((seen.get(greenlet) ?? 0) >= SEEN_MIN, counts);
  assert.ok((seen.get("flagged") ?? 0) <= FLAGGED_MAX, counts);
}

/** Whose stack it is; fails where it is nobody's. */
function greenletOf({ frames }: Stack): string {
  // Without those of random.py.
  const own = frames.flatMap((frame) => frame.kind === "python" && frame.file === "<string>" ? [frame.function] : []);
  const names = own.join(" ");
  const [, greenlet] = names.match(/^run_(\w)(?: key_\1(?: step_\1)*(?: (?:compute_\1|switch))?)?$/) ?? [];
  if (greenlet !== undefined) return greenlet;
  assert.match(names, /^(?:<module>(?: main(?: add)?)?)?$/, "frames of several greenlets");
  return "main";
}

/** The process that the container's first process has started in it. */
async function childOf(pid: number): Promise<number> {
  const children = () => Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
  await until(() => children() !== "", "the container runs");
  return Number(children().split(" ")[0]);
}
