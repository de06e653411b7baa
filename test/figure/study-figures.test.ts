import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "../../scripts/tools/folders.mjs";
import type { Figure, FigureRow } from "../../src/figure/contract.ts";
import { specificationText } from "../../src/figure/specification-text.ts";
import { figureWidth } from "../../src/figure/theme.ts";
import { figureSvg } from "../../src/platform/node/figure-render.ts";
import { analysisTable } from "../../src/study/analyses/request.ts";
import { studyFigures } from "../../src/study/figures/registry.ts";
import { drawnFigures, figureIssues } from "../../src/study/figures/request.ts";
import { taskLabels } from "../../src/study/figures/task-labels.ts";
import { groupingColumns } from "../../src/study/results/columns.ts";
import type { StudyResults } from "../../src/study/results/study-results.ts";
import { losses, madeResults } from "../helpers/study-results.ts";
import { studyRuns } from "./study-runs.ts";

type Options = Readonly<Record<string, unknown>>;

function drawn(name: string, options: Options, results: StudyResults): readonly Figure[] {
  return drawnFigures([{ name, options }], results).figures;
}

const issuesOf = (name: string, options: Options) =>
  figureIssues({ name, options }, "figures[0]", { columns: groupingColumns([{ name: "site" }]) });

/** A request that every figure can answer on the runs of study-runs.ts. */
const requests: Readonly<Record<string, Options>> = {
  curves: { colour: "trainIntensity", panel: "site" },
  differences: { against: { site: "outside" }, x: "trainIntensity", at: 0, points: true },
  grid: { x: "trainIntensity", y: "site", at: 0 },
  "multitask-heat-map": { panel: "site", where: { trainIntensity: 0.5 } },
};

