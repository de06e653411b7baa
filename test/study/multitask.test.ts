/** A study of the multi-task suite, end to end: trained, scored task by task, drawn, and asked again in SQL. */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeCsv } from "../../src/io/csv.ts";
import { csvColumns } from "../../src/io/result-table.ts";
import { frozenConditions } from "../../src/platform/node/frozen-study.ts";
import { openResults } from "../../src/platform/node/results/open-results.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { contentBelow, inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const noisy = (...parameters: readonly string[]) => inSession(folder, parameters, { NOISY_RNN_BACKEND: "vector" });

beforeAll(async () => {
  writeFileSync(
    join(folder, "tiny.yaml"),
    `
task: { name: multitask, tasks: "dmsgo,fdgo,delaygo", ringSize: 8, scoredTrialsPerGroup: 4 }
network: { hiddenSize: 4, noise: [{ site: inside }, { site: input, intensity: 0.03 }] }
training: { updates: 3, batchSize: 4 }
evaluation: { trials: 24, repeats: 1, intensities: [0, 0.15, 0.3, 0.5] }
axes: { noise.site: [inside, outside], noise.intensity: [0.3] }
seeds: 2
figures:
  - { name: multitask-heat-map, panel: site }
  - { name: multitask-heat-map, number: score }
  - { name: multitask-heat-map, number: loss, where: { site: inside } }
`,
  );
  const { code, stderr } = await noisy("study", "run", "tiny.yaml", "--quiet");
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const report = await noisy("report", "tiny.yaml");
  expect(report).toMatchObject({ code: 0 });
});

async function opened() {
  const studies = join(folder, "runs", "studies");
  const store = await openStore(join(folder, "runs"), { mode: "read" });
  return openResults(store, { study: await frozenConditions(join(studies, readdirSync(studies)[0])) });
}

test("each network has loss and score of each task at each intensity; the loss of all is the mean of the tasks'", async () => {
  const results = await opened();
  // The loss is a mean over steps, so tasks weigh as much as their trials are long: not equal, but between the extremes.
  const { rowCount, columns } = await results.query(`
    SELECT t."value" AS all, min(p."value") AS low, max(p."value") AS high, count(*) AS parts, avg(a."value") AS score, s."value" AS share
    FROM metrics t JOIN metrics p ON p.id = t.id AND p."testIntensity" = t."testIntensity" AND p.metric = 'test-part-loss'
    JOIN metrics a ON a.id = t.id AND a."testIntensity" = t."testIntensity" AND a.metric = 'test-part-accuracy' AND a.part = p.part
    JOIN metrics s ON s.id = t.id AND s."testIntensity" = t."testIntensity" AND s.metric = 'test-accuracy'
    WHERE t.metric = 'test-loss' GROUP BY ALL`);
  expect(rowCount).toBe(16);
  const column = (name: string) => Array.from(columns.find((one) => one.name === name)?.values ?? [], Number);
  for (let i = 0; i < rowCount; i++) {
    expect(column("parts")[i]).toBe(3);
    expect(column("low")[i]).toBeLessThan(column("all")[i]);
    expect(column("high")[i]).toBeGreaterThan(column("all")[i]);
    expect(column("score")[i]).toBeCloseTo(column("share")[i], 12);
  }
  await results.close();
});

test("the heat map has the tasks in the order of the suite, the first at the top", () => {
  const files = contentBelow(join(folder, "report-tiny"));
  const [drawing] = Object.keys(files).filter((name) => /heat-map-score.*\.vl\.json$/.test(name));
  const { layer } = JSON.parse(files[drawing]) as { layer: { encoding: { y: { sort: string[] } } }[] };
  expect(layer[0].encoding.y.sort).toEqual(["fdgo", "delaygo", "dmsgo"]);
});

test("the queries of 4 heat maps, run through DuckDB, give their data to the byte", async () => {
  const results = await opened();
  const files = contentBelow(join(folder, "report-tiny"));
  const queries = Object.keys(files).filter((name) => name.endsWith(".sql"));
  expect(queries).toHaveLength(4);
  for (const name of queries) {
    const found = await results.query(files[name]);
    expect(found.rowCount, name).toBeGreaterThanOrEqual(24);
    expect(new TextDecoder().decode(encodeCsv(csvColumns(found))), name).toBe(files[name.replace(".sql", ".csv")]);
  }
  await results.close();
});
