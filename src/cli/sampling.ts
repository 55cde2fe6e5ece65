/**
 * One sampling run from its header to its statistics.
 * @module
 */

import { ClosedOutputError } from "../errors.ts";
import { sampleFormat } from "../output/formats.ts";
import type { SampleFormat } from "../output/format.ts";
import { measuresMemory } from "../output/metadata.ts";
import { Shaper } from "../output/shape.ts";
import { progressText, statisticsText } from "../output/statistics.ts";
import { counted, timeText } from "../output/text.ts";
import { ThreadTeller } from "../output/thread_metadata.ts";
import type { Writer } from "../output/writer.ts";
import type { Microseconds, Mode, Sample, Statistics } from "../types.ts";
import type { DumpRequests } from "./dump_requests.ts";
import type { ProcessListener, Run } from "./engine.ts";
import { messageLine, reportError } from "./exit_codes.ts";
import { versionText } from "./help.ts";
import type { Interruption } from "./interruption.ts";
import type { Log } from "./log.ts";
import { modeOf, type Options } from "./options.ts";
import type { Platform } from "./platform.ts";
import { releaseOf } from "./program.ts";

/** What a run reports to and listens to. */
export interface Surroundings {
  readonly options: Options;
  readonly platform: Platform;
  readonly writer: Writer;
  readonly interruption: Interruption;
  readonly dumpRequests: DumpRequests;
  readonly log: Log;
}

const PROGRESS_PERIOD_MS = 250;
const ERASE_LINE = "\r\x1b[K";

/** The longest delay of a timer: longer ones fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Writes the samples of a run until it ends or is ended, then closes it, waiting for a launched target.
 *
 * @returns the exit code, but for that of a signal; an error of the run is reported here.
 * @throws whatever closing the run throws.
 */
export async function sample(run: Run, surroundings: Surroundings): Promise<number> {
  const { options, platform, interruption, dumpRequests, log } = surroundings;
  interruption.guard(run);
  dumpRequests.guard(run);
  log.debug(`process ${run.pid} runs CPython ${run.version}`);
  const tells = !options.pipe && !options.quiet;
  if (tells) platform.stderr.print(bannerText(run, options));
  let expired = false;
  try {
    using _exposure = after(options.exposure, () => {
      expired = true;
      run.stop();
    });
    await writeRun(run, surroundings);
  } catch (error) {
    run.stop();
    // Said before the wait for the target, which may be long. A closed pipe ends us at once, as SIGPIPE would.
    const code = reportError(error, { platform, program: options.program, log });
    await run.close({ wait: !(error instanceof ClosedOutputError) });
    return code;
  }
  if (tells) platform.stderr.print(`\n${statisticsText(run.statistics)}`);
  logStatistics(run.statistics, log);
  // Only now: the last samples are named by what the living target has mapped.
  if (interruption.received !== null) run.signal(interruption.received);
  else if (expired) run.signal("SIGTERM");
  await run.close();
  return 0;
}

function logStatistics({ samples, proved, dropped, duration }: Statistics, log: Log): void {
  log.info(`${counted(samples, "sample")} in ${timeText(duration)}, of which ${samples - proved} flagged`);
  if (dropped > 0) log.warning(`${counted(dropped, "sample")} dropped: the reader of the samples was too slow`);
}