describe("registry", () => {
  test("every figure is drawn from 30 runs without a warning of the compiler, at most 760 px wide", async () => {
    const results = studyRuns({ tasks: ["mnist-rows"] });
    for (const { name, findings } of studyFigures.members) {
      // those of findings: test/store/findings.test.ts
      if (findings !== undefined) continue;
      const figures = drawn(name, requests[name] ?? {}, results);
      expect(figures.length, name).toBeGreaterThan(0);
      for (const figure of figures) {
        const { svg, diagnostics } = await figureSvg(figure);
        expect(diagnostics, name).toEqual([]);
        expect(Number(/width="([\d.]+)"/.exec(svg)?.[1]), name).toBeLessThanOrEqual(figureWidth);
        expect(svg).not.toContain("NaN");
        expect(figure.query, name).toMatch(/FROM "metrics"/);
        expect(figure.name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      }
    }
  });

  test.each(Object.entries(requests))("%s is drawn as recorded", async (name, options) => {
    const [figure] = drawn(name, options, studyRuns({ seeds: 3 }));
    const { data } = figure.specification as { data: { values: FigureRow[] } };
    const last = data.values.length - 1;
    const elided = { ...figure.specification, data: { values: [data.values[0], data.values[last]] } };
    await expect(specificationText(elided)).toMatchFileSnapshot(`snapshots/study-${name}.vl.json.txt`);
  });

  test("estimates stand inside the specification, under the same names; single seeds where they are drawn", () => {
    const rowsWith = (points: boolean) => {
      const [figure] = drawn("curves", { ...requests.curves, points }, studyRuns({ seeds: 2 }));
      const { values } = (figure.specification as { data: { values: FigureRow[] } }).data;
      return values.filter((row) => row.seed !== undefined).length - (points ? figure.data.length : 0);
    };
    expect([rowsWith(false), rowsWith(true)]).toEqual([0, 0]);
    for (const [name, options] of Object.entries(requests)) {
      const [figure] = drawn(name, options, studyRuns({ seeds: 3 }));
      const { values } = (figure.specification as { data: { values: FigureRow[] } }).data;
      for (const estimate of figure.estimates ?? [])
        expect(
          values.some((row) => ["site", "trainIntensity", "centre"].every((key) => row[key] === estimate[key])),
        ).toBe(true);
    }
  });
});

describe("multitask-heat-map", () => {
  const only = { where: { site: "inside", trainIntensity: 0.5 } };

  test("cells hold the loss over the lowest of their row, 1 in each row; or the loss; or the score", () => {
    const results = studyRuns({ seeds: 1 });
    const [ratios] = drawn("multitask-heat-map", only, results);
    const [losses] = drawn("multitask-heat-map", { ...only, number: "loss" }, results);
    const [scores] = drawn("multitask-heat-map", { ...only, number: "score" }, results);
    for (const part of ["go", "anti"]) {
      const of = ({ data }: Figure) => data.filter((row) => row.part === part).map(({ value }) => Number(value));
      const lowest = Math.min(...of(losses));
      expect(of(ratios)).toEqual(of(losses).map((loss) => loss / lowest));
      expect(of(scores)).toEqual(of(losses).map((loss) => 1 / (1 + loss)));
    }
    expect(ratios.query).toContain('OVER (PARTITION BY "id", "part")');
    expect(losses.query).not.toContain("PARTITION");
  });

  test("test intensities are in units of the training; the first task stands at the top", () => {
    const [figure] = drawn("multitask-heat-map", only, studyRuns({ seeds: 2 }));
    const at = [...new Set(figure.data.map(({ relativeIntensity }) => relativeIntensity))];
    const run = studyRuns({ seeds: 2 }).measurements.filter(({ run }) => run.trainIntensity === 0.5);
    expect(at).toEqual([...new Set(run.map(({ testIntensity }) => (testIntensity ?? -1) / 0.5))].filter((x) => x >= 0));
    const layers = figure.specification as { layer: { encoding: { y: { sort: string[] } } }[] };
    expect(layers.layer[0].encoding.y.sort).toEqual(["go", "anti"]);
  });

  test("networks that were trained without noise are left out, and the figure says so", () => {
    const results = studyRuns({ seeds: 1, trainIntensities: [0, 0.5] });
    const figures = drawn("multitask-heat-map", { panel: "trainIntensity", where: { site: "inside" } }, results);
    expect(figures.map(({ data }) => [...new Set(data.map(({ trainIntensity }) => trainIntensity))])).toEqual([[0.5]]);
    expect(figures[0].warnings).toContain("networks without a training noise of the varied site are left out.");
    const none = drawn("multitask-heat-map", { where: { site: "inside", trainIntensity: 0 } }, results);
    expect(none).toEqual([]);
  });

  test("centre, title and an unknown panel", () => {
    const results = studyRuns({ seeds: 3 });
    const centres = (centre: string) => drawn("multitask-heat-map", { ...only, centre }, results)[0].estimates;
    expect(centres("median")).not.toEqual(centres("mean"));
    expect(drawn("multitask-heat-map", { ...only, title: "Tasks" }, results)[0].title).toBe("Tasks");
    expect(issuesOf("multitask-heat-map", { panel: "sites" })).toMatchObject([{ path: "figures[0].panel" }]);
  });
});

describe("numbers", () => {
  test.each([
    ["mean", "bootstrap", ["mean", "bootstrapLow", "bootstrapHigh"]],
    ["mean", "t", ["mean", "tLow", "tHigh"]],
    ["median", "bootstrap", ["median", "medianLow", "medianHigh"]],
  ] as const)("%s with %s intervals are those of the analysis, to the bit", (centre, interval, keys) => {
    const results = studyRuns({ seeds: 5 });
    const [figure] = drawn("curves", { ...requests.curves, centre, interval }, results);
    const table = analysisTable({ name: "curves", options: { by: ["site", "trainIntensity"] } }, results);
    expect(figure.estimates).toHaveLength(table.rows.length);
    for (const row of figure.estimates ?? []) {
      const same = table.rows.find((one) =>
        ["site", "trainIntensity", "testIntensity"].every((column) => one[column] === row[column]),
      );
      expect([row.seeds, row.centre, row.low, row.high]).toEqual([5, ...keys.map((key) => same?.[key])]);
    }
  });

  test("interval none gives none, and draws no band", () => {
    const [figure] = drawn("curves", { ...requests.curves, interval: "none" }, studyRuns());
    expect(figure.estimates?.every(({ low, high }) => low === null && high === null)).toBe(true);
    expect(specificationText(figure.specification)).not.toContain('"area"');
  });

  test("differences are those of the analysis, paired by seed", () => {
    const results = studyRuns({ seeds: 5, failed: [1] });
    const [figure] = drawn("differences", { ...requests.differences, interval: "t" }, results);
    const options = { against: { site: "outside" }, at: { testIntensity: 0 }, by: ["site", "trainIntensity"] };
    const table = analysisTable({ name: "differences", options }, results);
    expect(
      figure.estimates?.map(({ trainIntensity, seeds, centre, low, high }) => [
        trainIntensity,
        seeds,
        centre,
        low,
        high,
      ]),
    ).toEqual(
      table.rows.map(({ trainIntensity, seeds, mean, tLow, tHigh }) => [trainIntensity, seeds, mean, tLow, tHigh]),
    );
    expect(figure.estimates?.map(({ seeds }) => seeds)).toEqual([5, 5, 4]);
  });

  test("a metric is read at the intensity of the training, unless at says otherwise", () => {
    const results = studyRuns({ seeds: 1 });
    const dataOf = (options: Options) =>
      drawn("curves", { x: "trainIntensity", where: { site: "inside", trainIntensity: 0.5 }, ...options }, results)[0]
        .data;
    const loss = (at: number) =>
      results.measurements.find(
        ({ run, metric, testIntensity }) =>
          metric === "test-loss" && run.site === "inside" && run.trainIntensity === 0.5 && testIntensity === at,
      )?.value;
    expect(dataOf({})).toEqual([{ trainIntensity: 0.5, seed: 0, value: loss(0.5) }]);
    expect(dataOf({ at: 0 })).toEqual([{ trainIntensity: 0.5, seed: 0, value: loss(0) }]);
    expect(dataOf({ metric: "training-loss" })[0].value).toBeCloseTo(0.4 * Math.exp(-10 / 3.5) + 0.004, 12);
  });

  test("a value that is not finite is null in the data, and leaves its place with one seed less", () => {
    const results = madeResults(
      [0, 1, 2].map((seed) => ({
        condition: { site: "inside" },
        seed,
        measurements: losses({ 0: seed === 1 ? Number.NaN : 1 + seed, 1: 2 + seed }),
      })),
    );
    const [figure] = drawn("curves", {}, results);
    expect(figure.data.map(({ value }) => value)).toEqual([1, null, 3, 2, 3, 4]);
    expect(figure.estimates?.map(({ seeds, centre }) => [seeds, centre])).toEqual([
      [2, 2],
      [3, 3],
    ]);
    expect(figure.warnings.join()).toContain("1 number not finite");
  });
});

describe("axes end where no value can be", () => {
  const results = (metric: "test-loss" | "test-accuracy", values: readonly number[]) =>
    madeResults(
      values.map((value, seed) => ({
        condition: {},
        seed,
        measurements: [0, 1].map((testIntensity) => ({ metric, testIntensity, value: value + 0.01 * testIntensity })),
      })),
    );
  const domainAndRows = (figure: Figure) => {
    const [, domain] =
      /"domain":(\[[^\]]*\]),"zero":false,"nice":true/.exec(specificationText(figure.specification)) ?? [];
    const { values } = (figure.specification as { data: { values: FigureRow[] } }).data;
    return { domain: JSON.parse(domain ?? "[]") as number[], values };
  };

  test("t intervals of a loss from -0.57 on are drawn from 0 on, and the caption says so; the estimates keep their ends", () => {
    const [figure] = drawn("curves", { interval: "t", logY: false }, results("test-loss", [0.1, 0.2, 0.9]));
    const { domain, values } = domainAndRows(figure);
    expect(figure.estimates?.every(({ low }) => Number(low) < -0.5)).toBe(true);
    expect(values.map(({ low }) => low)).toEqual([0, 0]);
    expect(domain[0]).toBe(0);
    expect(figure.caption).toContain("Bands end where no value can be");
  });

  test("those of an accuracy end at 1", () => {
    const [figure] = drawn(
      "curves",
      { metric: "test-accuracy", interval: "t" },
      results("test-accuracy", [0.8, 0.9, 0.98]),
    );
    const { domain, values } = domainAndRows(figure);
    expect(figure.estimates?.every(({ high }) => Number(high) > 1)).toBe(true);
    expect(values.map(({ high }) => high)).toEqual([1, 1]);
    expect(domain[1]).toBe(1);
    expect(domain[0]).toBeGreaterThan(0);
  });

  test("on a logarithmic axis bands stay positive; intervals within what can be are told of with no word", () => {
    const [log] = drawn("curves", { interval: "t", logY: true }, results("test-loss", [0.1, 0.2, 0.9]));
    const { values } = domainAndRows(log);
    expect(values.every(({ low }) => Number(low) > 0)).toBe(true);
    expect(log.caption).toContain("Bands end where the axis does");
    const [whole] = drawn("curves", { interval: "t" }, results("test-loss", [0.5, 0.51, 0.52]));
    expect(whole.caption).not.toContain("Bands end");
  });
});

