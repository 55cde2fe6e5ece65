import assert from "node:assert/strict";
import { KernelStackParser } from "../../src/kernel/kernel_stack.ts";

function symbols(text: string): string[] {
  return new KernelStackParser().parse(text).map((frame) => frame.symbol);
}

Deno.test("KernelStackParser.parse() gives the outermost frame first", () => {
  const text = `[<0>] ep_poll+0x3a1/0x3d0
[<0>] do_epoll_wait+0xaa/0xc0
[<0>] __x64_sys_epoll_wait+0x5f/0x110
[<0>] do_syscall_64+0x71/0x280
[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e
`;
  assert.deepEqual(symbols(text), [
    "entry_SYSCALL_64_after_hwframe",
    "do_syscall_64",
    "__x64_sys_epoll_wait",
    "do_epoll_wait",
    "ep_poll",
  ]);
});

Deno.test("KernelStackParser.parse() reads a line", async (t) => {
  const rows: [string, string, string[]][] = [
    ["of a module", "[<0>] nfs_wait_bit_killable+0x1a/0x80 [nfs]", ["nfs_wait_bit_killable"]],
    ["of a module with a build-id", "[<0>] ext4_read+0x1/0x80 [ext4 0a1b2c]", ["ext4_read"]],
    ["with a real address", "[<ffffffff81234567>] sys_read+0x12/0x34", ["sys_read"]],
    ["with a compiler's suffix", "[<0>] wait_for.constprop.0+0x12/0x34", ["wait_for.constprop.0"]],
    ["of no symbol", "[<0>] 0xffffffffffffffff", []],
    ["of no symbol, as old kernels end", "[<ffffffffffffffff>] 0xffffffffffffffff", []],
    ["that is empty", "", []],
    ["that is cut", "[<0>] do_epoll_wait+0x", []],
    ["that is garbage", "\0\u{fffd}[<zz>] x+0x1/0x2", []],
    ["with a name without end", `[<0>] ${"x".repeat(5000)}+0x1/0x2`, []],
  ];
  for (const [name, line, expected] of rows) {
    await t.step(name, () => {
      assert.deepEqual(symbols(line), expected);
      assert.deepEqual(symbols(`${line}\n[<0>] schedule+0x1/0x2\n`), ["schedule", ...expected]);
    });
  }
});

Deno.test("KernelStackParser gives the same object for the same symbol", () => {
  const parser = new KernelStackParser();
  const [outer, inner] = parser.parse("[<0>] a+0x1/0x2\n[<0>] b+0x1/0x2\n");
  const [again] = parser.parse("[<0>] b+0x77/0x99\n");
  assert.equal(again, outer);
  assert.notEqual(inner, outer);
});

Deno.test("KernelStackParser takes at most 64 frames", () => {
  assert.equal(symbols("[<0>] f+0x1/0x2\n".repeat(100_000)).length, 64);
});
