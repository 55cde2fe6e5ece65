/**
 * A `deno lint` plugin that holds the direction of imports below src/: a file imports from its own folder and from
 * lower tiers, never from a higher tier or a neighbour. Type-only imports count too. mod.ts, tests and tools are free.
 * @module
 */

/** Files (without .ts) and folders of src/, lowest tier first. */
const TIERS: readonly (readonly string[])[] = [
  ["types"],
  ["errors"],
  ["byte_reader", "mojo_events", "own_files", "range_map", "std"],
  ["ffi"],
  ["input", "kernel", "output", "python", "stack", "unwind"],
  ["sampler"],
  ["cli"],
];

/** What may touch the machine through the shim. */
const FFI_USERS: readonly string[] = ["ffi", "unwind", "sampler"];

const plugin: Deno.lint.Plugin = {
  name: "layers",
  rules: {
    "import-direction": {
      create(context) {
        const from = unitOf(new URL(`file://${context.filename}`));
        if (from === null) return {};
        const check = (source: Deno.lint.Node | null | undefined) => {
          if (source?.type !== "Literal" || typeof source.value !== "string" || !source.value.startsWith(".")) return;
          const to = unitOf(new URL(source.value, `file://${context.filename}`));
          const message = objection(from, to);
          if (message !== null) context.report({ node: source, message });
        };
        return {
          ImportDeclaration: (node) => check(node.source),
          ImportExpression: (node) => check(node.source),
          ExportAllDeclaration: (node) => check(node.source),
          ExportNamedDeclaration: (node) => check(node.source),
        };
      },
    },
  },
};

export default plugin;

/** The file or folder directly below src/ that holds `file`: "types", "ffi"; null outside src/. */
function unitOf(file: URL): string | null {
  return /\/src\/(\w+)(?:\/[^?#]*|\.ts)$/.exec(file.pathname)?.[1] ?? null;
}

function objection(from: string, to: string | null): string | null {
  if (to === null) return "src/ imports nothing outside of itself by path";
  if (to === from) return null;
  const [fromTier, toTier] = [from, to].map((unit) => TIERS.findIndex((tier) => tier.includes(unit)));
  for (const [unit, tier] of [[from, fromTier], [to, toTier]]) {
    if (tier === -1) return `"${unit}" has no tier yet; give it one in tools/lint_layers.ts`;
  }
  if (fromTier === toTier) return `${from} and ${to} are neighbours in a tier; neighbours do not import each other`;
  if (fromTier < toTier) return `${from} is below ${to}; imports point from cli down to types`;
  if (to === "ffi" && !FFI_USERS.includes(from)) return `only ${FFI_USERS.slice(1).join(" and ")} import ffi`;
  return null;
}
