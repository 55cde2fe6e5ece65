/**
 * Source lines for native frames of samples that were taken before: collapsed text in, the same with
 * `file:function:line` in place of `native@address:symbol:offset` out, where the modules that its metadata tells of are
 * found.
 * @module
 */

import { nativeText } from "../output/collapsed.ts";
import { parseModule } from "../output/metadata.ts";
import type { NativeFrame } from "../types.ts";
import { LineResolver } from "../unwind/lines/line_resolver.ts";
import { RecordedModules, type RecordedModulesOptions } from "../unwind/lines/recorded_modules.ts";

/** Frames are remembered by their text; this many at most. */
const MAX_FRAMES = 2 ** 18;

const SAMPLE = /^(P\d+;T[^;]*);(.*)( \S+)$/s;
const NATIVE = /^native@([0-9a-f]+):(.*):(\d+)$/s;
const METADATA = /^# ([\w-]+): (.*)$/s;
const UNNAMED = /\+0x[0-9a-f]+$|^<unknown>$/;
/** What the kernel has a signal handler return to, which is not called: its caller was interrupted. */
const SIGNAL_RETURN = "__restore_rt";

/** A line of text in pieces: native frames, and the rest as it is. */
interface Line {
  readonly head: string;
  readonly frames: readonly (string | NativeFrame)[];
  readonly metric: string;
}

/** Resolves the lines of one file, in their order. */
export class TextResolver implements Disposable {
  readonly #modules: RecordedModules;
  readonly #resolver: LineResolver;
  readonly #frames = new Map<string, NativeFrame>();

  constructor(options: RecordedModulesOptions) {
    this.#modules = new RecordedModules(options);
    this.#resolver = new LineResolver(this.#modules.locate);
  }

  /** Whether the file told of modules so far; without that, nothing can be resolved. */
  get hasModules(): boolean {
    return !this.#modules.isEmpty;
  }

  /** The text of some lines, without their line ends; what is no native frame stays as it is. */
  async resolve(lines: readonly string[]): Promise<string[]> {
    if (this.#frames.size > MAX_FRAMES) this.#frames.clear();
    // Modules hold from where they are told of on; so what stands before is looked up before.
    const resolved: string[] = [];
    let pending: string[] = [];
    for (const line of lines) {
      if (this.#isModule(line)) {
        resolved.push(...await this.#samples(pending));
        pending = [];
        this.#learn(line);
      }
      pending.push(line);
    }
    return [...resolved, ...await this.#samples(pending)];
  }

  /** Ends all reading of files. */
  [Symbol.dispose](): void {
    this.#resolver[Symbol.dispose]();
  }

  #isModule(line: string): boolean {
    return METADATA.exec(line)?.[1] === "build-id";
  }

  #learn(line: string): void {
    const module = parseModule(METADATA.exec(line)?.[2] ?? "");
    if (module !== null) this.#modules.add(module.path, module);
  }

  async #samples(lines: readonly string[]): Promise<string[]> {
    const samples = lines.map((line) => this.#parse(line));
    await this.#resolver.load(samples.flatMap(({ frames }) => frames.filter((frame) => typeof frame !== "string")));
    return samples.map(({ head, frames, metric }) =>
      [head, ...frames.map((frame) => typeof frame === "string" ? frame : this.#text(frame))].join(";") + metric
    );
  }

  #parse(line: string): Line {
    const [, head, stack, metric] = SAMPLE.exec(line) ?? [];
    if (stack === undefined || !stack.includes("native@")) return { head: line, frames: [], metric: "" };
    const texts = stack.split(";");
    const innermost = texts.findLastIndex((text) => !text.startsWith("kernel:") && !/^:\w+:$/.test(text));
    const frames = texts.map((text, i) => {
      const match = NATIVE.exec(text);
      if (match === null) return text;
      const isInterrupted = i === innermost || NATIVE.exec(texts[i + 1] ?? "")?.[2] === SIGNAL_RETURN;
      return this.#frame(text, match, isInterrupted);
    });
    return { head, frames, metric };
  }

  #frame(text: string, [, pc, symbol, offset]: RegExpExecArray, exact: boolean): NativeFrame {
    const key = exact ? `${text};` : text;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      const named = !UNNAMED.test(symbol);
      frame = { kind: "native", pc: parseInt(pc, 16), symbol, named, offset: Number(offset), module: "", exact };
      this.#frames.set(key, frame);
    }
    return frame;
  }

  #text(frame: NativeFrame): string {
    return this.#resolver.expand(frame).map((one) => nativeText(one)).join(";");
  }
}
