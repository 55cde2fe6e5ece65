/**
 * `/proc/PID/maps`: text in, mappings out, in ascending order of address as the kernel writes them.
 * Which of them are ELF files is for `src/unwind/modules.ts` to find out.
 * @module
 */

import { NoSuchProcessError } from "../errors.ts";
import { ADDRESS_LIMIT, type Mapping, type Pid } from "../types.ts";
import { explainDenied } from "./access.ts";
import { isDenied, isGone } from "./proc_file.ts";

const DELETED = " (deleted)";

// start-end perms offset major:minor inode, then blanks and the path up to the end of the line (proc_pid_maps(5)).
const LINE =
  /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][sp]) ([0-9a-f]{1,16}) ([0-9a-f]+:[0-9a-f]+) (\d+) *(.*)$/;

/** The mappings of one process, ascending. Lines that are none, and those above user space, are left out. */
export function parseMaps(text: string): Mapping[] {
  const mappings: Mapping[] = [];
  for (const line of text.split("\n")) {
    const mapping = parseLine(line);
    if (mapping !== null) mappings.push(mapping);
  }
  return mappings;
}

/**
 * The mappings of a running process. A zombie and a kernel thread have none.
 * @throws {NoSuchProcessError} when there is no such process
 * @throws {PermissionError} when its maps may not be read
 */
export function readMaps(pid: Pid): Mapping[] {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/maps`);
  } catch (error) {
    if (isGone(error)) throw new NoSuchProcessError(pid, { cause: error });
    if (isDenied(error)) throw explainDenied(pid, { cause: error });
    throw error;
  }
  return parseMaps(text);
}

function parseLine(line: string): Mapping | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  const [, low, high, permissions, offset, device, inode, shown] = match;
  const start = parseInt(low, 16);
  const end = parseInt(high, 16);
  // Beyond it is `[vsyscall]`, in which nothing ever runs that could be sampled.
  if (end <= start || end > ADDRESS_LIMIT) return null;
  // A file whose name really ends in " (deleted)" reads the same; only its inode tells, and that is kept.
  const deleted = shown.endsWith(DELETED);
  return {
    start,
    end,
    readable: permissions[0] === "r",
    writable: permissions[1] === "w",
    executable: permissions[2] === "x",
    offset: parseInt(offset, 16),
    device,
    inode: Number(inode),
    path: unescapePath(deleted ? shown.slice(0, -DELETED.length) : shown),
    deleted,
  };
}

/** The kernel escapes the newline alone here (`seq_path(m, file, "\n")`), so a backslash stands for itself otherwise. */
function unescapePath(path: string): string {
  return path.replaceAll("\\012", "\n");
}
