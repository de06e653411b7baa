/** Questions about the runs of a store. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ParameterError } from "../../src/core/errors.ts";
import { decodeParquet } from "../../src/io/parquet.ts";
import type { ResultTable } from "../../src/io/result-table.ts";
import { openResults, type ResultsOptions } from "../../src/platform/node/results/open-results.ts";
import { sqlError } from "../../src/platform/node/results/sql-error.ts";
import { publishFailed } from "../../src/platform/node/run-folder.ts";
import type { Store } from "../../src/platform/node/store/contract.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { analysisTable, requestMetrics } from "../../src/study/analyses/request.ts";
import { decodeRecord, runSummary } from "../../src/study/record.ts";
import { shownCondition } from "../../src/study/results/rows.ts";
import { runId } from "../../src/study/spec.ts";
import { testUnless } from "../helpers/skip.ts";
import { claimed, freshFolder, makeRuns, smallSpec, software } from "../helpers/store-runs.ts";

async function storeWith(seeds: readonly number[]): Promise<Store> {
  const store = await openStore(freshFolder(), { mode: "write" });
  await makeRuns(store, await Promise.all(seeds.map((seed) => smallSpec(seed))));
  return store;
}

async function ask(store: Store, sql: string, options: ResultsOptions = {}): Promise<Record<string, unknown>[]> {
  const results = await openResults(store, options);
  try {
    return rowsOf(await results.query(sql));
  } finally {
    await results.close();
  }
}

const rowsOf = ({ rowCount, columns }: ResultTable) =>
  Array.from({ length: rowCount }, (_, row) =>
    Object.fromEntries(columns.map(({ name, values }) => [name, values[row]])),
  );

const indexFiles = (store: Store): string[] => readdirSync(join(store.folder, "index")).sort();

describe("views", () => {
  let store: Store;
  beforeAll(async () => {
    store = await storeWith([0, 1, 2]);
    const spec = await smallSpec(3);
    const member = await store.join("test");
    const claim = await claimed(member, runId(spec));
    const failed = await publishFailed(
      { spec, place: { claimed: claim.place }, software, machine: {} },
      { cause: "FormatError", reason: "bad data" },
    );
    if (failed === undefined) throw new Error("not published");
    await claim.finish(runSummary(decodeRecord(failed.record, "record.json")));
    await member.leave();
  });

  test("runs holds 4 rows, the failed one with its cause", async () => {
    const rows = await ask(
      store,
      `select seed, outcome, cause, site, "trainIntensity", updates from runs order by seed`,
    );
    expect(rows).toEqual([
      { seed: 0, outcome: "completed", cause: null, site: "inside", trainIntensity: 0.5, updates: 4 },
      { seed: 1, outcome: "completed", cause: null, site: "inside", trainIntensity: 0.5, updates: 4 },
      { seed: 2, outcome: "completed", cause: null, site: "inside", trainIntensity: 0.5, updates: 4 },
      { seed: 3, outcome: "failed", cause: "FormatError", site: "inside", trainIntensity: 0.5, updates: null },
    ]);
  });

  test("metrics holds every number of the runs' files, to the bit", async () => {
    const found = await ask(store, "select id, metric, testIntensity, update, repeat, value from metrics order by all");
    const expected: Record<string, unknown>[] = [];
    for (const id of await store.completeIds()) {
      const run = await store.read(id);
      for (const { name, ...row } of await decodeParquet(run?.metrics ?? new Uint8Array(), id)) {
        expected.push({ id, metric: name, ...row });
      }
    }
    expect(expected.length).toBeGreaterThan(60);
    const key = (row: Record<string, unknown>) =>
      JSON.stringify([
        row.id,
        row.metric,
        row.testIntensity ?? null,
        row.update ?? null,
        row.repeat ?? null,
        row.value,
      ]);
    expect(found.map(key).sort()).toEqual(expected.map(key).sort());
  });

  test("curves has mean and t interval of 3 seeds, equal to the analysis within 1e-12", async () => {
    const rows = await ask(
      store,
      `select seeds, mean, sd, "tLow", "tHigh", median from curves where metric = 'test-loss' order by "testIntensity"`,
    );
    const results = await openResults(store);
    const { rows: expected } = analysisTable(
      { name: "curves", options: { by: ["cell"] } },
      await results.results(["test-loss"]),
    );
    await results.close();
    expect(rows).toHaveLength(2);
    for (const [index, row] of rows.entries()) {
      expect(row.seeds).toBe(3);
      for (const name of ["mean", "sd", "tLow", "tHigh", "median"]) {
        // sums of three numbers of order 1 in another order
        expect(Math.abs(Number(row[name]) - Number(expected[index][name]))).toBeLessThan(1e-12);
      }
    }
  });

  test("preference is the analysis of that name", async () => {
    const [row] = await ask(store, "select * from preference");
    expect(row).toMatchObject({ site: "inside", trainIntensity: 0.5, seeds: 3, resampled: "seeds" });
    expect(row.preferredIntensity).toBeGreaterThanOrEqual(0);
  });

  test("specs answers for any option", async () => {
    // JSON as text
    expect(await ask(store, "select distinct spec->>'$.training.batchSize' as batch from specs")).toEqual([
      { batch: "2" },
    ]);
  });

  test.each([
    [
      "select sit from runs",
      /^query, line 1: .*"sit" not found in FROM clause; .*\n {2}LINE 1: select sit from runs\n +\^\n {2}did you mean "site"\?\n {2}runs: id, [\w, ]+$/,
    ],
    [
      "select 1\nfrom rns",
      /^query, line 2: .*rns does not exist; .*\n {2}LINE 2: from rns\n +\^\n {2}did you mean "runs"\? known: runs, metrics, curves, preference, specs$/,
    ],
    ["selct 1", /^query, line 1: .*syntax error at or near "selct"; .*\n {2}LINE 1: selct 1\n +\^\n {2}runs: id/],
    ["select seed::date from runs", /^query: .*|^query, line 1: .*/],
  ])("%j is answered with the place, the mark under its column and what there is", async (sql, message) => {
    const results = await openResults(store);
    const error: unknown = await results.query(sql).then(
      () => undefined,
      (reason) => sqlError(reason, sql, results.views),
    );
    await results.close();
    expect(error).toBeInstanceOf(ParameterError);
    expect((error as ParameterError).message).toMatch(message);
  });

  test("what is no fault of the question stays as it is", () => {
    const error = new Error("IO Error: disk on fire");
    expect(sqlError(error, "select 1", [])).toBe(error);
  });

  test("every view has the columns that it names", async () => {
    const results = await openResults(store);
    for (const { name, columns } of results.views) {
      const described = rowsOf(await results.query(`describe ${name}`)).map((row) => row.column_name);
      expect([name, ...described]).toEqual([name, ...columns.map((column) => column.name)]);
    }
    await results.close();
  });
});

