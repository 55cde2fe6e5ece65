import assert from "node:assert/strict";
import { describeSurroundings, isInUserNamespace } from "../../src/kernel/namespaces.ts";

/** Says where process 42 lives, by tables of links, ids and process ids; what is not in them cannot be read. */
function describe(links: Record<string, string>, identities: Record<string, string>, pids = "42"): string {
  const lookUp = (table: Record<string, string>) => (path: string) => {
    if (path in table) return table[path];
    throw new Deno.errors.PermissionDenied(path);
  };
  const own = Object.fromEntries(["user", "pid", "mnt"].map((kind) => [`/proc/self/ns/${kind}`, `${kind}:[1]`]));
  return describeSurroundings(42, {
    readLink: lookUp({ ...own, ...links }),
    identity: lookUp({ "/": "8:2", ...identities }),
    readText: lookUp({ "/proc/42/status": `Tgid:\t42\nNStgid:\t${pids}\n` }),
  });
}

function links(user: number, pid: number, mnt: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ user, pid, mnt }).map(([kind, number]) => [`/proc/42/ns/${kind}`, `${kind}:[${number}]`]),
  );
}

Deno.test("describeSurroundings() says what a process has of its own", async (t) => {
  const rows: [string, string, string][] = [
    [
      "nothing",
      describe(links(1, 1, 1), { "/proc/42/root": "8:2" }),
      "where austinp is, on the host or in the same container",
    ],
    ["a root", describe(links(1, 1, 1), { "/proc/42/root": "8:9" }), "with another root"],
    [
      "a container",
      describe(links(1, 2, 3), { "/proc/42/root": "8:9" }, "42\t7"),
      "in another pid, mount namespace than austinp, with another root, where it is process 7",
    ],
    ["unknown", describe({}, {}), "which namespaces it is in may not be seen"],
  ];
  for (const [name, actual, expected] of rows) await t.step(name, () => assert.equal(actual, expected));
});

Deno.test("isInUserNamespace() is false where all ids are what they are", () => {
  assert.equal(isInUserNamespace(() => "         0          0 4294967295\n"), false);
  assert.equal(isInUserNamespace(() => "         0       1000          1\n"), true);
  assert.equal(
    isInUserNamespace(() => {
      throw new Deno.errors.NotFound();
    }),
    false,
  );
});
