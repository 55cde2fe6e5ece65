/**
 * Unpacks CPythons as Debian builds them, to test against: .toolchain/pythons/NAME/, one a name.
 *
 *     deno task pythons [--if-possible] [NAME...]      by default py39 py313 py314 py315
 *
 * NAME is `py39`; `py39-dbg`, which has the debug build (python3.9d) too; `py39-headers`, which has only the headers of
 * both; and any of the first two with packages of the same suite: `py311,python3-greenlet,python3-numpy`. With
 * --if-possible a Python that cannot be had is reported, not an error. What is there is left alone; remove its folder
 * to have it anew: sid moves on. Nothing of the host is changed; see tools/debian.ts.
 *
 * Out: root/, the file system; info.json ({@linkcode Python}), written last. tools/run_python.sh starts it.
 * @module
 */

import { exists, type Package, run, Suite } from "./debian.ts";

/** Where the Pythons are. */
export const PYTHONS = new URL("../.toolchain/pythons", import.meta.url).pathname;

/** What the tests use. */
export const DEFAULT_NAMES: readonly string[] = ["py39", "py313", "py314", "py315"];

/** Which suite has which version. sid's 3.13 is from a newer compiler than trixie's. */
const VERSIONS: Readonly<Record<string, readonly [suite: string, version: string]>> = {
  py27: ["bullseye", "2.7"],
  py39: ["bullseye", "3.9"],
  py311: ["bookworm", "3.11"],
  py313: ["trixie", "3.13"],
  py313s: ["sid", "3.13"],
  py314: ["sid", "3.14"],
  py315: ["sid", "3.15"],
};

type Kind = "release" | "dbg" | "headers";

/** What a name stands for. */
export interface Spec {
  readonly name: string;
  readonly suite: string;
  /** `3.14` */
  readonly version: string;
  readonly kind: Kind;
  readonly extras: readonly string[];
}

/** An unpacked Python: its info.json. */
export interface Python extends Spec {
  /** Path of the interpreter as seen from root/; null where there are only headers. */
  readonly executable: string | null;
  /** With the patch level, as the package has it: `3.14.10-1`. */
  readonly packageVersion: string;
  readonly packages: readonly Package[];
}

/**
 * Takes a name apart.
 * @throws {SyntaxError} if there is no such name.
 */
export function parseName(name: string): Spec {
  const [, base, kind = "release", extras] = /^(\w+)(?:-(dbg|headers))?((?:,[a-z0-9][a-z0-9.+-]+)*)$/.exec(name) ?? [];
  const known = Object.hasOwn(VERSIONS, base ?? "") ? VERSIONS[base] : null;
  if (known === null || (kind === "headers" && extras !== "")) {
    const names = Object.keys(VERSIONS).join(" ");
    throw new SyntaxError(`No such Python: ${name}; have ${names}, each also with -dbg or -headers`);
  }
  const [suite, version] = known;
  return { name, suite, version, kind: kind as Kind, extras: extras.split(",").slice(1) };
}

/** The unpacked Python of that name, or null if it is not there. */
export function unpacked(name: string): Python | null {
  const info = `${PYTHONS}/${name}/info.json`;
  return exists(info) ? JSON.parse(Deno.readTextFileSync(info)) : null;
}

/** All Pythons that are there, by name. */
export function allUnpacked(): Python[] {
  if (!exists(PYTHONS)) return [];
  const names = [...Deno.readDirSync(PYTHONS)].map((entry) => entry.name).filter((name) => !name.startsWith("."));
  return names.sort().map(unpacked).filter((python) => python !== null);
}

/** What packages depend on and no interpreter needs here: tools of their scripts, data, the default Python, X11. */
const SKIPPED = new RegExp(
  "^(" + [
    "debconf|dpkg|perl-base|tar|tzdata|media-types|mime-support|netbase|readline-common|install-info|ucf|sensible-utils",
    "libc-gconv-modules-extra|openssl-provider-legacy|lsb-base|sysvinit-.*|font.*",
    "python3|python3-minimal|libpython3-stdlib",
    "lib(tcl|tk|x11|xau|xcb|xdmcp|xext|xft|xrender|xss|font|free|png|brotli|gssapi|krb5|k5crypto|keyutils|com-err).*|x11-.*",
  ].join("|") + ")$",
);

