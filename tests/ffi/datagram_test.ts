import assert from "node:assert/strict";
import { sendDatagram } from "../../src/ffi/datagram.ts";
import { TemporaryFolder } from "../support/austinp.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { testOnePython } from "../support/typical_pythons.ts";

const encoder = new TextEncoder();
// The library stays loaded, which within a test would count as a leak.
sendDatagram("", new Uint8Array());

testOnePython("sendDatagram() sends whole messages, and says when nobody takes one", async (python) => {
  using folder = new TemporaryFolder();
  const path = folder.file("log");
  assert.equal(sendDatagram(path, encoder.encode("nobody is there yet")), false);
  await using listener = await Target.start(python, "syslog.py", { args: [path] });
  for (const message of ["<142>one", "", "日本 ".repeat(500)]) {
    assert.equal(sendDatagram(path, encoder.encode(message)), true);
    assert.equal(JSON.parse(await listener.line()), message);
  }
});

testOnePython("sendDatagram() does not wait for a listener that takes nothing", async (python) => {
  using folder = new TemporaryFolder();
  const path = folder.file("log");
  await using listener = await Target.start(python, "syslog.py", { args: [path] });
  listener.signal("SIGSTOP");
  let sent = 0;
  // The queue of a socket is net.unix.max_dgram_qlen long, mostly 10 to 512.
  while (sent < 100_000 && sendDatagram(path, encoder.encode("full"))) sent++;
  assert.ok(sent > 0 && sent < 100_000, `${sent} were taken`);
  listener.signal("SIGCONT");
});

Deno.test("sendDatagram() refuses a path that no socket can have", () => {
  assert.equal(sendDatagram(`/${"x".repeat(200)}`, encoder.encode("a")), false);
});
