/** `report` and `study check`, end to end, on a study of a second. */
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encodeCsv } from "../../src/io/csv.ts";
import { csvColumns } from "../../src/io/result-table.ts";
import { frozenConditions } from "../../src/platform/node/frozen-study.ts";
import { openResults } from "../../src/platform/node/results/open-results.ts";
import { openStore } from "../../src/platform/node/store/open.ts";
import { contentBelow, inSession, temporaryFolder } from "../helpers/command-line.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
const environment = { NOISY_RNN_BACKEND: "wasm" };
const noisy = (...parameters: readonly string[]) => inSession(folder, parameters, environment);

const runs = `
name: small
question: Does noise inside cost anything?
task: { name: function-approximation, stepCount: 6 }
network: { hiddenSize: 4 }
training: { updates: 20, batchSize: 8, historyEvery: 5 }
evaluation: { trials: 5, repeats: 2, intensities: [0, 0.25, 0.5] }
axes:
  noise.site: [inside, outside]
  noise.intensity: [0.25, 0.5]
seeds: 3
`;
const reading = `
analyses:
  - preference
  - { name: summary, metric: test-loss, at: { testIntensity: [0, trained] } }
  - { name: summary, metric: training-loss }
figures:
  - { name: curves, colour: trainIntensity, panel: site, points: true }
  - { name: curves, x: trainIntensity, colour: site, interval: t }
  - { name: curves, metric: training-loss, colour: site, where: { trainIntensity: 0.5 } }
  - { name: differences, against: { site: outside }, x: trainIntensity, at: 0 }
  - { name: grid, x: trainIntensity, y: site, at: 0.25 }
  - preference-curves
  - preferred-intensity
  - preference-ratio
  - training-curves
references: [eckstein2026, A lecture of 1998]
`;
const expected = (rule: string) =>
  `expected:\n  - { analysis: summary, where: { site: inside, trainIntensity: 0.5, testIntensity: 0 }, column: mean, ${rule} }\n`;

beforeAll(async () => {
  writeFileSync(join(folder, "small.yaml"), runs + reading + expected("min: 0, source: eckstein2026"));
  writeFileSync(join(folder, "off.yaml"), runs + reading + expected("max: 0"));
  writeFileSync(join(folder, "bare.yaml"), runs);
  const { code, stderr } = await noisy("study", "run", "small.yaml", "--quiet");
  expect({ code, stderr }).toMatchObject({ code: 0 });
});

describe("report", () => {
  let first: Record<string, string>;
  beforeAll(async () => {
    const { code, stdout, stderr } = await noisy("report", "small.yaml", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      study: "small",
      runs: { complete: 12, missing: 0 },
      expected: "1 of 1 met",
    });
    first = contentBelow(join(folder, "report-small"));
  });

  test("9 figures as SVG, PNG, PDF, specification, data and query; 3 tables as CSV, Markdown and LaTeX; one page", () => {
    const names = Object.keys(first);
    const figures = names.filter((name) => name.endsWith(".vl.json")).map((name) => name.replace(".vl.json", ""));
    expect(figures).toHaveLength(9);
    for (const figure of figures)
      for (const ending of ["svg", "png", "pdf", "csv", "sql"]) expect(names).toContain(`${figure}.${ending}`);
    for (const table of ["preference", "summary", "summary-2"])
      for (const ending of ["csv", "md", "tex"]) expect(names).toContain(`tables/${table}.${ending}`);
    expect(names).toContain("report.html");
    expect(JSON.parse(first["report.json"]).files.toSorted()).toEqual(
      names.filter((name) => !/^\w+$/.test(name)).toSorted(),
    );
  });

  test("every figure's query, run through DuckDB, gives the figure's data to the byte", async () => {
    const queries = Object.keys(first).filter((name) => name.endsWith(".sql"));
    expect(queries).toHaveLength(9);
    const studies = join(folder, "runs", "studies");
    const [study] = readdirSync(studies);
    const store = await openStore(join(folder, "runs"), { mode: "read" });
    const results = await openResults(store, { study: await frozenConditions(join(studies, study)) });
    for (const name of queries) {
      const found = await results.query(readFileSync(join(folder, "report-small", name), "utf8"));
      expect(found.rowCount, name).toBeGreaterThan(4);
      const data = readFileSync(join(folder, "report-small", name.replace(".sql", ".csv")), "utf8");
      expect(new TextDecoder().decode(encodeCsv(csvColumns(found))), name).toBe(data);
    }
    await results.close();
  });

  test("made again, every byte is the same, and no run was touched", async () => {
    const before = contentBelow(join(folder, "runs", "complete"));
    await noisy("report", "small.yaml");
    expect(contentBelow(join(folder, "report-small"))).toEqual(first);
    expect(contentBelow(join(folder, "runs", "complete"))).toEqual(before);
  });

  test("the report of a reproduction is not replaced", async () => {
    mkdirSync(join(folder, "reproduced"));
    const plan = { study: "noise-preference", title: "quick, 5 seeds", id: "1f", runs: [] };
    writeFileSync(join(folder, "reproduced", "plan.json"), JSON.stringify(plan));
    const { code, stderr } = await noisy("report", "small.yaml", "--out", "reproduced");
    expect(code).toBe(2);
    expect(stderr).toContain("--out: must not be the result of a reproduction");
    expect(readdirSync(join(folder, "reproduced"))).toEqual(["plan.json"]);
    expect(readdirSync(folder)).not.toContain("report");
  });

  test("from the study's folder in the store it is the same page but for the command that made it", async () => {
    const [name] = readdirSync(join(folder, "runs", "studies"));
    const { code } = await noisy("report", join("runs", "studies", name), "--out", "other", "--formats", "svg");
    expect(code).toBe(0);
    const page = readFileSync(join(folder, "other", "report.html"), "utf8");
    for (const text of [
      "Does noise inside cost anything?",
      "12 complete, 0 missing",
      "A lecture of 1998",
      "Eckstein N.",
    ])
      expect(page).toContain(text);
    expect(readdirSync(join(folder, "other", "figures")).some((file) => /\.(png|pdf)$/.test(file))).toBe(false);
    expect(page).toContain("--formats svg");
  });

  test("what a report wrote before and no longer writes is taken away; other files stay", async () => {
    writeFileSync(join(folder, "other", "figures", "mine.svg"), "mine");
    const { code } = await noisy("report", "bare.yaml", "--out", "other");
    expect(code).toBe(0);
    expect(readdirSync(join(folder, "other", "figures"))).toEqual(["mine.svg"]);
    expect(readdirSync(join(folder, "other")).sort()).toContain("report.html");
  });

  test("a changed question, figure or expectation needs no run; another network is another study", async () => {
    const { code, stdout } = await noisy("report", "off.yaml", "--out", "off", "--formats", "svg");
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("0 of 1 met, 1 off") });
    const wrong = await noisy("report", "small.yaml", "network.hiddenSize=5", "--out", "wrong");
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain("begin it with noisy-rnn study run");
  });

  test("an unknown format is answered with those there are", async () => {
    const { code, stderr } = await noisy("report", "small.yaml", "--formats", "svg,gif");
    expect(code).toBe(2);
    expect(stderr).toContain('Formats are svg, png, pdf, got "gif".');
  });
});

