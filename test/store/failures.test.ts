/** Runs that cannot be made: results in a store, with their reason; errors elsewhere. What the machine lacks is no result. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CapabilityError, FormatError, ParameterError } from "../../src/core/errors.ts";
import { decodeParquet } from "../../src/io/parquet.ts";
import { publishFailed, runInFolders } from "../../src/platform/node/run-folder.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { verifyRuns } from "../../src/platform/node/store/verify.ts";
import { type RunSpec, runId } from "../../src/study/spec.ts";
import { claimed, freshFolder, loadTask, perform, smallSpec, software, summaryOf } from "../helpers/store-runs.ts";

const good = await Promise.all([0, 1].map((seed) => smallSpec(seed)));
/** A specification that no task and no network was made of before. */
const wrong: RunSpec = { ...good[0], seed: 2, network: { ...good[0].network, settings: { alpha: 7 } } };
const tooMany: RunSpec = {
  ...good[0],
  seed: 3,
  evaluation: { site: "inside", intensities: [0], repeats: 1, trials: 10_000_000 },
};

const refusal = (Kind: typeof FormatError | typeof CapabilityError) =>
  new Kind({ file: "data.csv", offset: -1, place: "data.csv", rule: "must be whole", remedy: "fetch it again" });

test("in a stack of 4 runs one that is impossible and one that proves to be are results, and the others are whole", async () => {
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const specs = [wrong, good[0], tooMany, good[1]];
  const claims = await Promise.all(specs.map((spec) => claimed(member, runId(spec))));
  const ends = await perform(claims, specs);
  await Promise.all(claims.map((claim, run) => claim.finish(summaryOf(ends[run]))));
  const summaries = await store.summaries();
  const kinds = specs.map((spec) => summaries.get(runId(spec))?.kind);
  expect(kinds).toEqual(["failed", "completed", "failed", "completed"]);
  expect(summaries.get(runId(wrong))?.cause).toBe("SpecError");
  const { record, metrics, spec } = (await store.read(runId(wrong))) ?? expect.fail("not complete");
  expect(record.outcome).toMatchObject({ kind: "failed", cause: "SpecError" });
  expect(record.outcome.kind === "failed" && record.outcome.reason).toContain("alpha");
  expect(spec).toEqual(wrong);
  // Tables over all runs find the columns, and no rows.
  expect(await decodeParquet(metrics, "metrics.parquet")).toEqual([]);
  expect(readdirSync(store.runFolder(runId(wrong))).sort()).toEqual(["metrics.parquet", "record.json", "spec.json"]);
  expect(await verifyRuns({ store, ids: specs.map(runId), quarantine: false, onDamage: () => undefined })).toEqual({
    complete: 4,
    damaged: 0,
  });
  // It is a result: nobody makes it again unasked.
  expect((await member.claim(runId(wrong))).kind).toBe("complete");
  await member.leave();
});

test("in a plain folder the same run is an error, and has no record", async () => {
  const folder = freshFolder();
  const call = { loadTask, software, machine: {}, kernelOptions: {}, isCancelled: () => false };
  const [end] = await runInFolders({ ...call, runs: [{ spec: wrong, place: { folder } }] });
  await expect(end).rejects.toThrow(/alpha/);
  expect(() => readdirSync(folder)).toThrow(/ENOENT/);
});

test("damaged data are a result of every run that needs them", async () => {
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const claims = await Promise.all(good.map((spec) => claimed(member, runId(spec))));
  const ends = await perform(claims, good, { loadTask: () => Promise.reject(refusal(FormatError)) });
  expect(ends.map((end) => summaryOf(end).cause)).toEqual(["FormatError", "FormatError"]);
  expect((await store.read(runId(good[1])))?.record.outcome).toEqual({
    kind: "failed",
    cause: "FormatError",
    reason: "data.csv: must be whole; fetch it again",
  });
  await member.leave();
});

test.each([
  ["data that are not here", refusal(CapabilityError), /data\.csv: must be whole/],
  [
    "a setting of this machine that is wrong",
    new ParameterError({ place: "NOISY_RNN_DATA", rule: "must be a folder", remedy: "mend it" }),
    /NOISY_RNN_DATA/,
  ],
  ["a defect", new TypeError("x is not a function"), /x is not/],
])("%s: no result; the claim can be given back", async (_, error, message) => {
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const claim = await claimed(member, runId(good[0]));
  await expect(perform([claim], [good[0]], { loadTask: () => Promise.reject(error) })).rejects.toThrow(message);
  expect(await store.completeIds()).toEqual(new Set());
  await claim.release();
  expect((await member.claim(runId(good[0]))).kind).toBe("claimed");
  await member.leave();
});

test("a file of the user that is another one by now is what the machine lacks, and no result", async () => {
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const spec = { ...good[0], task: { ...good[0].task, files: { "data.csv": "0".repeat(64) } } };
  const claim = await claimed(member, runId(spec));
  await expect(perform([claim], [spec])).rejects.toThrow(CapabilityError);
  await expect(perform([claim], [spec], { loadTask: () => Promise.reject(refusal(FormatError)) })).rejects.toThrow(
    CapabilityError,
  );
  expect(await store.completeIds()).toEqual(new Set());
  await member.leave();
});

test("a run whose process died again and again can be given its failure as its result", async () => {
  const store = await openStore(freshFolder(), { mode: "write" });
  const member = await store.join("test");
  const { place } = await claimed(member, runId(good[0]));
  const run = { spec: good[0], place: { claimed: place }, software, machine: {} };
  const stored = await publishFailed(run, { cause: "crashed", reason: "out of memory" });
  expect(stored).toBeDefined();
  expect(JSON.parse(readFileSync(join(store.runFolder(runId(good[0])), "record.json"), "utf8")).outcome).toEqual({
    kind: "failed",
    cause: "crashed",
    reason: "out of memory",
  });
  expect(await publishFailed(run, { cause: "crashed", reason: "out of memory" })).toBeUndefined();
  await member.leave();
});
