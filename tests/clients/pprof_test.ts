/** pprof's format, decoded by Datadog's library. */

import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { CLIENTS } from "../../tools/clients.ts";
import { totalsOf, type Weighed } from "../output/profile/readers.ts";
import { testWithClients } from "../support/browser.ts";
import { Recorded } from "./recorded.ts";

type Numeric = number | bigint;

/** What is used of the library. */
interface Profile {
  readonly stringTable: { readonly strings: readonly string[] };
  readonly sampleType: readonly { readonly type: Numeric; readonly unit: Numeric }[];
  readonly sample: readonly { readonly locationId: readonly Numeric[]; readonly value: readonly Numeric[] }[];
  readonly location: readonly { readonly id: Numeric; readonly line: readonly { readonly functionId: Numeric }[] }[];
  readonly function: readonly { readonly id: Numeric; readonly name: Numeric }[];
  readonly mapping: readonly { readonly filename: Numeric; readonly buildId: Numeric }[];
  readonly periodType: { readonly type: Numeric };
  readonly period: Numeric;
}

testWithClients("pprof-format reads what each function weighs, mappings and their build-ids", async () => {
  using recorded = await Recorded.run();
  const { Profile } = await import(`${CLIENTS}/node_modules/pprof-format/dist/esm/index.js`);
  const bytes = gunzipSync(Deno.readFileSync(await recorded.file("run.pprof")));
  const profile: Profile = Profile.decode(new Uint8Array(bytes));
  const text = (index: Numeric) => profile.stringTable.strings[Number(index)];
  const wall = profile.sampleType.findIndex(({ type }) => text(type) === "wall");
  assert.equal(text(profile.sampleType[wall].unit), "microseconds");
  const functions = new Map(profile.function.map(({ id, name }) => [Number(id), text(name)]));
  const locations = new Map(
    profile.location.map(({ id, line }) => [Number(id), functions.get(Number(line[0].functionId))!]),
  );
  const weighed = profile.sample.map(({ locationId, value }): Weighed => [
    locationId.map((id) => locations.get(Number(id))!).toReversed(),
    Number(value[wall]),
  ]);
  assert.deepEqual(totalsOf(weighed), recorded.totals);
  assert.ok(profile.mapping.some(({ filename, buildId }) => /libc/.test(text(filename)) && text(buildId).length >= 16));
  assert.deepEqual([text(profile.periodType.type), Number(profile.period)], ["wall", 2000]);
});
