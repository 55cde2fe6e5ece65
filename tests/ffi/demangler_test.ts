/** The demangler against c++filt, on names that real libraries have, and on those that are made to do harm. */

import assert from "node:assert/strict";
import { demangle } from "../../src/ffi/demangler.ts";
import "../support/shim.ts";
import { buildProgram, BUILDS } from "../unwind/corpus.ts";
import { temporaryFolder } from "../unwind/support.ts";

const PLACES = ["/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libbfd-2.40-system.so"];

function output(command: string, args: readonly string[]): string {
  const { stdout } = new Deno.Command(command, { args: [...args], stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout);
}

/** The mangled names of a file, without versions. */
function mangledNames(path: string, ...flags: string[]): string[] {
  const names = Array.from(output("nm", [...flags, path]).matchAll(/ (_[ZR][^\s@]+)/g), ([, name]) => name);
  return [...new Set(names)];
}

/** As c++filt has them, one for one. */
function oracle(names: readonly string[], ...flags: string[]): string[] {
  using folder = temporaryFolder();
  const path = `${folder.path}/names`;
  Deno.writeTextFileSync(path, names.join("\n"));
  return output("sh", ["-c", `c++filt --no-verbose ${flags.join(" ")} <${path}`]).trimEnd().split("\n");
}

function compare(names: readonly string[]): void {
  for (const [parameters, flags] of [[true, []], [false, ["--no-params"]]] as const) {
    const expected = oracle(names, ...flags);
    const differing = names.filter((name, i) => (demangle(name, { parameters }) ?? name) !== expected[i]);
    assert.ok(differing.length <= names.length / 100, `${differing.length} of ${names.length}: ${differing[0]}`);
  }
}

Deno.test("demangle() agrees with c++filt on the names of libraries", async (t) => {
  for (const path of PLACES) {
    const names = mangledNames(path, "--dynamic");
    if (names.length === 0) console.log(`skipped: no names in ${path}`);
    else await t.step(`${names.length} of ${path}`, () => compare(names));
  }
  await t.step("a program with templates, lambdas and cold parts", () => {
    using folder = temporaryFolder();
    const path = `${folder.path}/program`;
    buildProgram(path, BUILDS.find(([name]) => name.startsWith("with hot"))![1]);
    const names = mangledNames(path);
    assert.ok(names.length > 10, names.join(" "));
    compare(names);
  });
});

Deno.test("demangle() agrees with c++filt on the names that rustc makes", async (t) => {
  const source = `
pub trait Shape { fn area(&self) -> f64; }
pub struct Box<T> { value: T }
impl Shape for Box<f64> { #[inline(never)] fn area(&self) -> f64 { self.value * 2.0 } }
impl<T: Clone> Box<T> { #[inline(never)] pub fn both<F: Fn(&T) -> u32>(&self, f: F) -> u32 { f(&self.value) } }
mod größe { #[inline(never)] pub fn länge(x: &[u8]) -> usize { x.iter().map(|b| *b as usize).sum() } }
fn main() {
  let b = Box { value: 1.5 };
  println!("{} {} {}", b.area(), b.both(|v| *v as u32), größe::länge(&[1, 2]));
}`;
  for (const scheme of ["legacy", "v0"]) {
    await t.step(scheme, () => {
      using folder = temporaryFolder();
      const path = `${folder.path}/program`;
      Deno.writeTextFileSync(`${path}.rs`, source);
      const flags = ["-Cdebuginfo=0", ...(scheme === "v0" ? ["-Csymbol-mangling-version=v0"] : [])];
      try {
        output("rustc", [...flags, "-o", path, `${path}.rs`]);
        compare(mangledNames(path));
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        console.log("skipped: no rustc");
      }
    });
  }
});

Deno.test("demangle() knows names, and tells what is none", async (t) => {
  const rows: [string, string | null, string | null][] = [
    ["_ZN6shapes3BoxIiE3getEv", "shapes::Box<int>::get()", "shapes::Box<int>::get"],
    ["_Z1fi.cold", "f(int) [clone .cold]", "f"],
    ["_Z1fSs", "f(std::string)", "f"],
    ["_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad", "core::fmt::Formatter::pad"],
    ["_RNvCskwGfYPst2Cb_3foo3bar", "foo::bar", "foo::bar"],
    ["main", null, null],
    ["", null, null],
    ["_Z", null, null],
    ["_Zero", null, null],
    ["_ZN6shapes3Bo", null, null],
    ["_Rust", null, null],
    ["_ZN\u{1f40d}E", null, null],
  ];
  for (const [name, full, short] of rows) {
    await t.step(name, () => {
      assert.equal(demangle(name, { parameters: true }), full);
      assert.equal(demangle(name, { parameters: false }), short);
    });
  }
});

Deno.test("demangle() refuses what would take for ever or all of the stack", async (t) => {
  const doubling = Array.from({ length: 40 }, (_, i) => {
    const number = i === 0 ? "S0_" : `S${i.toString(36).toUpperCase()}_`;
    return `S_I${number}${number}E`;
  }).join("");
  const rows: [string, string][] = [
    ["a name that stands for 2^40 bytes", `_Z1f1AIiiE${doubling}`],
    ["a name that nests to the end of the stack", `_Z1f${"P".repeat(1_000_000)}i`],
    ["a name that nests as deep as is looked into", `_Z1f${"P".repeat(2_040)}i`],
    ["templates that do", `_Z1f${"1aI".repeat(680)}i${"E".repeat(680)}`],
    ["a name in Rust that does", `_R${"NvC".repeat(600)}1a1b`],
    ["Rust's references backwards in a circle", `_RIB_${"B_".repeat(100)}E`],
    ["a name of a megabyte", `_Z1000000${"a".repeat(1_000_000)}`],
  ];
  for (const [what, name] of rows) {
    await t.step(what, () => {
      const found = demangle(name, { parameters: true });
      assert.ok(found === null || found.length <= 65536);
    });
  }
  assert.equal(demangle("_Z1fv", { parameters: true }), "f()");
});