/** Unpacks one; `suites` keeps those asked for until now. */
function unpack(spec: Spec, suites: Map<string, Suite>, scratch: string): Python {
  const { name, version, kind } = spec;
  const suite = suites.get(spec.suite) ?? new Suite(spec.suite, `${scratch}/${spec.suite}`);
  suites.set(spec.suite, suite);
  const wanted = wantedPackages(spec);
  const packages = suite.resolve(wanted).filter(
    kind === "headers"
      ? (candidate) => wanted.includes(candidate.name)
      : (candidate) => wanted.includes(candidate.name) || !SKIPPED.test(candidate.name),
  );

  const folder = `${scratch}/${name}`;
  const root = `${folder}/root`;
  Deno.mkdirSync(root, { recursive: true });
  suite.unpack(packages, root);
  prune(root);
  if (kind !== "headers") complete(root);

  const suffixes = kind === "dbg" ? ["d", "-dbg"] : [""];
  const executables = suffixes.map((suffix) => `/usr/bin/python${version}${suffix}`);
  const executable = executables.find((path) => exists(root + path)) ?? null;
  if (executable === null && kind !== "headers") throw new Error(`Cannot find ${executables.join(" or ")} in ${name}`);
  const packageVersion = packages.find((candidate) => candidate.name === wanted[0])!.version;
  const python = { ...spec, executable, packageVersion, packages };
  Deno.writeTextFileSync(`${folder}/info.json`, JSON.stringify(python, null, 2) + "\n");
  Deno.renameSync(folder, `${PYTHONS}/${name}`);
  return python;
}

function wantedPackages({ version, kind, extras }: Spec): string[] {
  if (kind === "headers") return [`libpython${version}-dev`];
  return [`python${version}`, ...(kind === "dbg" ? [`python${version}-dbg`] : []), ...extras];
}

/** Removes what is large and not needed to run. */
function prune(root: string): void {
  const remove = (folder: string, pattern: RegExp) => {
    if (!exists(`${root}/${folder}`)) return;
    for (const { name } of [...Deno.readDirSync(`${root}/${folder}`)]) {
      if (pattern.test(name)) Deno.removeSync(`${root}/${folder}/${name}`, { recursive: true });
    }
  };
  remove("usr", /^share$/);
  remove("usr/lib", /^debug$/);
  remove("usr/lib/x86_64-linux-gnu", /^(gconv|perl-base|.*\.a)$/);
  for (const { name } of [...Deno.readDirSync(`${root}/usr/lib`)]) {
    if (name.startsWith("python")) remove(`usr/lib/${name}`, /^(test|config.*)$/);
  }
}

/** Adds what packages do not bring: the folders of the base system, and links that scripts of packages would make. */
function complete(root: string): void {
  for (const folder of ["dev", "etc", "mnt", "proc", "root", "tmp"]) {
    Deno.mkdirSync(`${root}/${folder}`, { recursive: true });
  }
  Deno.chmodSync(`${root}/tmp`, 0o1777);
  Deno.writeTextFileSync(`${root}/etc/passwd`, "root:x:0:0:root:/root:/bin/sh\n");
  for (const name of ["bin", "lib", "lib64", "sbin"]) {
    if (!exists(`${root}/${name}`) && exists(`${root}/usr/${name}`)) Deno.symlinkSync(`usr/${name}`, `${root}/${name}`);
  }
  // BLAS and LAPACK, each in a folder of its own: usr/lib/x86_64-linux-gnu/blas/libblas.so.3.
  const libraries = `${root}/usr/lib/x86_64-linux-gnu`;
  for (const folder of ["blas", "lapack"].filter((folder) => exists(`${libraries}/${folder}`))) {
    for (const { name } of Deno.readDirSync(`${libraries}/${folder}`)) {
      if (name.endsWith(".so.3")) Deno.symlinkSync(`${folder}/${name}`, `${libraries}/${name}`);
    }
  }
}

/** Says what came of one. */
function report(python: Python, seconds: number): void {
  const { name, packageVersion, packages } = python;
  const fetched = packages.reduce((sum, { size }) => sum + size, 0);
  const used = Number(run("du", ["-sk", `${PYTHONS}/${name}`]).split("\t")[0]) * 1024;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.error(
    `pythons: ${name}: ${packageVersion}, ${megabytes(fetched)} fetched, ${megabytes(used)} unpacked, ` +
      `${seconds.toFixed(1)} s`,
  );
}

async function main(args: readonly string[]): Promise<number> {
  const ifPossible = args[0] === "--if-possible";
  const names = ifPossible ? args.slice(1) : args;
  const specs = (names.length > 0 ? names : DEFAULT_NAMES).map(parseName);
  if (specs.every(({ name }) => unpacked(name) !== null)) return 0;

  Deno.mkdirSync(PYTHONS, { recursive: true });
  using lock = await Deno.open(`${PYTHONS}/.lock`, { create: true, write: true });
  await lock.lock(true); // another run may be fetching the same
  const scratch = Deno.makeTempDirSync({ dir: PYTHONS, prefix: ".fetch-" });
  let failed = false;
  try {
    const suites = new Map<string, Suite>();
    for (const spec of specs) {
      if (unpacked(spec.name) !== null) continue;
      const start = performance.now();
      try {
        report(unpack(spec, suites, scratch), (performance.now() - start) / 1000);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        console.error(`pythons: ${spec.name}: ${error.message}`);
        failed = true;
      }
    }
  } finally {
    Deno.removeSync(scratch, { recursive: true });
  }
  return failed && !ifPossible ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
