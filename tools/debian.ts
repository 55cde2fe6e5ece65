/**
 * Debian packages of any suite, resolved, fetched and checked by apt in a state of its own.
 *
 * In: the mirror and the `Acquire` settings (proxies and the like) of the host's apt. Out: package files in a folder.
 * The host's package lists, its installed packages and its hooks are neither used nor changed, and root is not needed:
 * apt works below a private folder, on a list of installed packages that is empty. apt checks the suite's signature
 * (with Debian's keyring where the host has it, else with the keys it trusts), the index by that, and each file by the
 * index; a suite that is signed by none of those keys is an error.
 * @module
 */

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const DEFAULT_MIRROR = "http://deb.debian.org/debian";

/** A package as apt would fetch it. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** Of its file, in bytes. */
  readonly size: number;
}

/** One suite (`bookworm`, `sid`) for amd64. */
export class Suite {
  readonly #folder: string;

  /** Asks the mirror for the index of suite `name`; everything is kept below `folder`, which is to be absolute. */
  constructor(readonly name: string, folder: string) {
    this.#folder = folder;
    for (const path of ["lists/partial", "cache/archives/partial", "none"]) {
      Deno.mkdirSync(`${folder}/${path}`, { recursive: true });
    }
    Deno.writeTextFileSync(`${folder}/installed`, "");
    Deno.writeTextFileSync(`${folder}/apt.conf`, configuration(folder));
    for (const [index, mirror] of mirrors().entries()) {
      const options = exists(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
      Deno.writeTextFileSync(`${folder}/sources.list`, `deb ${options}${mirror} ${name} main\n`);
      try {
        this.#apt(["update", "-o", "APT::Update::Error-Mode=any"]);
        return;
      } catch (error) {
        if (index + 1 === mirrors().length) throw error;
      }
    }
  }

  /** The packages and all they need, but not what they recommend. */
  resolve(packages: readonly string[]): Package[] {
    const listing = this.#apt(["install", "--no-install-recommends", "--print-uris", "--yes", ...packages]);
    // 'http://deb.debian.org/...' zlib1g_1%3a1.3.1-1_amd64.deb 92424 MD5Sum:...
    return [...listing.matchAll(/^'.*' ([^_]+)_([^_]+)_\w+\.deb (\d+) /gm)].map(([, name, version, size]) => ({
      name,
      version: decodeURIComponent(version),
      size: Number(size),
    }));
  }

  /** Fetches the packages and unpacks their files below `root`; no script of theirs is run. */
  unpack(packages: readonly Package[], root: string): void {
    const folder = `${this.#folder}/files`;
    Deno.mkdirSync(folder);
    try {
      this.#apt(["download", ...packages.map(({ name, version }) => `${name}=${version}`)], folder);
      for (const { name } of Deno.readDirSync(folder)) run("dpkg", ["-x", `${folder}/${name}`, root]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  }

  #apt(args: readonly string[], cwd?: string): string {
    return run("apt-get", ["-q", ...args], { cwd, env: { APT_CONFIG: `${this.#folder}/apt.conf` } });
  }
}

/** Keeps apt below `folder`. This file is read before the host's, and tells it not to read those. */
function configuration(folder: string): string {
  const settings = {
    "Dir::Etc::Main": "/dev/null",
    "Dir::Etc::Parts": `${folder}/none`,
    "Dir::Etc::SourceList": `${folder}/sources.list`,
    "Dir::Etc::SourceParts": `${folder}/none`,
    "Dir::Etc::Preferences": "/dev/null",
    "Dir::Etc::PreferencesParts": `${folder}/none`,
    "Dir::State": folder,
    "Dir::State::Status": `${folder}/installed`,
    "Dir::Cache": `${folder}/cache`,
    "APT::Architecture": "amd64",
    "APT::Architectures": "amd64",
    // The user to download as; none: ourselves, who own the folder.
    "APT::Sandbox::User": "",
    "Acquire::Languages": "none",
    "Acquire::PDiffs": "false",
  };
  const host = run("apt-config", ["dump"]).split("\n").filter((line) =>
    line.startsWith("Acquire::") && !/^Acquire::(IndexTargets|Languages|CompressionTypes)/.test(line)
  );
  return [...host, ...Object.entries(settings).map(([name, value]) => `${name} "${value}";`)].join("\n") + "\n";
}

/** Archives of Debian that the host's apt is set to use, the main one first. */
function mirrors(): string[] {
  const targets = run("apt-get", ["indextargets", "--format", "$(REPO_URI) $(COMPONENT)", "Created-By: Packages"]);
  const archives = targets.split("\n").filter((line) => /\/debian\/? main$/.test(line)).map((line) =>
    line.replace(/\/? main$/, "")
  );
  return archives.length > 0 ? [...new Set(archives)] : [DEFAULT_MIRROR];
}

/** What the command prints. @throws {Error} with all that it said, if it fails. */
export function run(command: string, args: readonly string[], options: Deno.CommandOptions = {}): string {
  const env = { ...options.env, LC_ALL: "C" };
  const { success, stdout, stderr } = new Deno.Command(command, { ...options, env, args: [...args] }).outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${command} ${args.join(" ")}:\n${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

/** Whether there is something at `path`; a symbolic link counts, wherever it leads. */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
