/** The page of a flame graph in a browser, as a person uses it: by mouse and by keyboard alone. */

import assert from "node:assert/strict";
import { Page, testWithClients } from "../support/browser.ts";
import { Recorded } from "./recorded.ts";

/** Frames that are shown, by the name on them. */
const NAMES = `[...document.querySelectorAll(".frame")].map((one) => one.textContent)`;
const detail = `document.getElementById("detail").textContent`;

function frame(name: string): string {
  return `[...document.querySelectorAll(".frame")].find((one) => one.textContent === ${JSON.stringify(name)})`;
}

function choose(id: string, value: string): string {
  return `(() => { const one = document.getElementById("${id}"); one.value = ${JSON.stringify(value)}; ` +
    `one.dispatchEvent(new Event("change")); return one.value; })()`;
}

async function keep(page: Page, name: string): Promise<Uint8Array> {
  const picture = await page.screenshot();
  const folder = Deno.env.get("AUSTINP_SCREENSHOTS");
  if (folder !== undefined) Deno.writeFileSync(`${folder}/${name}.png`, picture);
  return picture;
}

testWithClients("a flame graph zooms, searches, selects and goes by keyboard, in a browser", async () => {
  using recorded = await Recorded.run();
  await using page = await Page.open(`file://${await recorded.file("run.html")}`);
  assert.match(
    await page.value(`document.getElementById("about").textContent`),
    /in \d+ samples, every 2 ms, full mode/,
  );
  const all = await page.value<string[]>(NAMES);
  const [multiply] = all.filter((name) => /multiply$/.test(name));
  assert.ok(multiply !== undefined, all.join());

  // Zoom: the frame fills the width, and so does all that is above it.
  const width = (name: string) => page.value<number>(`${frame(name)}.getBoundingClientRect().width`);
  const before = await width(multiply);
  await page.click(frame(multiply));
  assert.equal(await width(multiply), await width("all"));
  assert.ok(before < await width("all"));
  assert.match(
    await page.value(detail),
    new RegExp(`^${multiply.replaceAll(".", "\\.")} \\(.*steady\\.py, line|^.*multiply`),
  );
  await page.press("Escape");
  await page.click(`document.getElementById("reset")`);
  assert.equal(await width(multiply), before);

  // Search, as the key / begins it, by a regular expression; what is not one yet changes nothing.
  await page.press("/");
  assert.equal(await page.value("document.activeElement.id"), "search");
  await page.type("^(chain.)?mul.iply$");
  const found = `[...document.querySelectorAll(".found")].map((one) => one.textContent)`;
  assert.deepEqual([...new Set(await page.value<string[]>(found))], [multiply]);
  assert.match(await page.value(`document.getElementById("found").textContent`), /^\d+(\.\d+)? % found$/);
  await page.type("(");
  assert.equal(await page.value(`document.getElementById("search").getAttribute("aria-invalid")`), "true");
  assert.deepEqual([...new Set(await page.value<string[]>(found))], [multiply]);

  // By keyboard: one frame has the focus, and arrows move it.
  await page.value(`document.querySelector(".frame[tabindex='0']").focus()`);
  const focused = `document.activeElement.textContent`;
  assert.equal(await page.value(focused), "all");
  await page.press("ArrowDown");
  const child = await page.value<string>(focused);
  assert.match(child, /^process \d+ thread \d+/);
  await page.press("Enter");
  assert.equal(await width(child), await width("all"));
  assert.equal(await page.value(focused), child);
  await page.press("Escape");
  await page.press("ArrowUp");
  assert.equal(
    await page.value(`document.querySelectorAll("[role=tree] [role=treeitem][aria-label]").length`),
    (await page.value<string[]>(NAMES)).length,
  );

  // Selection: of one thread, of what is idle, and reversed.
  const threads = await page.value<string[]>(`[...document.getElementById("thread").options].map((one) => one.value)`);
  assert.equal(threads.length, 4); // all, and three threads
  await page.value(choose("thread", threads[1]));
  const labels = async () => (await page.value<string[]>(NAMES)).filter((name) => /^process/.test(name));
  assert.equal((await labels()).length, 1);
  await page.value(choose("thread", ""));
  assert.equal((await labels()).length, 3);
  assert.ok((await page.value<string[]>(NAMES)).includes("(idle)"));
  await page.value(choose("shown", "off"));
  assert.ok((await page.value<string[]>(NAMES)).includes("(idle)"));
  await page.value(choose("shown", "on"));
  assert.ok(!(await page.value<string[]>(NAMES)).includes("(idle)"));
  await page.value(choose("shown", "all"));
  await page.click(`document.getElementById("reverse")`);
  assert.equal((await labels()).length, 0);
  assert.deepEqual(page.complaints, []);
});

testWithClients("a flame graph is as its machine is set, light or dark, and white on paper", async () => {
  using recorded = await Recorded.run();
  await using page = await Page.open(`file://${await recorded.file("run.html")}`);
  const background = `getComputedStyle(document.body).backgroundColor`;
  const controls = `getComputedStyle(document.getElementById("controls")).display`;
  await page.emulate({ theme: "light" });
  assert.equal(await page.value(background), "rgb(255, 255, 255)");
  const light = await keep(page, "light");
  await page.emulate({ theme: "dark" });
  assert.equal(await page.value(background), "rgb(22, 24, 29)");
  const dark = await keep(page, "dark");
  assert.ok(light.length > 10_000 && dark.length > 10_000);
  await page.click(`document.getElementById("theme")`);
  assert.equal(await page.value(background), "rgb(255, 255, 255)");
  await page.click(`document.getElementById("theme")`);
  await page.emulate({ theme: "dark", media: "print" });
  assert.deepEqual([await page.value(controls), await page.value(background)], ["none", "rgb(255, 255, 255)"]);
  await keep(page, "print");
});

testWithClients("a comparison is coloured by what changed, and as wide as either side", async () => {
  using recorded = await Recorded.run();
  await using page = await Page.open(`file://${await recorded.comparison()}`);
  assert.equal(await page.value(`document.getElementById("colour").value`), "change");
  assert.deepEqual(await page.value(`[...document.querySelectorAll("#legend li")].map((one) => one.textContent)`), [
    "grew",
    "as before",
    "shrank",
  ]);
  const names = await page.value<string[]>(NAMES);
  await page.value(choose("side", "before"));
  assert.deepEqual(await page.value<string[]>(NAMES), names);
  // Compared with itself, nothing has changed.
  const saturations =
    `[...document.querySelectorAll(".frame")].map((one) => one.style.getPropertyValue("--saturation"))`;
  assert.deepEqual([...new Set(await page.value<string[]>(saturations))], ["0%"]);
  await page.click(frame("all"));
  assert.match(await page.value(detail), /before 100 %, after 100 %$/);
  assert.deepEqual(page.complaints, []);
  await keep(page, "diff");
});
