/**
 * glibc's argp itself, given our option table: what it prints for a command line is what our parser has to do.
 * @module
 */

import { BUG_ADDRESS, FORMS, NOTES, PROGRAM, SUMMARY, VERSION } from "../../src/cli/help.ts";
import { OPTIONS } from "../../src/cli/options.ts";

/** What a program did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A compiled program that parses its command line by argp and prints what it found, one item a line. */
export class ArgpOracle implements Disposable {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Compiles it; null, with the reason printed, where there is no C compiler or no argp. */
  static async create(): Promise<ArgpOracle | null> {
    const directory = Deno.makeTempDirSync({ prefix: "austinp-argp-" });
    Deno.writeTextFileSync(`${directory}/argp.c`, SOURCE);
    try {
      const compiler = new Deno.Command(Deno.env.get("CC") ?? "cc", {
        args: ["argp.c", "-o", PROGRAM],
        cwd: directory,
      });
      const { success, stderr } = await compiler.output();
      if (success) return new ArgpOracle(directory);
      console.log(`skipped: the argp oracle does not compile: ${new TextDecoder().decode(stderr)}`);
    } catch (error) {
      console.log(`skipped: no C compiler for the argp oracle: ${error}`);
    }
    Deno.removeSync(directory, { recursive: true });
    return null;
  }

  /** Runs it. The options that argp adds on its own and hides are taken out of its lists. */
  async run(args: readonly string[]): Promise<Outcome> {
    const env = { LC_ALL: "C" };
    const program = new Deno.Command(`${this.#directory}/${PROGRAM}`, { args: [...args], env, clearEnv: true });
    const { code, stdout, stderr } = await program.output();
    const decoder = new TextDecoder();
    return {
      code,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr).replace(/ '--(program-name|HANG)'/g, ""),
    };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** A string as C writes it; JSON does the same for what the table holds. */
function literal(text: string): string {
  return JSON.stringify(text).replaceAll("\\u000b", "\\v");
}

const rows = OPTIONS
  .filter(({ prints }) => prints === undefined)
  .map(({ long, short, metavar, help }) =>
    `{ ${literal(long)}, ${short === null ? 256 : `'${short}'`}, ${metavar === null ? "NULL" : literal(metavar)}, 0, ${
      literal(help)
    } },`
  );

const SOURCE = `
#include <argp.h>
#include <stdio.h>

const char *argp_program_version = ${literal(`${PROGRAM} ${VERSION}`)};
const char *argp_program_bug_address = ${literal(BUG_ADDRESS)};

static const struct argp_option options[] = {
${rows.join("\n")}
{ 0 } };

static const char *name_of(int key)
{
  for (const struct argp_option *o = options; o->name; o++)
    if (o->key == key)
      return o->name;
  return NULL;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  if (key == ARGP_KEY_ARG) {
    for (int i = state->next - 1; i < state->argc; i++)
      printf("command word [%s]\\n", state->argv[i]);
    state->next = state->argc;
    return 0;
  }
  if (!name_of(key))
    return ARGP_ERR_UNKNOWN;
  if (value)
    printf("%s [%s]\\n", name_of(key), value);
  else
    printf("%s\\n", name_of(key));
  return 0;
}

int main(int argc, char **argv)
{
  static const struct argp argp = { options, parse, ${literal(FORMS.join("\n"))}, ${literal(SUMMARY + "\v" + NOTES)} };
  argv[0] = ${literal(PROGRAM)};
  return argp_parse(&argp, argc, argv, ARGP_IN_ORDER, 0, 0);
}
`;
