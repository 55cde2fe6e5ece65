/** A process that tells of the code that it makes: the files, and who reads them. @module */

import { readMaps } from "../../src/kernel/maps.ts";
import { JitNames } from "../../src/unwind/jit/jit_names.ts";
import type { Writer } from "../../src/unwind/jit/jit_source.ts";
import type { Mapping } from "../../src/types.ts";
import { deviceOf, memoryOf, temporaryFolder } from "./support.ts";

/** As the process sees itself. */
export const PID = 4321;

/** This process, in a root of its own with an empty /tmp. */
export class Scene implements Disposable {
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #memory = memoryOf(Deno.pid);
  readonly folder: string;
  readonly map: string;
  readonly dump: string;
  mappings: Mapping[] = [];
  #time = 0;

  /** `dir` is where its root lies, by default where temporary files do. */
  constructor(dir?: string) {
    this.#folder = temporaryFolder(dir);
    this.folder = this.#folder.path;
    this.map = `${this.folder}/tmp/perf-${PID}.map`;
    this.dump = `${this.folder}/tmp/jit-${PID}.dump`;
    Deno.mkdirSync(`${this.folder}/tmp`);
  }

  /** Who reads them. */
  names(fields: Partial<Writer> = {}): JitNames {
    return new JitNames({
      pid: Deno.pid,
      namespacePid: PID,
      user: Deno.uid()!,
      root: this.folder,
      readMaps: () => this.mappings,
      readMemory: this.#memory,
      ...fields,
    }, () => this.#time += 10_000_000);
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}

/** A record of a jitdump. */
export function record(id: number, numbers: readonly number[], name = ""): Uint8Array {
  const text = new TextEncoder().encode(name === "" ? "" : `${name}\0code`);
  const bytes = new Uint8Array(16 + 8 + numbers.length * 8 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id, true);
  view.setUint32(4, bytes.length, true);
  numbers.forEach((number, i) => view.setBigUint64(24 + 8 * i, BigInt(number), true));
  bytes.set(text, bytes.length - text.length);
  return bytes;
}

/** A jitdump's. */
export const HEADER = (() => {
  const view = new DataView(new ArrayBuffer(40));
  view.setUint32(0, 0x4a695444, true);
  view.setUint32(4, 1, true);
  view.setUint32(8, 40, true);
  return new Uint8Array(view.buffer);
})();

/** Has the scene's process map the dump. */
export function mapDump(scene: Scene): void {
  const { ino, dev } = Deno.statSync(scene.dump);
  const [mapping] = readMaps(Deno.pid);
  scene.mappings = [{ ...mapping, path: scene.dump, inode: ino!, device: deviceOf(dev), offset: 0, executable: true }];
}
