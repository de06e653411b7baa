/** Numbers of the parts of a task, of outcomes and findings: stored to the bit, and never mixed. */
import { describe, expect, test } from "vitest";
import { sweepJson, sweepTable } from "../../src/cli/sweep-table.ts";
import { decodeParquet, encodeParquet } from "../../src/io/parquet.ts";
import { analysisIssues, analysisTable } from "../../src/study/analyses/request.ts";
import { unknownValueIssues } from "../../src/study/analyses/unknown-values.ts";
import { studyFigures } from "../../src/study/figures/registry.ts";
import { metricsOf, metricsTable, type RunMetrics } from "../../src/study/metrics.ts";
import type { MeasurementColumns } from "../../src/study/results/columns.ts";
import { type MadeRun, madeResults } from "../helpers/study-results.ts";

describe("metrics with parts", () => {
  const row = { seed: 3, biasSquared: null, variance: null, lossPerRepeat: [0.1, 0.3] };
  const metrics: RunMetrics = {
    history: { training: [], validation: [] },
    sweep: [0, 0.1 + 0.2].map((testIntensity) => ({
      ...row,
      testIntensity,
      loss: 1 / 3,
      accuracy: 0.5,
      parts: [
        { part: "go", loss: 0.1 + testIntensity, accuracy: 1 / 7 },
        { part: "anti", loss: Number.NaN, accuracy: null },
      ],
      outcomes: { distance: 0.1 * testIntensity, steps: Number.POSITIVE_INFINITY },
    })),
    findings: [
      { part: "fixed-points.count", value: 3 },
      { part: "controls.lossSmoothed", value: Number.NaN },
    ],
  };

  test("come back from Parquet to the bit", async () => {
    const rows = await decodeParquet(encodeParquet(metricsTable(metrics)), "metrics");
    expect(metricsOf(rows, 3, "metrics")).toEqual(metrics);
  });

  test("are printed under the table of a sweep, at the intensity of the training", () => {
    const noise = [{ site: "inside", law: "gaussian", intensity: 0, scaling: "per-step" }] as const;
    const lines = sweepTable(metrics.sweep, "inside", noise).split("\n");
    expect(lines[0]).toMatch(/distance +steps$/);
    expect(lines.slice(-4).map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["at noise 0", "loss", "accuracy"],
      [expect.stringMatching(/^-+$/)],
      ["go", "0.1", "14.3 %"],
      ["anti", expect.anything()],
    ]);
    expect(sweepJson(metrics.sweep[0])).toMatchObject({ parts: metrics.sweep[0].parts, loss: 1 / 3 });
  });

  test("files without the column are read as files without parts", async () => {
    const plain: RunMetrics = {
      ...metrics,
      sweep: [{ ...row, testIntensity: 0, loss: 1, accuracy: null }],
      findings: [],
    };
    const { columns, rowCount } = metricsTable(plain);
    const before = { rowCount, columns: columns.filter(({ name }) => name !== "part") };
    const rows = await decodeParquet(encodeParquet(before), "metrics");
    expect(metricsOf(rows, 3, "metrics")).toEqual({ history: plain.history, sweep: plain.sweep });
  });
});

/** Loss: 1 for site inside and 2 outside, plus 10 for the part "anti", plus the intensity. */
const runs: readonly MadeRun[] = ["inside", "outside"].flatMap((site, a) =>
  [0, 1, 2].map((seed) => ({
    condition: { site },
    seed,
    row: { testSite: site, trainIntensity: 0.5 },
    measurements: [
      ...[0, 0.5].flatMap((testIntensity) =>
        ["go", "anti"].map((part, b): Partial<MeasurementColumns> => {
          const value = a + 1 + 10 * b + testIntensity;
          return { metric: "test-part-loss", testIntensity, part, value };
        }),
      ),
      { metric: "finding", part: "controls.lossZero", value: a + seed },
      { metric: "finding", part: "controls.lossTraining", value: 100 + a },
    ],
  })),
);
const results = madeResults(runs);
const table = (name: string, options: object) => analysisTable({ name, options: { ...options } }, results);

