import assert from "node:assert/strict";
import { UsageError } from "../../src/errors.ts";
import { type Compat, defaultsOf, programAt, releaseOf, shortName, withEnvironment } from "../../src/cli/program.ts";

const NAMES: readonly (readonly [path: string, name: string, compat: Compat])[] = [
  ["austinp", "austinp", 3],
  ["/usr/bin/austinp", "austinp", 3],
  ["austin", "austin", 3],
  ["../bin/austin", "austin", 3],
  ["/opt/austin4", "austinp", 4],
  ["/opt/austin/profile", "austinp", 3],
  ["austin5", "austinp", 3],
  ["", "austinp", 3],
];

Deno.test("programAt() goes by the last part of argv[0]", () => {
  for (const [path, name, compat] of NAMES) assert.deepEqual(programAt(path), { name, path, compat });
});

Deno.test("withEnvironment() lets AUSTINP_COMPAT choose the version, whatever the name", () => {
  const versionWith = (path: string, value: string | undefined) =>
    withEnvironment(programAt(path), (name) => name === "AUSTINP_COMPAT" ? value : undefined).compat;
  assert.equal(versionWith("austinp", undefined), 3);
  assert.equal(versionWith("austinp", ""), 3);
  assert.equal(versionWith("austinp", "4"), 4);
  assert.equal(versionWith("austin4", undefined), 4);
  assert.equal(versionWith("austin4", ""), 4);
  assert.equal(versionWith("austin4", "3"), 3);
  for (const value of ["5", "4.1", " 4", "on"]) {
    assert.throws(() => versionWith("austinp", value), (error) => {
      return error instanceof UsageError && error.message === `AUSTINP_COMPAT must be 3 or 4, not '${value}'`;
    });
  }
});

Deno.test("defaultsOf() are Austin's", () => {
  assert.deepEqual(defaultsOf(programAt("austinp")), {
    interval: 10_000,
    timeout: 1_000_000,
    format: "collapsed",
    mojo: 3,
    native: true,
  });
  assert.deepEqual(defaultsOf(programAt("austin")), {
    interval: 100,
    timeout: 1_000_000,
    format: "collapsed",
    mojo: 3,
    native: false,
  });
  assert.deepEqual(defaultsOf(programAt("austin4")), {
    interval: 10_000,
    timeout: 3_000_000,
    format: "mojo",
    mojo: 4,
    native: true,
  });
});

Deno.test("releaseOf() is x.y.z, which clients parse", () => {
  assert.equal(releaseOf(programAt("austinp")), "3.7.0");
  assert.equal(releaseOf(programAt("austin4")), "4.1.0");
});

Deno.test("shortName() is what follows the last slash", () => {
  assert.equal(shortName({ path: "/a/b" }), "b");
  assert.equal(shortName({ path: "b" }), "b");
});