describe("drawings", () => {
  test("what a figure does not show parts it into drawings: never a mean over conditions", () => {
    const results = studyRuns({ tasks: ["function-approximation", "mnist-rows"], seeds: 2 });
    const figures = drawn("curves", { colour: "trainIntensity" }, results);
    expect(figures.map(({ title }) => title)).toEqual([
      "Test loss against noise intensity at test (Task: function-approximation, Noise inside the activation)",
      "Test loss against noise intensity at test (Task: function-approximation, Noise outside the activation)",
      "Test loss against noise intensity at test (Task: mnist-rows, Noise inside the activation)",
      "Test loss against noise intensity at test (Task: mnist-rows, Noise outside the activation)",
    ]);
    expect(new Set(figures.map(({ name }) => name)).size).toBe(4);
    for (const figure of figures) expect(figure.estimates?.every(({ seeds }) => seeds === 2)).toBe(true);
  });

  test.each(["preference-curves", "accuracy-curves", "preferred-intensity", "preference-ratio"])(
    "%s of two sizes, one drawing each: no two have a title, caption, description or name in common",
    (name) => {
      const results = madeResults(
        [8, 16].flatMap((hiddenSize) =>
          [0, 1, 2].map((seed) => ({
            condition: { hiddenSize },
            seed,
            measurements: [0, 0.5, 1].flatMap((testIntensity) => [
              { metric: "test-loss" as const, testIntensity, value: 1 + Math.abs(testIntensity - 0.5) + 0.01 * seed },
              { metric: "test-accuracy" as const, testIntensity, value: 0.9 - 0.1 * testIntensity },
            ]),
          })),
        ),
      );
      const figures = drawn(name, {}, results);
      expect(figures).toHaveLength(2);
      for (const [index, size] of [8, 16].entries()) {
        const { title, caption, alternative, specification } = figures[index];
        expect(title).toContain(`(Hidden units: ${size})`);
        expect(caption).toContain(`Hidden units: ${size}. `);
        expect(alternative.startsWith(`${title}. `)).toBe(true);
        // A title that is wider than the drawing stands in several lines.
        const { text } = specification.title as { readonly text: string | readonly string[] };
        expect([text].flat().join(" ")).toBe(title);
      }
      expect(new Set(figures.map((figure) => figure.name)).size).toBe(2);
    },
  );

  test("tasks have their titles and losses; a table is called by its file, two tables by no file", () => {
    const spec = (name: string, path?: string) => ({ task: { name, options: { path }, files: {} } });
    const results = studyRuns({ tasks: ["mnist-rows", "table"], seeds: 1 });
    const titles = (...specs: Parameters<typeof taskLabels>[0]) =>
      drawnFigures([{ name: "preference-curves", options: {} }], results, taskLabels(specs)).figures.map(
        ({ title }) => title,
      );
    expect(titles(spec("mnist-rows"), spec("table", "data/trials.csv"))).toEqual([
      "MNIST by rows: loss against noise at test",
      "trials.csv: loss against noise at test",
    ]);
    expect(titles(spec("table", "a.csv"), spec("table", "b.csv"))[1]).toBe("table: loss against noise at test");
  });

  test("a condition without noise has no panel of its own among preferred intensities", async () => {
    const results = madeResults(
      ["inside", null].flatMap((site) =>
        [0, 1, 2].map((seed) => ({
          condition: { site, trainIntensity: site === null ? null : 1 },
          seed,
          measurements: losses(site === null ? { 0: 1 } : { 0: 2, 1: 1 + 0.01 * seed, 2: 3 }),
        })),
      ),
    );
    for (const name of ["preferred-intensity", "preference-ratio"]) {
      const [figure] = drawn(name, {}, results);
      const { values } = (figure.specification as { data: { values: FigureRow[] } }).data;
      expect(new Set(values.map(({ site }) => site)), name).toEqual(new Set(["inside"]));
      expect(figure.queryNote, name).toMatch(/^It gives the loss of every network/);
      const layered = {
        ...results,
        measurements: results.measurements.map((row) => ({ ...row, run: { ...row.run, cell: "feedforward" } })),
      };
      expect(drawn(name, {}, layered)[0].title, name).toContain("feedforward");
      const { svg } = await figureSvg(figure);
      expect(Number(/width="([\d.]+)"/.exec(svg)?.[1]), name).toBeLessThanOrEqual(figureWidth);
    }
  });

  test("a column that follows from a shown one parts nothing", () => {
    const results = madeResults(
      ["inside", "outside"].flatMap((site) =>
        [0, 1].map((seed) => ({
          condition: { site, law: site === "inside" ? "gaussian" : "uniform" },
          seed,
          measurements: losses({ 0: 1, 1: 2 }),
        })),
      ),
    );
    expect(drawn("curves", { colour: "site" }, results)).toHaveLength(1);
    expect(drawn("curves", {}, results)).toHaveLength(2);
  });

  test("more than 12 drawings are refused with the columns that part them; other requests are drawn", () => {
    const results = madeResults(
      Array.from({ length: 13 }, (_, hiddenSize) => ({
        condition: { hiddenSize },
        seed: 0,
        measurements: losses({ 0: 1, 1: 2 }),
      })),
    );
    const { figures, notes } = drawnFigures(
      [
        { name: "curves", options: {} },
        { name: "curves", options: { x: "hiddenSize", at: 0 } },
      ],
      results,
    );
    expect(figures).toHaveLength(1);
    expect(notes).toEqual([
      "Figure curves is not drawn: one drawing is made for each combination of what is not shown, at most 12, got 13 of hiddenSize; show it as colour or panel, or choose values with where.",
    ]);
  });

  test("two requests that draw the same get names of their own", () => {
    const request = { name: "curves", options: requests.curves };
    const { figures } = drawnFigures([request, request], studyRuns({ seeds: 1 }));
    expect(figures.map(({ name }) => name)).toEqual([
      "curves-test-loss-testintensity",
      "curves-test-loss-testintensity-2",
    ]);
  });

  test("where leaves other runs out, and stands in the query", () => {
    const [figure] = drawn(
      "curves",
      { where: { site: "inside", trainIntensity: [0.5, 1] }, colour: "trainIntensity" },
      studyRuns(),
    );
    expect(new Set(figure.data.map((row) => row.trainIntensity))).toEqual(new Set([0.5, 1]));
    expect(figure.query).toContain(`"site" = 'inside' AND "trainIntensity" IN (0.5, 1)`);
  });

  test("title, points, logX and logY change the drawing", () => {
    const results = studyRuns({ seeds: 3 });
    const text = (options: Options) =>
      specificationText(drawn("curves", { colour: "site", x: "trainIntensity", ...options }, results)[0].specification);
    expect(text({ title: "Mine" })).toContain("Mine");
    expect(text({ points: true })).toContain('"field":"seed"');
    expect(text({})).not.toContain('"field":"seed"');
    expect(text({ logX: true })).toContain("(log scale)");
    expect(text({ logX: false, logY: false })).not.toContain("(log scale)");
    expect(text({ logY: true })).toContain("Test loss (log scale)");
  });

  test("words along x give symbols with bars, numbers give lines with bands", () => {
    const text = (x: string, colour: string) =>
      specificationText(drawn("curves", { x, colour }, studyRuns({ seeds: 3 }))[0].specification);
    expect(text("site", "trainIntensity")).toContain("xOffset");
    expect(text("site", "trainIntensity")).not.toContain('"area"');
    expect(text("trainIntensity", "site")).toContain('"area"');
  });

  test("each cell of a grid holds its number; a grid's log option turns its colours into factors", () => {
    const [figure] = drawn("grid", requests.grid, studyRuns());
    const { values } = (figure.specification as { data: { values: FigureRow[] } }).data;
    expect(values).toHaveLength(6);
    expect(values[0].text).toBe("3.91e-4");
    const [linear] = drawn("grid", { ...requests.grid, log: false }, studyRuns());
    expect(specificationText(figure.specification)).toContain('"type":"log"');
    expect(specificationText(linear.specification)).not.toContain('"type":"log"');
  });
});

