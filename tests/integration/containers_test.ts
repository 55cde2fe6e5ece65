/** Containers, built from what they are made of: from the host, from a sidecar, from inside; with little, and with few rights. */

import assert from "node:assert/strict";
import { austinp, type RunOptions, TemporaryFolder } from "../support/austinp.ts";
import { type Collapsed, parseCollapsed } from "../support/collapsed.ts";
import { Contained, CONTAINER, ROOTLESS, withoutContainers } from "../support/contained.ts";
import { dumpedFrames, toldFrames } from "../support/dumps.ts";
import { assertUntouched, tasksOf } from "../support/proc.ts";
import { asNobody, EPERM, PROCESS_VM_READV, PTRACE, runAsNobody, shared, withoutCalls } from "../support/rights.ts";
import { fixture } from "../support/target.ts";
import { TYPICAL } from "../support/typical_pythons.ts";

// In /usr, where every user may execute it.
const python = TYPICAL.find(({ path }) => path.startsWith("/usr/bin/"))!;
const missing = python === undefined ? "no system Python" : withoutContainers();

function test(name: string, fn: (t: Deno.TestContext) => Promise<void>): void {
  Deno.test({ name: name + (missing === null ? "" : ` (skipped: ${missing})`), ignore: missing !== null, fn });
}

/** Dumps process `pid`, which runs truth.py, and claims that the stack is what it says. */
async function assertDump(pid: number, { target }: Contained, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await austinp(["-w", `${pid}`], options);
  assert.equal(code, 0, stderr);
  assert.deepEqual(dumpedFrames(stdout), toldFrames(target.ready));
  assert.match(stdout, /^ +Py_RunMain /m);
  assert.match(stdout, /^ +qsort/m);
  return stdout;
}

/** Samples process `pid` for a moment. */
async function sampled(pid: number, args: readonly string[] = [], options?: RunOptions): Promise<Collapsed> {
  const { code, stdout, stderr } = await austinp(["-P", "-i", "1ms", "-x", "1", ...args, "-p", `${pid}`], options);
  assert.equal(code, 0, stderr);
  const collapsed = parseCollapsed(stdout);
  assert.ok(collapsed.samples.length > 10);
  return collapsed;
}

for (const [what, prefix] of [["a container", CONTAINER], ["a rootless container", ROOTLESS]] as const) {
  test(`from the host into ${what}: the ids are the host's`, async () => {
    await using asleep = await Contained.start(python, "truth.py", { prefix });
    assert.match(await assertDump(asleep.pid, asleep), new RegExp(`Process ${asleep.pid} .*Thread 0:${asleep.pid}\\n`));
    await using busy = await Contained.start(python, "steady.py", { prefix, args: ["2"] });
    const { samples } = await sampled(busy.pid);
    const tids = tasksOf(busy.pid).map(({ tid }) => tid);
    assert.deepEqual([...new Set(samples.map(({ pid }) => pid))], [busy.pid]);
    assert.deepEqual(samples.filter(({ tid }) => !tids.includes(tid)), []);
    assert.equal(new Set(samples.map(({ tid }) => tid)).size, tids.length);
    assertUntouched(busy.pid);
  });
}

test("from a sidecar that shares the pid namespace: the ids are those of the namespace", async () => {
  await using asleep = await Contained.start(python, "truth.py", { prefix: CONTAINER });
  assert.match(await assertDump(1, asleep, { prefix: asleep.sidecar }), /Process 1 .*Thread 0:1\n/);
  await using busy = await Contained.start(python, "steady.py", { prefix: CONTAINER, args: ["2"] });
  const { samples } = await sampled(1, [], { prefix: busy.sidecar });
  assert.deepEqual([...new Set(samples.map(({ pid }) => pid))], [1]);
  assert.ok(samples.every(({ tid }) => tid < 100), "a thread id of the host's");
  assertUntouched(busy.pid);
});

test("from inside the container, -p takes the pid that is seen there", async () => {
  await using asleep = await Contained.start(python, "truth.py", { prefix: CONTAINER });
  await assertDump(1, asleep, { prefix: asleep.inside });
  const { code, stderr } = await austinp(["-w", `${asleep.pid}`], { prefix: asleep.inside });
  assert.equal(code, 36, stderr);
});

test("a user without rights looks into a rootless container of the same user", async () => {
  await using nobody = await runAsNobody();
  const prefix = [...asNobody(), ...ROOTLESS];
  await using asleep = await Contained.start(python, "truth.py", { prefix, env: {} }).catch(skipUnreadable);
  if (asleep === null) return;
  await assertDump(asleep.pid, asleep, nobody);
});

/** The program may lie where other users cannot read it. */
function skipUnreadable(error: unknown): null {
  console.log(`skipped: ${error}`);
  return null;
}

