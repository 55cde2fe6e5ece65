/**
 * The page that shows a flame graph, put together from the files of `viewer/`, which are in the executable.
 * @module
 */

import { ownFile } from "../../own_files.ts";

/** The page, with `"{{profile}}"` where the data belongs. */
export function readViewer(): string {
  const read = (name: string) => Deno.readTextFileSync(ownFile(`src/output/profile/viewer/${name}`));
  return read("page.html").replace("/* {{style}} */", () => read("style.css")).replace(
    "/* {{script}} */",
    () => read("script.js"),
  );
}
