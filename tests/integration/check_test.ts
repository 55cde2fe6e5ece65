/** `--check` says what works and what is missing, with 0 or 1, in each of the situations that it is for. */

import assert from "node:assert/strict";
import { austinp, type RunOptions } from "../support/austinp.ts";
import { assertUntouched } from "../support/proc.ts";
import {
  asNobody,
  EPERM,
  NOBODY,
  PROCESS_VM_READV,
  PTRACE,
  runAsNobody,
  sharedCopy,
  withoutCalls,
} from "../support/rights.ts";
import { Target } from "../support/target.ts";
import { testOnePython, TYPICAL } from "../support/typical_pythons.ts";

const NOT_ROOT = Deno.uid() === 0 ? null : "not root";

/** What is to come out: the exit code, each finding's verdict, and words. */
interface Expected {
  readonly code: number;
  readonly verdicts: Readonly<Record<string, "yes" | "no">>;
  readonly words?: RegExp;
}

async function assertCheck(pid: number, args: readonly string[], expected: Expected, options?: RunOptions) {
  const { code, stdout, stderr } = await austinp([...args, "--check", `${pid}`], options);
  const verdicts = Object.fromEntries(
    [...stdout.matchAll(/^(yes|no) +(\w+(?: \w+)?) {2}/gm)].map(([, verdict, what]) => [what, verdict]),
  );
  for (const [what, verdict] of Object.entries(expected.verdicts)) assert.equal(verdicts[what], verdict, stdout);
  if (expected.words !== undefined) assert.match(stdout, expected.words);
  assert.deepEqual([code, stderr], [expected.code, ""], stdout);
}

testOnePython("--check in every situation", async (python, t) => {
  await using target = await Target.start(python, "steady.py");
  // The system's interpreter is where every user may execute it.
  const system = TYPICAL.find(({ path }) => path.startsWith("/usr/bin/"));
  const program = "print('ready', flush=True)\nwhile True: sum(range(1000))";
  await using own = system === undefined ? null : await Target.run(system, program, { prefix: asNobody() });
  await using nobody = await runAsNobody();
  await using capable = await runAsNobody("sys_ptrace");
  const all = { attach: "yes", memory: "yes", "kernel stacks": "yes", Python: "yes" } as const;
  const none = { attach: "no", memory: "no", "kernel stacks": "no" } as const;
  const step = (name: string, pid: number, args: readonly string[], expected: Expected, options?: RunOptions) =>
    t.step(name, () => assertCheck(pid, args, expected, options));

  await step("as root", target.pid, [], {
    code: 0,
    verdicts: { ...all, symbols: "yes" },
    words: /\nProcess \d+ can be sampled\.\n$/,
  });
  await step("as root, with -k", target.pid, ["-k"], { code: 0, verdicts: all });
  await step("without rights", target.pid, [], {
    code: 1,
    verdicts: none,
    words:
      /belongs to user 0, austinp runs as user 65534.*\n.*\n.*\n.*attach, memory.*\n.*setcap cap_sys_ptrace\+ep \//,
  }, nobody);
  await step("with CAP_SYS_PTRACE alone", target.pid, [], {
    code: 0,
    verdicts: { ...all, "kernel stacks": "no" },
    words: /reading them takes root or CAP_SYS_ADMIN; -k goes on without them/,
  }, capable);
  await step("with CAP_SYS_PTRACE alone, and -k", target.pid, ["-k"], {
    code: 1,
    verdicts: { ...all, "kernel stacks": "no" },
    words: /cannot be sampled as asked: kernel stacks\.\n$/,
  }, capable);
  if (own !== null) {
    const expected: Expected = { code: 0, verdicts: { ...all, "kernel stacks": "no" } };
    await step("the same user's process, without rights", own.pid, [], expected, nobody);
  }
  await step("without ptrace", target.pid, [], {
    code: 1,
    verdicts: { attach: "no", memory: "yes" },
    words: /seccomp filter.*--security-opt seccomp=unconfined[^]*: --no-native\n$/,
  }, withoutCalls(python, { [PTRACE]: EPERM }));
  await step("without ptrace, and asked for Python frames alone", target.pid, ["--no-native"], {
    code: 0,
    verdicts: { attach: "no", memory: "yes", Python: "yes" },
  }, withoutCalls(python, { [PTRACE]: EPERM }));
  await step("without process_vm_readv", target.pid, [], {
    code: 0,
    verdicts: all,
  }, withoutCalls(python, { [PROCESS_VM_READV]: EPERM }));
  await step("a user namespace of our own", target.pid, [], {
    code: 1,
    verdicts: none,
    words: /only in austinp's own user namespace, and the process belongs to another/,
  }, { prefix: ["unshare", "--user", "--map-root-user"] });
  await step("no Python", Deno.pid, [], { code: 1, verdicts: { attach: "yes", Python: "no" } });
  await step("no process", 2 ** 22 + 1, [], {
    code: 1,
    verdicts: { process: "no" },
    words: /no process has this id/,
  });
  assertUntouched(target.pid);
}, { obstacle: NOT_ROOT });

testOnePython("an executable with the capability that --check speaks of needs no sudo", async (python) => {
  await using target = await Target.start(python, "steady.py");
  await using copy = await sharedCopy();
  const { success } = await new Deno.Command("setcap", { args: ["cap_sys_ptrace+ep", copy.path] }).output();
  assert.ok(success);
  const options = { prefix: asNobody(), program: copy.path };
  const { code, stdout, stderr } = await austinp(["-w", `${target.pid}`], options);
  assert.equal(code, 0, stderr);
  assert.match(stdout, / walk \(/);
  await assertCheck(target.pid, [], {
    code: 0,
    verdicts: { attach: "yes" },
    words: new RegExp(`user ${NOBODY}, with CAP_SYS_PTRACE`),
  }, options);
}, { obstacle: NOT_ROOT });
