import assert from "node:assert/strict";
import { sendDatagram } from "../../src/ffi/datagram.ts";
import { TemporaryFolder } from "../support/austinp.ts";
import "../support/shim.ts";
import { Target } from "../support/target.ts";
import { TYPICAL } from "../support/typical_pythons.ts";

const skipped = TYPICAL.length === 0 ? " (skipped: no supported Python)" : "";
const encoder = new TextEncoder();
const python = TYPICAL[0];
// The library stays loaded, which within a test would count as a leak.
sendDatagram("", new Uint8Array());

Deno.test({
  name: `sendDatagram() sends whole messages, and says when nobody takes one${skipped}`,
  ignore: python === undefined,
  async fn() {
    using folder = new TemporaryFolder();
    const path = folder.file("log");
    assert.equal(sendDatagram(path, encoder.encode("nobody is there yet")), false);
    await using listener = await Target.start(python, "syslog.py", { args: [path] });
    for (const message of ["<142>one", "", "日本 ".repeat(500)]) {
      assert.equal(sendDatagram(path, encoder.encode(message)), true);
      assert.equal(JSON.parse(await listener.line()), message);
    }
  },
});

Deno.test({
  name: `sendDatagram() does not wait for a listener that takes nothing${skipped}`,
  ignore: python === undefined,
  async fn() {
    using folder = new TemporaryFolder();
    const path = folder.file("log");
    await using listener = await Target.start(python, "syslog.py", { args: [path] });
    listener.signal("SIGSTOP");
    let sent = 0;
    // The queue of a socket is net.unix.max_dgram_qlen long, mostly 10 to 512.
    while (sent < 100_000 && sendDatagram(path, encoder.encode("full"))) sent++;
    assert.ok(sent > 0 && sent < 100_000, `${sent} were taken`);
    listener.signal("SIGCONT");
  },
});

Deno.test("sendDatagram() refuses a path that no socket can have", () => {
  assert.equal(sendDatagram(`/${"x".repeat(200)}`, encoder.encode("a")), false);
});