describe("tables of metrics with parts", () => {
  test.each(["curves", "summary"])("%s: parts have rows of their own, asked for or not", (name) => {
    for (const by of [undefined, ["site"], ["site", "part"]]) {
      const { rows, labels } = table(name, { metric: "test-part-loss", ...(by && { by }) });
      expect(labels).toEqual(["site", "part", "metric", "testIntensity"]);
      expect(rows.map((row) => [row.site, row.part, row.testIntensity, row.mean, row.sd])).toEqual(
        ["inside", "outside"].flatMap((site, a) =>
          ["go", "anti"].flatMap((part, b) => [0, 0.5].map((at) => [site, part, at, a + 1 + 10 * b + at, 0])),
        ),
      );
    }
  });
  test("summary by part alone averages sites, never parts", () => {
    const { rows } = table("summary", { metric: "test-part-loss", by: [], at: { testIntensity: 0 } });
    expect(rows.map(({ part, mean }) => [part, mean])).toEqual([
      ["go", 1.5],
      ["anti", 11.5],
    ]);
  });
  test("where and against take parts: anti minus go is 10 in every row", () => {
    const only = table("summary", { metric: "test-part-loss", where: { part: "anti" }, at: { testIntensity: 0 } });
    expect(only.rows.map(({ mean }) => mean)).toEqual([11, 12]);
    const { rows } = table("differences", { metric: "test-part-loss", against: { part: "go" } });
    expect(rows.map(({ part, mean }) => [part, mean])).toEqual(Array(4).fill(["anti", 10]));
  });
  test("findings are read without a place; of two losses each seed counts once", () => {
    const { rows, labels } = table("summary", { metric: "finding" });
    expect(labels).toEqual(["site", "part", "metric"]);
    expect(rows.map(({ site, part, mean, seeds }) => [site, part, mean, seeds])).toEqual([
      ["inside", "controls.lossZero", 1, 3],
      ["inside", "controls.lossTraining", 100, 3],
      ["outside", "controls.lossZero", 2, 3],
      ["outside", "controls.lossTraining", 101, 3],
    ]);
  });
  test("a condition whose runs all failed keeps one row, in its place", () => {
    const failed = runs.map((run) =>
      run.condition.site === "inside" ? { ...run, row: { ...run.row, outcome: "failed" }, measurements: [] } : run,
    );
    const request = { name: "summary", options: { metric: "test-part-loss", at: { testIntensity: 0 } } };
    const { rows } = analysisTable(request, madeResults(failed));
    expect(rows.map(({ site, part, seeds }) => [site, part, seeds])).toEqual([
      ["inside", null, 0],
      ["outside", "go", 3],
      ["outside", "anti", 3],
    ]);
  });
  test("parts of a metric without any, an unknown part and a curve of findings are issues", () => {
    const issues = (name: string, options: object) => analysisIssues({ name, options: { ...options } }, "a", results);
    expect(issues("summary", { by: ["part"] })).toMatchObject([{ path: "a.by", rule: /part/ }]);
    expect(issues("summary", { metric: "finding", by: ["part"] })).toEqual([]);
    expect(issues("curves", { metric: "finding" })).toMatchObject([{ path: "a.metric" }]);
    const request = { name: "summary", options: { metric: "test-part-loss", where: { part: "ant" } } };
    expect(unknownValueIssues(request, results, [])).toMatchObject([{ remedy: /did you mean "anti"/ }]);
  });
});

describe("figures of metrics with parts", () => {
  const draw = (name: string, options: object) => {
    const { schema, issues, draw: drawn } = studyFigures.get(name);
    const parsed = schema.parse(options);
    expect(issues(parsed, results)).toEqual([]);
    return drawn(results, parsed, {});
  };
  test("one drawing per part where it is not shown, and its query asks for that part", () => {
    const figures = draw("curves", { metric: "test-part-loss", colour: "site" });
    expect(figures.map(({ name }) => name)).toEqual([
      "curves-test-part-loss-testintensity-part-go",
      "curves-test-part-loss-testintensity-part-anti",
    ]);
    expect(figures[1].data.every(({ value }) => Number(value) > 10)).toBe(true);
    expect(figures[1].query).toContain(`"part" = 'anti'`);
  });
  test("a heat map of parts over test intensities has a field for each", () => {
    const [figure, ...others] = draw("grid", {
      metric: "test-part-loss",
      x: "testIntensity",
      y: "part",
      where: { site: "inside" },
    });
    expect(others).toEqual([]);
    expect(figure.data).toHaveLength(2 * 2 * 3);
    expect(new Set(figure.data.map(({ part }) => part))).toEqual(new Set(["go", "anti"]));
  });
  test("findings are drawn by part", () => {
    const [figure] = draw("curves", { metric: "finding", x: "site", where: { part: "controls.lossZero" } });
    expect(figure.data.map(({ site, value }) => [site, value])).toEqual([
      ...[0, 1, 2].map((value) => ["inside", value]),
      ...[1, 2, 3].map((value) => ["outside", value]),
    ]);
  });
});
