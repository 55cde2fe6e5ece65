/**
 * The demo: starts a program, dumps its stacks and samples it for a few seconds, with the compiled executable.
 *
 *     deno run -A tools/demo/main.ts
 * @module
 */

const AUSTINP = new URL("../../dist/austinp", import.meta.url).pathname;
const WORKLOAD = new URL("workload.py", import.meta.url).pathname;
const PYTHONS = ["python3", "/usr/bin/python3", "python3.13", "python3.12", "python3.11"];
const SECONDS = 3;
const TOP = 10;

/** The first interpreter that the executable can look into. */
async function findPython(): Promise<string> {
  for (const python of PYTHONS) {
    const command = [python, "-c", "import ctypes, time; time.sleep(0.2)"];
    const probe = new Deno.Command(AUSTINP, { args: ["-P", "-o", "/dev/null", ...command], stderr: "null" });
    if ((await probe.output()).success) return python;
  }
  throw new Error(`None of ${PYTHONS.join(", ")} is a CPython that austinp supports; install Debian's python3`);
}

async function startWorkload(python: string): Promise<Deno.ChildProcess> {
  const child = new Deno.Command(python, { args: [WORKLOAD], stdin: "piped", stdout: "piped" }).spawn();
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  if (done) throw new Error(`${python} ${WORKLOAD} ended before it was ready`);
  return child;
}

async function austinp(...args: string[]): Promise<void> {
  title(`austinp ${args.join(" ")}`);
  const { success } = await new Deno.Command(AUSTINP, { args, stdin: "null" }).spawn().status;
  if (!success) throw new Error("austinp failed; it has said why above");
}

function title(text: string): void {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 100 - text.length))}`);
}

/** Sums up the samples of a file by innermost frame. */
async function printTop(file: string): Promise<void> {
  const times = new Map<string, number>();
  let sum = 0;
  for (const line of (await Deno.readTextFile(file)).split("\n")) {
    const sample = /^P\d+;T\S+?;(.*) (\d+)$/.exec(line);
    if (sample === null) continue;
    const [, stack, time] = sample;
    const frame = readable(stack.split(";").at(-1)!);
    times.set(frame, (times.get(frame) ?? 0) + Number(time));
    sum += Number(time);
  }
  title(`where the time went: innermost frames of ${file}`);
  const rows = [...times].sort(([, a], [, b]) => b - a).slice(0, TOP);
  for (const [frame, time] of rows) console.log(`${(time / sum * 100).toFixed(1).padStart(6)} %  ${frame}`);
}

/** `native@7f12:name:34` is an address, a name and a distance; the name is what reads well. */
function readable(frame: string): string {
  const [file, name, line] = frame.split(":");
  if (file.startsWith("native@")) return name;
  return file === "kernel" ? `${name} (kernel)` : `${name} (${file}:${line})`;
}

const python = await findPython();
const workload = await startWorkload(python);
const samples = await Deno.makeTempFile({ prefix: "austinp-demo-", suffix: ".txt" });
try {
  console.log(`A Python program with four threads runs as process ${workload.pid}: ${WORKLOAD}`);
  console.log("What is each thread doing right now? Outermost call first; C, Python and kernel (🐧) in one stack.");
  await austinp("-k", "-w", String(workload.pid));
  console.log(
    "\nAnd over time? A sample of each thread that is on the CPU, every millisecond, while the program runs on.",
  );
  await austinp("-s", "-p", String(workload.pid), "-i", "1ms", "-x", String(SECONDS), "-o", samples);
  await printTop(samples);
  console.log(`\nThe samples are collapsed stacks: feed ${samples} to flamegraph.pl or speedscope.`);
} finally {
  await workload.stdin.close();
  await workload.stdout.cancel().catch(() => {});
  await workload.status;
}
