/** A program with what compilers and linkers do to names, and what distributions do to files. */

import { run } from "./support.ts";

const PROGRAM = `
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <vector>

extern "C" {
static int generic_version(int x) { return x + 1; }
static int special_version(int x) { return x + 2; }
static int (*choose(void))(int) { return getenv("SPECIAL") ? special_version : generic_version; }
int chosen(int x) __attribute__((ifunc("choose")));
__attribute__((noinline)) int exported(int x) { return x * 3 + rand(); }
__attribute__((cold, noinline)) void complain(int x) { fprintf(stderr, "%d\\\\n", x); abort(); }
}
static __attribute__((noinline)) int hidden(int x) { if (x > 1000) complain(x); return exported(x) * chosen(x); }
namespace shapes {
template <typename T> struct Box {
  T value;
  __attribute__((noinline)) T get(std::vector<T> more) const {
    if (more.empty()) throw std::runtime_error("empty");
    std::sort(more.begin(), more.end(), [this](T a, T b) { return a % value < b % value; });
    return value + more[0];
  }
};
}
static __attribute__((noinline)) int may_fail(int x) {
  try { return shapes::Box<int>{x + 3}.get({x, 2, 1}) + shapes::Box<long>{x + 4}.get({1, 2}); }
  catch (const std::exception &e) { puts(e.what()); return -1; }
}
int main(int argc, char **argv) {
  int count = argv[0][0];
  for (int i = 0; i < argc; i++) count += hidden(i) + may_fail(i);
  puts("ready");
  fflush(stdout);
  return count + getchar();
}
`;

/** Ways to build it, by name. */
export const BUILDS: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ["as it comes", ["-O2"]],
  ["that exports", ["-O2", "-rdynamic"]],
  ["with stubs that are bound late", ["-O2", "-Wl,-z,lazy", "-fcf-protection=none"]],
  ["with stubs for indirect branch tracking", ["-O2", "-Wl,-z,lazy", "-Wl,-z,ibtplt", "-fcf-protection=full"]],
  ["without stubs but for shared words", ["-O2", "-fno-plt"]],
  ["at a fixed address", ["-O2", "-no-pie"]],
  ["static", ["-O2", "-static"]],
  ["with hot and cold parts apart", ["-O3", "-freorder-functions", "-freorder-blocks-and-partition"]],
  ["with link-time optimization", ["-O2", "-flto=1"]],
];

/** Builds it as `path`. */
export function buildProgram(path: string, flags: readonly string[]): void {
  Deno.writeTextFileSync(`${path}.cc`, PROGRAM);
  run("g++", "-w", "-Wl,--build-id", ...flags, "-o", path, `${path}.cc`);
}

/** Makes a stripped copy. */
export function strip(path: string, stripped: string): void {
  run("strip", "-o", stripped, path);
}

/** Puts what a stripped copy lacks into a file of its own. */
export function splitDebug(path: string, debug: string): void {
  run("objcopy", "--only-keep-debug", path, debug);
}

/** As `rpmbuild` does it: the symbols of code that `.dynsym` has not, packed into the stripped file. */
export function addMiniDebugInfo(path: string, stripped: string): void {
  const mini = `${stripped}.mini`;
  run("objcopy", "--only-keep-debug", "--strip-debug", path, mini);
  run("xz", "--force", mini);
  run("objcopy", "--add-section", `.gnu_debugdata=${mini}.xz`, stripped);
}