describe("study check", () => {
  test("exit code 0 when all is met, 1 when something is off, 2 when nothing is expected", async () => {
    const met = await noisy("study", "check", "small.yaml");
    expect(met).toMatchObject({ code: 0, stdout: expect.stringContaining("1 of 1 met.") });
    const off = await noisy("study", "check", "off.yaml");
    expect(off.code).toBe(1);
    expect(off.stdout).toMatch(
      /summary, site inside, training intensity 0\.5, test intensity 0: mean +at most 0 +[\d.]+ \([\d.−]+ to [\d.]+\) +3 +off/,
    );
    const bare = await noisy("study", "check", "bare.yaml");
    expect(bare).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("must have expected results to be checked"),
    });
  });

  test("--json holds the numbers", async () => {
    const { stdout } = await noisy("study", "check", "off.yaml", "--json");
    const { isFine, missingRuns, expected: checked } = JSON.parse(stdout);
    expect({ isFine, missingRuns }).toEqual({ isFine: false, missingRuns: 0 });
    expect(checked[0]).toMatchObject({ verdict: "off", seeds: 3 });
    expect(checked[0].low).toBeLessThan(checked[0].found);
  });
});

describe("an unfinished store", () => {
  let restore: () => void;
  beforeAll(() => {
    const shard = join(folder, "runs", "complete");
    const [first] = readdirSync(shard);
    const [id] = readdirSync(join(shard, first));
    mkdirSync(join(folder, "aside"));
    renameSync(join(shard, first, id), join(folder, "aside", id));
    restore = () => renameSync(join(folder, "aside", id), join(shard, first, id));
  });
  afterAll(() => restore());

  test("the report says that 1 of 12 runs is missing, on the page and on the figures", async () => {
    const { code, stdout } = await noisy("report", "small.yaml", "--out", "unfinished", "--formats", "svg");
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("of 11 runs, 1 missing") });
    const page = readFileSync(join(folder, "unfinished", "report.html"), "utf8");
    expect(page).toContain("The study is not finished: 1 of 12 runs is missing.");
    const figure = readFileSync(join(folder, "unfinished", "figures", "curves-test-loss-testintensity.svg"), "utf8");
    expect(figure).toContain("the study is not finished: 1 of 12 runs is missing.");
  });

  test("the check is not passed, though what is there is as expected", async () => {
    const { code, stdout } = await noisy("study", "check", "small.yaml");
    expect(code).toBe(1);
    expect(stdout).toContain("The study is not finished: 1 of 12 runs is missing; verdicts are of the others.");
    expect(stdout).toContain("1 of 1 met.");
  });
});
