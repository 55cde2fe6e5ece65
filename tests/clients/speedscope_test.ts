/** speedscope itself, in a browser, as its own command opens a file. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CLIENTS } from "../../tools/clients.ts";
import { Page, testWithClients } from "../support/browser.ts";
import { Recorded } from "./recorded.ts";

const FOLDER = `${CLIENTS}/node_modules/speedscope/dist/release`;

testWithClients("speedscope shows the functions of a run, and what they weigh", async () => {
  using recorded = await Recorded.run();
  // It shows the first thread, and the main one only waits.
  const path = await recorded.file("run.speedscope.json", "--on-cpu");
  const script = `${path}.js`;
  Deno.writeTextFileSync(
    script,
    `speedscope.loadFileFromBase64("run.speedscope.json", "${
      Buffer.from(Deno.readFileSync(path)).toString("base64")
    }")`,
  );
  await using page = await Page.open(`file://${FOLDER}/index.html#localProfilePath=${script}&view=sandwich`);
  // Its table of functions is text; the rest is drawn.
  await page.until(`document.querySelectorAll("table tr").length > 3`);
  const rows = `[...document.querySelectorAll("table tr")].map((row) => row.innerText)`;
  const text = (await page.value<string[]>(rows)).join("\n");
  const functions = Object.keys(recorded.totals).filter((name) => /multiply|step|walk/.test(name));
  assert.ok(functions.length >= 3);
  const shown = functions.filter((name) => text.includes(name));
  assert.ok(shown.length >= 1, text);
  assert.match(text, /\d+(\.\d+)?%/);
  assert.match(await page.value("document.title"), /run|austinp|speedscope/);
});
