import assert from "node:assert/strict";
import { allUnpacked, DEFAULT_NAMES, parseName, PYTHONS, type Spec } from "../../tools/pythons.ts";

const RUN = new URL("../../tools/run_python.sh", import.meta.url).pathname;

const NAMES: readonly [name: string, expected: Omit<Spec, "name"> | null][] = [
  ["py39", { suite: "bullseye", version: "3.9", kind: "release", extras: [] }],
  ["py313s", { suite: "sid", version: "3.13", kind: "release", extras: [] }],
  ["py27-dbg", { suite: "bullseye", version: "2.7", kind: "dbg", extras: [] }],
  ["py315-headers", { suite: "sid", version: "3.15", kind: "headers", extras: [] }],
  ["py311,libstdc++6,python3-numpy", {
    ...{ suite: "bookworm", version: "3.11", kind: "release" },
    extras: ["libstdc++6", "python3-numpy"],
  }],
  ["py314-dbg,python3-greenlet", { suite: "sid", version: "3.14", kind: "dbg", extras: ["python3-greenlet"] }],

  ["", null],
  ["py38", null],
  ["python3.9", null],
  ["py39-debug", null],
  ["py39,", null],
  ["py39,-y", null],
  ["py39,../x", null],
  ["py39-headers,python3-numpy", null],
  ["toString", null],
];

Deno.test("parseName() takes names of Pythons apart", async (t) => {
  for (const [name, expected] of NAMES) {
    await t.step(name || "nothing", () => {
      if (expected === null) assert.throws(() => parseName(name), SyntaxError);
      else assert.deepEqual(parseName(name), { name, ...expected });
    });
  }
});

Deno.test("the default names are names", () => {
  assert.deepEqual(DEFAULT_NAMES.map((name) => parseName(name).name), DEFAULT_NAMES);
});

const INTERPRETERS = allUnpacked().filter(({ executable }) => executable !== null);
if (INTERPRETERS.length === 0) console.log("skipped: no unpacked Python; deno task pythons");

/** A line of the process that says where it is, from there on it sleeps. */
const PROGRAM = `
import os, sys, time
sys.stdout.write("%s %d %s\\n" % (sys.version.split()[0], os.getpid(), os.getcwd()))
sys.stdout.flush()
time.sleep(60)
`;

for (const { name, packageVersion, executable } of INTERPRETERS) {
  Deno.test({
    name: `run_python.sh --container confines ${name} and ends it with itself`,
    ignore: Deno.uid() !== 0,
    async fn() {
      const args = [name, "--container", "--pid", "2", "-c", PROGRAM];
      await using run = new Deno.Command(RUN, { args, stdout: "piped", stderr: "piped" }).spawn();
      const pid = Number(await firstLine(run.stderr));
      const [version, inside, folder] = (await firstLine(run.stdout)).split(" ");
      assert.ok(packageVersion.startsWith(version), `${version} is not ${packageVersion}`);
      assert.equal(inside, "1", "its process id in its namespace");
      assert.equal(folder, "/mnt");
      assert.match(Deno.readTextFileSync(`/proc/${pid}/status`), new RegExp(`^NSpid:\\t${pid}\\t1$`, "m"));
      // Its paths are those of its own root.
      const path = Deno.readLinkSync(`/proc/${pid}/exe`);
      assert.equal(`${PYTHONS}/${name}/root${path}`, Deno.realPathSync(`${PYTHONS}/${name}/root${executable}`));
      assert.match(Deno.readTextFileSync(`/proc/${pid}/maps`), new RegExp(` ${path}$`, "m"));

      run.kill("SIGKILL");
      await run.status;
      for (let tries = 0; isRunning(pid); tries++) {
        assert.ok(tries < 500, `process ${pid} has outlived its runner by 5 s`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  });

  Deno.test(`run_python.sh --ld runs ${name} in place`, async () => {
    const args = [name, "--ld", "--pid", "2", "-c", "import sys, os; print(sys.version.split()[0], os.getpid())"];
    const { stdout, stderr } = await new Deno.Command(RUN, { args }).output();
    const [version, pid] = decode(stdout).match(/[\d.]+/g)!;
    assert.ok(packageVersion.startsWith(version), `${version} is not ${packageVersion}`);
    assert.equal(decode(stderr).split("\n")[0], pid);
  });
}

Deno.test("run_python.sh says how to fetch a Python that is not there", async () => {
  const { code, stderr } = await new Deno.Command(RUN, { args: ["py00"] }).output();
  assert.equal(code, 125);
  assert.match(decode(stderr), /py00 is not there; fetch it: deno task pythons py00/);
});

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += decode(chunk);
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0];
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\t[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH") return false;
    throw error;
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
