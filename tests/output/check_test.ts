import assert from "node:assert/strict";
import { checkText, passes } from "../../src/output/check.ts";
import type { Finding } from "../../src/types.ts";

function finding(what: string, works: boolean | null, needed: boolean): Finding {
  return { what, works, needed, detail: "a\nb\x1b[31m" };
}

Deno.test("passes() asks for what is needed alone", () => {
  for (const [works, needed, expected] of [[true, true, true], [false, true, false], [false, false, true]] as const) {
    const findings = [finding("attach", works, needed), finding("container", null, false)];
    assert.equal(passes({ pid: 3, findings, lacksCapability: false }), expected);
  }
});

Deno.test("checkText() writes a line a finding, whatever is in it, what is missing, and how to get it", () => {
  const findings = [finding("attach", false, true), finding("kernel stacks", false, false), finding("a", null, false)];
  assert.equal(
    checkText({ pid: 3, findings, lacksCapability: true }, "/opt/a\nb"),
    String.raw`no    attach         a\x0ab\x1b[31m
no    kernel stacks  a\x0ab\x1b[31m
      a              a\x0ab\x1b[31m
Process 3 cannot be sampled as asked: attach.
Python frames alone can be had without that: --no-native
To let every user of this executable trace without sudo: setcap cap_sys_ptrace+ep /opt/a\x0ab
`,
  );
});

Deno.test("checkText() speaks of --no-native where nothing else is missing", () => {
  const findings = [finding("attach", false, true), finding("memory", false, true)];
  assert.doesNotMatch(checkText({ pid: 3, findings, lacksCapability: false }, "/a"), /--no-native/);
});