describe("studies", () => {
  test("a study's runs come in its order with its axes, and what it lacks is open", async () => {
    const store = await storeWith([0, 1, 2]);
    const ids = (await Promise.all([2, 0, 7].map((seed) => smallSpec(seed)))).map(runId);
    const study = {
      study: { axes: [{ name: "site" }, { name: "depth" }, { name: "mixed" }] },
      runs: [
        { id: ids[0], condition: { site: "label", depth: 2, mixed: "a" } },
        { id: ids[1], condition: { site: null, depth: 3, mixed: 1 } },
        { id: ids[2], condition: { site: null, depth: 4, mixed: 1 } },
      ],
    };
    const results = await openResults(store, { study });
    expect(rowsOf(await results.query("select seed, site, depth, mixed from runs"))).toEqual([
      { seed: 2, site: "label", depth: 2, mixed: "a" },
      { seed: 0, site: "inside", depth: 3, mixed: "1" },
    ]);
    const rows = await results.results(["training-loss"]);
    expect(rows.axes).toEqual(["site", "depth", "mixed"]);
    expect(rows.open).toEqual([ids[2]]);
    expect(rows.runs.map(({ seed, mixed }) => [seed, mixed])).toEqual([
      [2, "a"],
      [0, 1],
    ]);
    expect(new Set(rows.measurements.map(({ metric }) => metric))).toEqual(new Set(["training-loss"]));
    expect(rows.measurements[0].run).toBe(rows.runs[0]);
    await results.close();
  });

  test("an axis that does not apply is null, a column of all runs holds what the run is, and study explain shows both so", async () => {
    const store = await storeWith([0]);
    const spec = await smallSpec(0);
    const condition = { trainIntensity: null, law: null, variedLaw: null };
    const shown = { trainIntensity: 0.5, law: "gaussian", variedLaw: null };
    expect(shownCondition({ spec, condition })).toEqual(shown);
    const axes = Object.keys(condition).map((name) => ({ name }));
    const results = await openResults(store, { study: { study: { axes }, runs: [{ id: runId(spec), condition }] } });
    expect(rowsOf(await results.query(`select ${Object.keys(shown).join(", ")} from runs`))).toEqual([shown]);
    const request = { name: "preference", options: {} };
    const data = await results.results(requestMetrics(request));
    expect(data.runs).toMatchObject([shown]);
    expect(analysisTable(request, data).rows).toMatchObject([{ ...shown, lossAtTraining: expect.any(Number) }]);
    await results.close();
  });

  test("labels that are texts stand beside numbers of runs to which the axis does not apply", async () => {
    const store = await storeWith([0, 1]);
    const runs = [
      { id: runId(await smallSpec(0)), condition: { trainIntensity: "weak" } },
      { id: runId(await smallSpec(1)), condition: { trainIntensity: null } },
    ];
    const study = { study: { axes: [{ name: "trainIntensity" }] }, runs };
    expect(await ask(store, "select trainIntensity from runs", { study })).toEqual([
      { trainIntensity: "weak" },
      { trainIntensity: "0.5" },
    ]);
  });

  test("single noise draws come with results where a network is alone in its condition, 4 of 1 and 0 of 2", async () => {
    const draws = async (seeds: readonly number[]) => {
      const results = await openResults(await storeWith(seeds));
      const { measurements } = await results.results(["test-loss-of-repeat"]);
      const { rows } = analysisTable(
        { name: "preference", options: {} },
        await results.results(requestMetrics({ name: "preference", options: {} })),
      );
      await results.close();
      return [measurements.length, rows[0].resampled];
    };
    // two intensities, two draws each
    expect(await draws([0])).toEqual([4, "repeats"]);
    expect(await draws([0, 1])).toEqual([0, "seeds"]);
  });

  test("axes of other studies are columns, null for runs that are in none", async () => {
    const store = await storeWith([0, 1]);
    const id = runId(await smallSpec(1));
    const others = [{ study: { axes: [{ name: "depth" }] }, runs: [{ id, condition: { depth: 5 } }] }];
    expect(await ask(store, "select seed, depth from runs order by seed", { others })).toEqual([
      { seed: 0, depth: null },
      { seed: 1, depth: 5 },
    ]);
  });
});

