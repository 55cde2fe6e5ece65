import assert from "node:assert/strict";
import { parseChildren, ProcessTree } from "../../src/kernel/process_tree.ts";

/** A /proc of these files; a folder has the names that paths below it begin with. */
function machine(files: Readonly<Record<string, string>>) {
  return {
    readText(path: string): string {
      if (path in files) return files[path];
      throw new Deno.errors.NotFound(path);
    },
    list(path: string): string[] {
      const names = Object.keys(files).filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1).split("/")[0]);
      if (names.length === 0) throw new Deno.errors.NotFound(path);
      return [...new Set(names)];
    },
  };
}

const CHILDREN: readonly (readonly [text: string, pids: readonly number[]])[] = [
  ["", []],
  ["12 ", [12]],
  ["12 4194304 7 ", [12, 4194304, 7]],
  ["12\n", []],
  ["x -1 1.5 99999999999 3 ", [3]],
];

Deno.test("parseChildren() gives the ids, and nothing that is none", async (t) => {
  for (const [text, pids] of CHILDREN) {
    await t.step(JSON.stringify(text), () => assert.deepEqual(parseChildren(text), pids));
  }
});

Deno.test("ProcessTree finds the children of all threads, and theirs, by the children files", () => {
  const tree = new ProcessTree(machine({
    "/proc/thread-self/children": "",
    "/proc/10/task/10/children": "20 ",
    "/proc/10/task/11/children": "21 22 ",
    "/proc/20/task/20/children": "",
    "/proc/21/task/21/children": "30 ",
    "/proc/30/task/30/children": "",
    "/proc/40/task/40/children": "41 ",
    "/proc/41/task/41/children": "10 ",
  }));
  const found = tree.descendants([10]);
  assert.deepEqual(found.toSorted(), [20, 21, 22, 30]);
  assert.ok(found.indexOf(21) < found.indexOf(30));
  assert.deepEqual(tree.descendants([10, 20, 21, 22, 30]), []);
  // One that was orphaned is nobody's child any more; its own children are found all the same.
  assert.deepEqual(tree.descendants([99, 21]), [30]);
  assert.deepEqual(tree.descendants([20, 40]), [41, 10, 21, 22, 30].filter((pid) => pid !== 20));
});

Deno.test("ProcessTree finds them by all stat files where there are no children files", () => {
  const stat = (pid: number, name: string, parent: number) =>
    `${pid} (${name}) S ${parent} ${"0 ".repeat(15)}1 0 100 ${"0 ".repeat(30)}`;
  const tree = new ProcessTree(machine({
    "/proc/uptime": "1 1",
    "/proc/10/stat": stat(10, "a", 1),
    "/proc/20/stat": stat(20, "b) S 1 (", 10),
    "/proc/30/stat": stat(30, "c", 20),
    "/proc/31/stat": "",
    "/proc/40/stat": stat(40, "d", 1),
  }));
  assert.deepEqual(tree.descendants([10]), [20, 30]);
  assert.deepEqual(tree.descendants([40]), []);
});

Deno.test("ProcessTree finds the children of this very process in both ways", async () => {
  const child = new Deno.Command("cat", { stdin: "piped", stdout: "null" }).spawn();
  try {
    assert.ok(new ProcessTree().descendants([Deno.pid]).includes(child.pid));
    const readText = (path: string) => {
      if (path.endsWith("/children")) throw new Deno.errors.NotFound(path);
      return Deno.readTextFileSync(path);
    };
    assert.ok(new ProcessTree({ readText }).descendants([Deno.pid]).includes(child.pid));
  } finally {
    await child.stdin.close();
    await child.status;
  }
});