test("-C follows children into user, pid and mount namespaces", async () => {
  using folder = new TemporaryFolder();
  const program = `import subprocess, sys; subprocess.call(sys.argv[1:])`;
  const child = [...ROOTLESS, python.path, fixture("child.py"), "inside"];
  const file = folder.file("samples");
  const { code, stderr } = await austinp(["-CPi2ms", "-o", file, python.path, "-c", program, ...child]);
  assert.equal(code, 0, stderr);
  const { samples } = parseCollapsed(await Deno.readTextFile(file));
  const inside = samples.filter(({ frames }) =>
    frames.some((frame) => frame.kind === "python" && frame.function.startsWith("inside"))
  );
  assert.ok(inside.length > 0, "the child was not sampled");
  assert.ok(samples.some(({ pid }) => pid !== inside[0].pid), "its parent was not sampled");
});

test("with CAP_SYS_PTRACE alone, no /tmp, no HOME, no syslog and a root that cannot be written", async () => {
  await using asleep = await Contained.start(python, "truth.py", { prefix: CONTAINER });
  await using executable = await shared("/var/tmp");
  const seal = 'mount -t tmpfs -o ro none /tmp && mount -o remount,bind,ro / && exec env -i PATH="$PATH" "$@"';
  const prefix = ["unshare", "--mount", fixture("own_dev.sh"), "sh", "-c", seal, "sh", ...asNobody("sys_ptrace")];
  const options = { prefix, program: executable.path };
  await assertDump(asleep.pid, asleep, options);
  const { code, stderr } = await austinp(["-k", "-w", `${asleep.pid}`], options);
  assert.equal(code, 0);
  assert.equal(stderr.match(/kernel stacks cannot be read, going on without them/g)?.length, 1, stderr);
  const sampling = await austinp(["-k", "-i", "1ms", "-x", "1", "-p", `${asleep.pid}`], options);
  assert.equal(sampling.code, 0);
  assert.equal(sampling.stderr.match(/kernel stacks cannot be read, going on without them/g)?.length, 1);
  assert.match(sampling.stdout, /^P\d+;T/m);
});

test("as root in a container with Docker's default rights, the message says what to add", async (t) => {
  await using asleep = await Contained.start(python, "truth.py", { prefix: CONTAINER });
  const bounded = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-all"];
  const filtered = withoutCalls(python, { [PTRACE]: EPERM, [PROCESS_VM_READV]: EPERM }).prefix!;
  for (
    const [name, prefix] of [["no capability", bounded], ["no capability, and a filter", [...bounded, ...filtered]]]
  ) {
    for (const mode of ["-w", "-p", "--check"]) {
      await t.step(`${name}: ${mode}`, async () => {
        const { code, stdout, stderr } = await austinp([mode, `${asleep.pid}`], { prefix: prefix as string[] });
        assert.match(stdout + stderr, /--cap-add SYS_PTRACE/);
        assert.equal(code, mode === "--check" ? 1 : 37);
      });
    }
  }
  assertUntouched(asleep.pid);
});

/** How root starts in most containers: without the capabilities that open /proc/PID/map_files. */
const WITHOUT_MAP_FILES = ["setpriv", "--bounding-set=-checkpoint_restore,-sys_admin", "--inh-caps=-all"];

/** Scripts that put /usr at "$1" and run what follows there: "$1/bin/python3" finds its library by its own place. */
const MOUNTS = [
  ["bind-mounted", 'mount --bind /usr "$1"'],
  [
    "in an overlay",
    'mount -t tmpfs none "$1" && mkdir "$1/upper" "$1/work" "$1/all" && mount -t overlay none -o ' +
    '"lowerdir=/usr,upperdir=$1/upper,workdir=$1/work" "$1/all" && mount --move "$1/all" "$1"',
  ],
  [
    "in an overlay, in its upper layer",
    'mount -t tmpfs none "$1" && mkdir "$1/upper" "$1/work" "$1/all" && mount -t overlay none -o ' +
    '"lowerdir=/usr,upperdir=$1/upper,workdir=$1/work" "$1/all" && touch "$(realpath "$1/all/bin/python3")" && ' +
    'mount --move "$1/all" "$1"',
  ],
] as const;

for (const [how, script] of MOUNTS) {
  test(`binaries that are ${how}`, async () => {
    using folder = new TemporaryFolder();
    const prefix = [...CONTAINER, "sh", "-c", `${script} && place=$1 && shift && exec "$place/bin/python3" "$@"`, "sh"];
    const moved = { ...python, path: folder.path };
    await using asleep = await Contained.start(moved, "truth.py", { prefix });
    for (const rights of [[], WITHOUT_MAP_FILES]) {
      await assertDump(asleep.pid, asleep, { prefix: rights });
      const { stdout } = await austinp(["--check", `${asleep.pid}`], { prefix: rights });
      assert.match(stdout, /^yes +symbols +of \d+ binaries, from their files$/m, stdout);
    }
  });
}

for (const how of ["deleted", "replaced"]) {
  test(`binaries that were ${how} while they ran`, async () => {
    using folder = new TemporaryFolder();
    const path = folder.file("python3");
    await Deno.copyFile(python.path, path);
    const env = { PYTHONHOME: "/usr" };
    await using asleep = await Contained.start({ ...python, path }, "truth.py", { prefix: CONTAINER, env });
    await Deno.remove(path);
    if (how === "replaced") await Deno.copyFile("/bin/true", path);
    for (const rights of [[], WITHOUT_MAP_FILES]) await assertDump(asleep.pid, asleep, { prefix: rights });
  });
}