describe("index", () => {
  const count = "select count(*) as n, count(distinct id) as runs from metrics";

  test("an empty store has 0 rows in every view", async () => {
    const store = await storeWith([]);
    for (const view of ["runs", "metrics", "curves", "preference", "specs"]) {
      expect(await ask(store, `select * from ${view}`)).toEqual([]);
    }
  });

  test("a second question reads the index: 0 runs are opened; a new run adds 1 segment", async () => {
    const store = await storeWith([0, 1]);
    const first = await ask(store, count);
    const files = indexFiles(store);
    expect(files).toHaveLength(3);
    let opened = 0;
    const counting: Store = {
      ...store,
      read: (id) => {
        opened++;
        return store.read(id);
      },
    };
    expect(await ask(counting, count)).toEqual(first);
    expect(opened).toBe(0);
    await makeRuns(store, [await smallSpec(2)]);
    expect(await ask(counting, count)).toMatchObject([{ runs: 3 }]);
    expect(opened).toBe(1);
    expect(indexFiles(store)).toHaveLength(6);
  });

  test.each(["runs.parquet", "metrics.parquet", ".json"])(
    "1 flipped bit in %s makes the segment anew, with the same answer",
    async (ending) => {
      const store = await storeWith([0, 1]);
      const first = await ask(store, count);
      const file = join(store.folder, "index", indexFiles(store).find((name) => name.endsWith(ending)) ?? "");
      const bytes = readFileSync(file);
      bytes[bytes.length >> 1] ^= 4;
      writeFileSync(file, bytes);
      expect(await ask(store, count)).toEqual(first);
    },
  );

  test("a run that was made anew replaces its old row", async () => {
    const store = await storeWith([0, 1, 2]);
    await ask(store, count);
    const spec = await smallSpec(1);
    await store.quarantine(runId(spec), "test");
    expect(await ask(store, "select seed from runs order by seed")).toEqual([{ seed: 0 }, { seed: 2 }]);
    await makeRuns(store, [spec]);
    const rows = await ask(store, `select "finishedAt", seed from runs order by seed`);
    expect(rows.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    expect(String(rows[1].finishedAt) > String(rows[2].finishedAt)).toBe(true);
    expect(await ask(store, "select count(*) as n from metrics group by id")).toHaveLength(3);
  });

  test("segments are put together when there are more than 2 small ones; masked rows are left behind", async () => {
    const store = await openStore(freshFolder(), { mode: "write" });
    const options = { mostSmall: 2, segmentSize: 10 };
    for (const seeds of [[0, 1, 2], [3], [4]]) {
      await makeRuns(store, await Promise.all(seeds.map((seed) => smallSpec(seed))));
      if (seeds[0] === 3) await store.quarantine(runId(await smallSpec(1)), "test");
      await ask(store, count, options);
    }
    const rows = await ask(store, "select seed from runs order by seed", options);
    expect(rows).toEqual([0, 2, 3, 4].map((seed) => ({ seed })));
    const runs = indexFiles(store).filter((name) => name.endsWith(".json"));
    const counts = runs.map((name) => JSON.parse(readFileSync(join(store.folder, "index", name), "utf8")).count);
    expect(counts.sort()).toEqual([1, 1, 3, 4]);
  });

  test("weights are not read: damaged ones leave the answer as it is, and 3 runs are announced before", async () => {
    const store = await storeWith([0, 1, 2]);
    writeFileSync(join(store.runFolder(runId(await smallSpec(1))), "weights.safetensors"), "cut");
    const announced: number[] = [];
    const options = { onMissing: (runs: number) => announced.push(runs) };
    expect(await ask(store, "select count(*) as n from runs", options)).toEqual([{ n: 3 }]);
    expect(announced).toEqual([3]);
    await expect(store.read(runId(await smallSpec(1)))).rejects.toThrow(/weights\.safetensors/);
  });

  test("a damaged run is left out and named", async () => {
    const store = await storeWith([0, 1]);
    const id = runId(await smallSpec(1));
    writeFileSync(join(store.runFolder(id), "metrics.parquet"), "cut");
    const results = await openResults(store);
    expect(rowsOf(await results.query("select seed from runs"))).toEqual([{ seed: 0 }]);
    expect(results.warnings).toHaveLength(1);
    expect(results.warnings[0]).toContain(join(store.runFolder(id), "metrics.parquet"));
    await results.close();
  });

  test("8 processes' worth of questions at once give the same answer", async () => {
    const store = await storeWith([0, 1, 2, 3]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(store, count)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject([{ runs: 4 }]);
  });

  const mountpoint = freshFolder();
  const mount = (...parameters: string[]) => spawnSync("mount", parameters, { encoding: "utf8" }).status === 0;
  mkdirSync(mountpoint);
  const isMounted = mount("-t", "tmpfs", "tmpfs", mountpoint);
  afterAll(() => {
    if (isMounted) spawnSync("umount", [mountpoint]);
  });
  testUnless(isMounted ? undefined : "a file system cannot be mounted here")(
    "a store on a read-only file system gives the same answer, and nothing is left behind",
    async () => {
      const made = await storeWith([0, 1]);
      const first = await ask(made, count);
      rmSync(join(made.folder, "index"), { recursive: true });
      cpSync(made.folder, mountpoint, { recursive: true });
      expect(mount("-o", "remount,ro", mountpoint)).toBe(true);
      const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("noisy-rnn-index-"));
      const before = leftovers();
      expect(await ask(await openStore(mountpoint, { mode: "read" }), count)).toEqual(first);
      expect(leftovers()).toEqual(before);
      expect(readdirSync(mountpoint)).not.toContain("index");
    },
  );
});