/** Header, samples and closing metadata, with the progress line meanwhile. */
async function writeRun(run: Run, { options, platform, writer }: Surroundings): Promise<void> {
  const { program, children, mojo, native, interval, pipe, quiet, output } = options;
  const pythonName = run.pythonName.bind(run);
  const { threadName } = platform;
  const format = sampleFormat(options.format, { mojo, threadName, pythonName, shape: options.shape });
  const shaper = new Shaper(options.shape, threadName, pythonName);
  const python = pipe ? run.version : null;
  const mode = modeOf(options);
  const memory = measuresMemory(mode) ? platform.memory() : null;
  const austin = releaseOf(program);
  const gc = options.gc && program.compat === 4;
  // Only native frames are looked up by them.
  const mappings = native ? run.mappings : [];
  writer.write(format.header({ austin, interval, mode, memory, multiprocess: children, gc, python, mappings }));
  await writer.flush();

  // Samples on the same terminal would be torn by the line.
  const isSeen = platform.stderr.isTerminal() && !(output === null && platform.stdout.isTerminal());
  const isWatched = isSeen && !pipe && !quiet;
  // Programs that read text from a pipe may take every line among the samples for one.
  const tells = options.format !== "collapsed" || !pipe;
  const teller = tells && format.tell !== undefined ? new ThreadTeller({ threadName, pythonName }) : null;
  let isWritable = true;
  using _progress = isWatched ? showProgress(run, platform) : null;
  try {
    for await (const batch of run.batches(processListener(format, { options, platform, writer }))) {
      if (native && tells) writer.write(format.mappings(run.takeNewMappings()));
      for (const sample of batch) {
        const shaped = isShown(sample, mode) ? shaper.of(sample) : null;
        if (shaped === null) continue;
        const news = teller?.next(shaped) ?? null;
        if (news !== null) writer.write(format.tell!(news));
        writer.write(format.sample(shaped));
      }
      isWritable = false;
      await writer.flush();
      isWritable = true;
    }
  } finally {
    // Also after an error of the run's own: what was sampled stays readable.
    if (isWritable) {
      for (const chunk of format.closing(run.statistics, { figures: pipe })) {
        writer.write(chunk);
        await writer.flush();
      }
      for (const warning of format.warnings?.() ?? []) platform.stderr.print(messageLine(warning, program));
    }
  }
}

/** Writes what a reader needs to know of a process that joins, and says which version it is. */
function processListener(
  format: SampleFormat,
  { options, platform, writer }: Pick<Surroundings, "options" | "platform" | "writer">,
): ProcessListener {
  return {
    joined({ pid, version, mappings }) {
      writer.write(format.joined(pid, options.native ? mappings : []));
      if (!options.quiet) {
        platform.stderr.print(options.pipe ? `# python: ${version}\n` : `Process ${pid}: Python ${version}\n`);
      }
    },
    left: (pid) => format.left(pid),
  };
}

/** A sample whose metrics are all 0 weighs nothing; in CPU mode neither does an idle one. */
function isShown({ idle, time, memory }: Sample, mode: Mode): boolean {
  const hasTime = Math.round(time) > 0;
  switch (mode) {
    case "wall":
      return hasTime;
    case "cpu":
      return hasTime && !idle;
    case "memory":
      return memory !== 0;
    case "full":
      return hasTime || memory !== 0;
  }
}

function bannerText(run: Run, { program, exposure, interval, target }: Options): string {
  const what = target?.kind === "launch" ? "the command" : `process ${run.pid}`;
  const pace = interval > 0 ? `every ${timeText(interval)}` : "without a pause";
  const end = exposure > 0 ? ` for ${counted(exposure / 1_000_000, "second")}` : "; Ctrl-C ends it";
  return `${versionText(program)}Python version: ${run.version ?? "none"}\nSampling ${what} ${pace}${end}\n`;
}

/** Rewrites one line on the terminal until it is disposed. */
function showProgress(run: Run, { stderr }: Platform): Disposable {
  const start = performance.now();
  const timer = setInterval(() => {
    const elapsed = (performance.now() - start) * 1_000;
    stderr.print(ERASE_LINE + progressText(run.statistics, elapsed));
  }, PROGRESS_PERIOD_MS);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      stderr.print(ERASE_LINE);
    },
  };
}

/** Calls `action` once after `time`, however long; never if that is 0 or the result is disposed before. */
function after(time: Microseconds, action: () => void): Disposable {
  const end = performance.now() + time / 1_000;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function arm(): void {
    const left = end - performance.now();
    if (left > 0) timer = setTimeout(arm, Math.min(left, LONGEST_TIMER_MS));
    else action();
  }
  if (time > 0) arm();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
