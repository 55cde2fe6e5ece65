/** speedscope itself, in a browser, as its own command opens a file. */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { CLIENTS } from "../../tools/clients.ts";
import { Page, testWithClients } from "../support/browser.ts";
import { Recorded } from "./recorded.ts";

const FOLDER = `${CLIENTS}/node_modules/speedscope/dist/release`;

testWithClients("speedscope shows the functions of a run, and what they weigh", async () => {
  using recorded = await Recorded.run();
  const path = await recorded.file("run.speedscope.json");
  const script = `${path}.js`;
  Deno.writeTextFileSync(
    script,
    `speedscope.loadFileFromBase64("run.speedscope.json", "${
      Buffer.from(Deno.readFileSync(path)).toString("base64")
    }")`,
  );
  await using page = await Page.open(`file://${FOLDER}/index.html#localProfilePath=${script}&view=sandwich`);
  const functions = Object.keys(recorded.totals).filter((name) => /multiply|step|walk/.test(name));
  assert.ok(functions.length >= 3);
  // Its table of functions is text; the rest is drawn. It shows one thread at a time, and n is the key to the next.
  const rows = `[...document.querySelectorAll("table tr")].map((row) => row.innerText).join("\\n")`;
  const shown = new Set<string>();
  let text = "";
  for (const tid of recorded.tids) {
    if (tid !== recorded.tids[0]) await page.press("n");
    await page.until(`/Symbol Name/.test(${rows}) && ${rows} !== ${JSON.stringify(text)}`);
    text = await page.value(rows);
    for (const name of functions) if (text.includes(name)) shown.add(name);
  }
  assert.deepEqual([...shown].sort(), functions.sort());
});
