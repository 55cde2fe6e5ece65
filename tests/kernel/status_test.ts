import assert from "node:assert/strict";
import { parseStatus } from "../../src/kernel/status.ts";

const STATUS = `Name:\tpython3
Umask:\t0022
State:\tt (tracing stop)
Tgid:\t4242
Ngid:\t0
Pid:\t4243
PPid:\t1
TracerPid:\t77
Uid:\t1000\t1001\t1002\t1003
Gid:\t100\t101\t102\t103
Groups:\t4 24 27 
NStgid:\t4242\t17\t1
NSpid:\t4243\t18\t2
Kthread:\t0
VmPeak:\t   50016 kB
VmSize:\t   42508 kB
CapPrm:\t000001fffeffffff
CapEff:\t0000000000080000
Seccomp:\t2
`;

Deno.test("parseStatus() reads the fields", () => {
  assert.deepEqual(parseStatus(STATUS), {
    name: "python3",
    state: "t",
    pid: 4242,
    tracer: 77,
    uids: [1000, 1001, 1002],
    gids: [100, 101, 102],
    namespaceTids: [4243, 18, 2],
    namespacePids: [4242, 17, 1],
    permittedCapabilities: 0x1fffeffffffn,
    effectiveCapabilities: 1n << 19n,
    seccomp: 2,
    kernelThread: false,
  });
});

Deno.test("parseStatus() undoes the escapes in names", () => {
  assert.equal(parseStatus("Name:\ta\\nb\\\\nc: d\n").name, "a\nb\\nc: d");
});

Deno.test("parseStatus() without pid namespaces takes the reader's ids", () => {
  const status = parseStatus("Name:\tx\nTgid:\t5\nPid:\t6\n");
  assert.deepEqual([status.namespacePids, status.namespaceTids], [[5], [6]]);
});

Deno.test("parseStatus() tells threads of the kernel from zombies", () => {
  assert.equal(parseStatus("Name:\tkthreadd\nState:\tS (sleeping)\n").kernelThread, true);
  assert.equal(parseStatus("Name:\tkthreadd\nState:\tS (sleeping)\nKthread:\t1\n").kernelThread, true);
  assert.equal(parseStatus("Name:\tpython3\nState:\tZ (zombie)\nKthread:\t0\n").kernelThread, false);
});

Deno.test("parseStatus() of anything else has neutral values", async (t) => {
  for (const text of ["", "\n\n:\n::", "TracerPid:\t-1\nUid:\tx y\nCapEff:\tzz\nSeccomp:\t9e9", "Name"]) {
    await t.step(JSON.stringify(text), () => {
      const status = parseStatus(text);
      assert.equal(status.tracer, 0);
      assert.deepEqual(status.uids, []);
      assert.equal(status.effectiveCapabilities, 0n);
      assert.equal(status.seccomp, 0);
    });
  }
});

Deno.test("parseStatus() reads this process's own", () => {
  const status = parseStatus(Deno.readTextFileSync("/proc/self/status"));
  assert.equal(status.pid, Deno.pid);
  assert.equal(status.uids[1], Deno.uid());
  assert.equal(status.kernelThread, false);
});
