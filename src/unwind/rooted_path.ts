/**
 * Paths below another root: a process may live in a container whose links mean its own files, never ours.
 * @module
 */

/** As the kernel's own limit (`path_resolution(7)`). */
const MAX_LINKS = 40;

/**
 * Where `path` leads for a process whose root directory we see at `root` (`/proc/PID/root`, or empty for our own), its
 * symbolic links resolved below that root and never out of it. Null where it leads nowhere.
 */
export function resolveBelow(root: string, path: string): string | null {
  const done: string[] = [];
  const pending = path.split("/").reverse();
  let links = 0;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done.pop();
      continue;
    }
    const here = `${root}/${[...done, part].join("/")}`;
    try {
      if (!Deno.lstatSync(here).isSymlink) {
        done.push(part);
        continue;
      }
      if (++links > MAX_LINKS) return null;
      const target = Deno.readLinkSync(here);
      if (target.startsWith("/")) done.length = 0;
      pending.push(...target.split("/").reverse());
    } catch {
      return null;
    }
  }
  return `${root}/${done.join("/")}`;
}