describe("warnings stand on the figure", () => {
  const warningsOf = (options: Parameters<typeof studyRuns>[0], name = "curves") => {
    const [figure] = drawn(name, requests[name] ?? {}, studyRuns(options));
    const text = specificationText(figure.specification);
    for (const warning of figure.warnings) {
      // A title's lines are wrapped.
      expect(text).toContain(`Warning: ${warning.slice(0, 40)}`);
    }
    return figure.warnings.join("\n");
  };

  test("of 4 seeds, not of 5", () => {
    expect(warningsOf({ seeds: 4 })).toContain("only 4 seeds per condition");
    expect(warningsOf({ seeds: 5 })).not.toContain("seeds per condition");
  });

  test.each(["curves", "differences", "grid", "preferred-intensity", "training-curves"])(
    "of failed runs on %s: how many, which condition, why",
    (name) => {
      expect(warningsOf({ failed: [1, 3] }, name)).toMatch(
        /2 of 30 runs failed and are left out: diverged: training loss at .*training intensity 1.*\(2 runs\)/,
      );
    },
  );

  test("of missing runs and of runs by other software", () => {
    const all = warningsOf({ open: 4, firstVersion: "0.0.9" });
    expect(all).toContain("the study is not finished: 4 of 34 runs are missing.");
    expect(all).toContain("6 runs by 0.0.9 on wasm (baseline) and 24 runs by 0.0.0 on wasm (baseline)");
    const sameVersion = studyRuns({});
    const runs = sameVersion.runs.map((run) => ({
      ...run,
      fingerprint: run.seed === 0 ? "0123456789" : run.fingerprint,
    }));
    const [figure] = drawn("curves", requests.curves, { ...sameVersion, runs });
    expect(figure.warnings.join()).toContain(
      "6 runs by 0.0.0 (01234567) on wasm (baseline) and 24 runs by 0.0.0 (made)",
    );
    expect(warningsOf({})).not.toMatch(/not finished|different software/);
  });

  test("of overlapping intervals, by the pairs that overlap", () => {
    const results = (gap: number) =>
      madeResults(
        ["a", "b"].flatMap((law, index) =>
          [0, 1, 2, 3, 4].map((seed) => ({
            condition: { law },
            seed,
            measurements: losses({ 0: 1 + 0.01 * seed + gap * index, 1: 2 + 0.01 * seed + index }),
          })),
        ),
      );
    const warnings = (gap: number) => drawn("curves", { colour: "law" }, results(gap))[0].warnings.join();
    expect(warnings(0.001)).toContain("intervals overlap for noise law a and b (at 1 of 2 places)");
    expect(warnings(1)).not.toContain("overlap");
  });

  test("of differences whose interval holds 0, by place", () => {
    const [figure] = drawn("differences", { ...requests.differences, points: false }, studyRuns());
    // At an intensity of 0.1 both sites have the same made-up loss without noise.
    expect(figure.warnings.join()).toContain(
      "the interval holds 0, so that the difference is open, at site inside, training intensity 0.1.",
    );
  });
});

