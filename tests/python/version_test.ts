import assert from "node:assert/strict";
import { decodeVersion, findVersion, formatVersion } from "../../src/python/version.ts";

const BANNERS: readonly [text: string, version: string | null][] = [
  ["2.7.18 (default, Aug  9 2023, 11:39:53) \n[GCC 10.2.1 20210110]", "2.7.18"],
  ["3.6.15 (default, Nov 21 2025, 09:58:58) \n[GCC 12.2.0]", "3.6.15"],
  ["3.9.2 (default, Mar 20 2025, 22:21:41) \n[GCC 10.2.1 20210110]", "3.9.2"],
  ["3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]", "3.11.2"],
  ["3.8.18 (heads/3.8-dirty:7f4a1d9, Nov 21 2025, 10:02:09) \n[GCC 12.2.0]", "3.8.18"],
  ["3.10.13+ (heads/3.10:abcdef0, Nov 21 2025, 10:02:09) [GCC 12.2.0]", "3.10.13"],
  ["3.13.0a4 (main, Feb 15 2024, 10:02:09) [Clang 17.0.6 ]", "3.13.0a4"],
  ["3.12.0b12 (tags/v3.12.0b12, May 22 2023, 23:59:59) [GCC 13.1.1]", "3.12.0b12"],
  ["3.14.0rc2+ (main, Aug  4 2025, 10:02:09) [GCC 15.1.1]", "3.14.0rc2"],
  ["3.13.5 experimental free-threading build (main, Nov 21 2025, 10:02:09) [GCC 12.2.0]", "3.13.5"],
  ["3.14.0 free-threading build (main, Oct 10 2025, 10:02:09) [Clang 21.1.0 ]", "3.14.0"],
  ["\0\0garbage 1.2.3 (x) \x00 3.7.16 (default, Nov 21 2025, 10:02:09) \n[GCC 12.2.0]\0tail", "3.7.16"],

  ["", null],
  ["3.8.18", null],
  ["/root/.pyenv/versions/3.8.18 (default)", null],
  ["4.0.0 (main, Nov 21 2025, 10:02:09) [GCC 12.2.0]", null],
  ["3.8.18 (default, Nov 21 2025, 10:02:09) GCC", null],
  ["3.8.18 default, Nov 21 2025 [GCC 12.2.0]", null],
  [`3.8.18 (${"x".repeat(81)}) [GCC 12.2.0]`, null],
];

Deno.test("findVersion() finds the text of sys.version", async (t) => {
  for (const [text, version] of BANNERS) {
    await t.step(JSON.stringify(text.slice(0, 60)), () => {
      const found = findVersion(text);
      assert.equal(found && formatVersion(found), version);
    });
  }
});

const NUMBERS: readonly [hex: number, version: string | null][] = [
  [0x030b07f0, "3.11.7"],
  [0x030d12f0, "3.13.18"],
  [0x030e00c2, "3.14.0rc2"],
  [0x030f00a7, "3.15.0a7"],
  [0x030d00b1, "3.13.0b1"],
  [0x02071200 + 0xf0, "2.7.18"],

  [0, null],
  [0xffffffff, null],
  [0x030b0700, null], // no such level
  [0x040000f0, null],
  [0x010502f0, null],
];

Deno.test("decodeVersion() decodes PY_VERSION_HEX", async (t) => {
  for (const [hex, version] of NUMBERS) {
    await t.step(hex.toString(16), () => {
      const decoded = decodeVersion(hex);
      assert.equal(decoded && formatVersion(decoded), version);
    });
  }
});
