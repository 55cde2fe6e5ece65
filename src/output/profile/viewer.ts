/**
 * The page that shows a flame graph, put together from the files of `viewer/`, which are in the executable.
 * @module
 */

/** The page, with `"{{profile}}"` where the data belongs. */
export function readViewer(): string {
  const read = (name: string) => Deno.readTextFileSync(new URL(`./viewer/${name}`, import.meta.url));
  return read("page.html").replace("/* {{style}} */", () => read("style.css")).replace(
    "/* {{script}} */",
    () => read("script.js"),
  );
}