describe("requests", () => {
  test("the 7 figures of docs/report.md break no rule", () => {
    const page = readFileSync(join(root, "docs", "report.md"), "utf8");
    const [, text] = /```yaml\n(figures:\n[\s\S]*?)```/.exec(page) ?? [];
    const { figures } = parse(text) as { figures: readonly (string | ({ name: string } & Options))[] };
    expect(figures).toHaveLength(7);
    for (const request of figures) {
      const { name, ...options } = typeof request === "string" ? { name: request } : request;
      expect(issuesOf(name, options), name).toEqual([]);
      expect(drawn(name, options, studyRuns({ seeds: 2 })).length, name).toBeGreaterThan(0);
    }
  });

  test.each<[string, Options, string]>([
    ["curve", {}, 'figures[0].name: no figure is named "curve"; did you mean "curves"?'],
    ["curves", { metric: "test-los" }, "figures[0].metric: must be"],
    ["curves", { colour: "sit" }, 'figures[0].colour: no column is named "sit"; did you mean "site"?'],
    ["curves", { colur: "site" }, 'figures[0].colur: no key is named "colur"; did you mean "colour"?'],
    [
      "curves",
      { x: "update" },
      "figures[0].x: must be a column of test-loss, got update; test-loss is measured at testIntensity",
    ],
    [
      "curves",
      { colour: "site", panel: "site" },
      "figures[0].panel: must be another column than colour, got site twice",
    ],
    ["curves", { at: 0 }, ""],
    ["curves", { x: "testIntensity", at: 0 }, "figures[0].at: must be left out where testIntensity is shown"],
    ["curves", { x: "site", at: "last" }, "figures[0].at: must be a number or trained for testIntensity, got last"],
    [
      "curves",
      { centre: "median", interval: "t" },
      "figures[0].interval: must be bootstrap or none for a median, got t",
    ],
    ["curves", { where: { sit: 1 } }, 'figures[0].where: no column is named "sit"'],
    ["differences", { against: { site: "outside" } }, "figures[0].x: must be"],
    [
      "differences",
      { against: {}, x: "site" },
      "figures[0].against: must be one column with its value of reference, got none",
    ],
    ["grid", { x: "site", y: "site" }, "figures[0].y: must be another column than x, got site twice"],
    ["preference-curves", { where: { site: "inside" } }, ""],
  ])("%s %j is answered: %s", (name, options, message) => {
    const text = issuesOf(name, options)
      .map(({ path, rule, remedy }) => `${path}: ${rule}; ${remedy}`)
      .join("\n");
    if (message === "") expect(text).toBe("");
    else expect(text).toContain(message);
  });
});
