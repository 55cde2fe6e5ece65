import assert from "node:assert/strict";
import { AlreadyTracedError, NoSuchProcessError, PermissionError, ShimError } from "../../src/errors.ts";
import { explainDenied, explainFailure } from "../../src/kernel/access.ts";

const PTRACE = "0000000000080000";

/** A message speaks of one of these. */
const CAUSES = [
  /belongs to user/,
  /another group/,
  /has capabilities/,
  /not dumpable/,
  /ptrace_scope is/,
  /seccomp filter/,
  /another user namespace/,
  /: CAP_SYS_PTRACE is missing/,
  /of the kernel/,
  /zombie/,
  /cannot trace itself/,
];

interface Machine {
  readonly own?: Record<string, string>;
  readonly target?: Record<string, string> | null;
  readonly owner?: number;
  readonly files?: Record<string, string>;
}

/** What two ordinary processes of user 1000 look like, but for what a row says. */
function explain({ own = {}, target = {}, owner = 1000, files = {} }: Machine) {
  const ordinary = {
    Name: "python3",
    State: "S (sleeping)",
    TracerPid: "0",
    Uid: "1000\t1000\t1000\t1000",
    Gid: "100\t100\t100\t100",
    VmSize: "1 kB",
    CapPrm: "0",
    CapEff: "0",
    Seccomp: "0",
  };
  const all: Record<string, string> = { "/proc/self/status": status({ ...ordinary, Tgid: "50", ...own }), ...files };
  if (target !== null) all["/proc/4242/status"] = status({ ...ordinary, Tgid: "4242", ...target });
  return explainDenied(4242, {
    readText(path) {
      if (path in all) return all[path];
      throw new Deno.errors.NotFound(path);
    },
    list: (folder) =>
      Object.keys(all).filter((path) => path.startsWith(`${folder}/`)).map((path) => path.split("/")[4]),
    ownerOf: () => owner,
  });
}

function status(fields: Record<string, string>): string {
  return Object.entries(fields).map(([key, value]) => `${key}:\t${value}\n`).join("");
}

function yama(scope: number) {
  return { "/proc/sys/kernel/yama/ptrace_scope": `${scope}\n` };
}

Deno.test("explainDenied() says that there is no such process", () => {
  assert.ok(explain({ target: null }) instanceof NoSuchProcessError);
});

Deno.test("explainDenied() names the tracer", () => {
  const error = explain({ target: { TracerPid: "77" }, files: { "/proc/77/comm": "gdb\n", ...yama(1) } });
  assert.ok(error instanceof AlreadyTracedError);
  assert.equal(error.tracer, 77);
  assert.match(error.message, /already traced by process 77 \(gdb\)/);
});

Deno.test("explainDenied() names the tracer of a thread", () => {
  const files = {
    "/proc/4242/task/4242/status": status({ TracerPid: "0" }),
    "/proc/4242/task/4243/status": status({ TracerPid: "77" }),
    "/proc/77/comm": "gdb\n",
  };
  const error = explain({ files });
  assert.ok(error instanceof AlreadyTracedError);
  assert.match(error.message, /already traced by process 77 \(gdb\)/);
});

Deno.test("explainDenied() names a tracer whose name it cannot read", () => {
  const error = explain({ target: { TracerPid: "77" } });
  assert.ok(error instanceof AlreadyTracedError);
  assert.match(error.message, /77 \(unknown\)/);
});

Deno.test("explainDenied() names the one cause that applies", async (t) => {
  const root = { Uid: "0\t0\t0\t0", Gid: "0\t0\t0\t0" };
  const rows: [string, Machine, RegExp, RegExp | null][] = [
    ["another user", { target: { Uid: "33\t33\t33\t33" } }, /user 33, austinp runs as user 1000/, /sudo/],
    [
      "another user, and Yama besides",
      { target: { Uid: "33\t33\t33\t33" }, files: yama(1) },
      /user 33/,
      /sudo/,
    ],
    ["a set-uid program", { target: { Uid: "1000\t0\t0\t0" } }, /belongs to user 0/, /sudo/],
    [
      "another user, for root in a container",
      { own: root, target: { Uid: "33\t33\t33\t33" } },
      /user 33, austinp runs as user 0/,
      /--cap-add SYS_PTRACE/,
    ],
    ["another group", { target: { Gid: "100\t7\t7\t7" } }, /another group \(100, 7, 7\)/, /sudo/],
    ["more capabilities", { target: { CapPrm: "400" } }, /capabilities that austinp has not/, /sudo/],
    ["not dumpable", { owner: 0 }, /not dumpable/, /sudo/],
    ["Yama 1", { files: yama(1) }, /ptrace_scope is 1, .*children/, /sudo, or sysctl kernel\.yama\.ptrace_scope=0/],
    ["Yama 2", { files: yama(2) }, /ptrace_scope is 2.*CAP_SYS_PTRACE/, /sudo/],
    ["Yama 3", { files: yama(3) }, /ptrace_scope is 3.*reboot/, null],
    ["Yama 3, with the capability", { own: { CapEff: PTRACE }, files: yama(3) }, /ptrace_scope is 3/, null],
    ["seccomp", { own: { ...root, Seccomp: "2" }, target: root }, /seccomp/, /--cap-add SYS_PTRACE/],
    ["seccomp, with the capability", { own: { CapEff: PTRACE, Seccomp: "2" } }, /seccomp/, /seccomp=unconfined/],
    ["another user namespace", { own: { CapEff: PTRACE } }, /another user namespace/, null],
    [
      "no capability, for root",
      { own: root, target: root, owner: 0 },
      /CAP_SYS_PTRACE is missing/,
      /--cap-add SYS_PTR/,
    ],
    ["no capability", {}, /CAP_SYS_PTRACE is missing/, /sudo/],
    ["a thread of the kernel", { target: { Kthread: "1" } }, /thread of the kernel/, null],
    ["a zombie", { target: { State: "Z (zombie)" } }, /zombie/, null],
    ["itself", { target: { Tgid: "50" } }, /cannot trace itself/, null],
  ];
  for (const [name, machine, cause, advice] of rows) {
    await t.step(name, () => {
      const error = explain(machine);
      assert.ok(error instanceof PermissionError && !(error instanceof AlreadyTracedError));
      assert.match(error.message, /^Insufficient permissions to trace process 4242: /);
      assert.match(error.message, cause);
      if (advice !== null) assert.match(error.message, advice);
      assert.equal(CAUSES.filter((pattern) => pattern.test(error.message)).length, 1);
    });
  }
});

Deno.test("explainDenied() keeps the cause", () => {
  const cause = new Error("EPERM");
  assert.equal(explainDenied(2 ** 22 + 1, { cause }).cause, cause);
});

Deno.test("explainFailure() explains what was denied, and not that something of ours ran out", () => {
  const pid = 2 ** 22 + 1;
  for (const errno of [12, 24]) {
    const error = new ShimError("open it", errno);
    assert.equal(explainFailure(pid, error), error);
  }
  assert.ok(explainFailure(pid, new ShimError("open it", 1)) instanceof NoSuchProcessError);
});
