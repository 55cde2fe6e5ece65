import assert from "node:assert/strict";
import { parseStat } from "../../src/kernel/stat.ts";

/** A line with that name; fields 3 to 52 hold their own number but for those given. */
function line(name: string, fields: Record<number, string | number> = {}): string {
  const rest = Array.from({ length: 50 }, (_, index) => fields[index + 3] ?? (index === 0 ? "S" : index + 3));
  return `4242 (${name}) ${rest.join(" ")}\n`;
}

Deno.test("parseStat() reads a line, whatever the name holds", async (t) => {
  for (const name of ["python3", "a b", "x) R 1 (y", "))((", "a\nb", "", "Web Content"]) {
    await t.step(JSON.stringify(name), () => {
      assert.deepEqual(parseStat(line(name, { 28: 140737488347136 })), {
        pid: 4242,
        name,
        state: "S",
        parent: 4,
        threads: 20,
        startTicks: 22,
        startStack: 140737488347136,
      });
    });
  }
});

Deno.test("parseStat() knows when the kernel keeps the stack to itself", () => {
  for (const value of [0, 1, "18446744073709551615"]) {
    assert.equal(parseStat(line("x", { 28: value }))?.startStack, null);
  }
});

Deno.test("parseStat() of anything else is null", async (t) => {
  const rows = ["", "4242", "4242 (x", "4242 (x)", "4242 (x) S 1 2 3", "x (x) S", line("x").replace(" S ", " 7 ")];
  for (const text of rows) await t.step(JSON.stringify(text), () => assert.equal(parseStat(text), null));
});

Deno.test("parseStat() reads this process's own: its stack is where maps say", () => {
  const stat = parseStat(Deno.readTextFileSync("/proc/self/stat"));
  assert.ok(stat !== null);
  assert.equal(stat.pid, Deno.pid);
  assert.equal(stat.parent, Deno.ppid);
  const [, low, high] = /^([0-9a-f]+)-([0-9a-f]+) .*\[stack\]$/m.exec(Deno.readTextFileSync("/proc/self/maps"))!;
  assert.ok(stat.startStack !== null);
  assert.ok(parseInt(low, 16) <= stat.startStack && stat.startStack < parseInt(high, 16));
});
