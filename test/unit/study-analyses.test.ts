/** Tables of a study: groups, seeds, intervals, warnings. */
import { describe, expect, test } from "vitest";
import { preference } from "../../src/analysis/preference.ts";
import { SpecError } from "../../src/core/errors.ts";
import { holmAdjusted } from "../../src/study/analyses/pairs.ts";
import { analysisIssues, analysisTable, requestMetrics } from "../../src/study/analyses/request.ts";
import { unknownValueIssues } from "../../src/study/analyses/unknown-values.ts";
import { groupingColumns } from "../../src/study/results/columns.ts";
import { studyOf } from "../../src/study/study-file/document.ts";
import { losses, type MadeRun, madeResults } from "../helpers/study-results.ts";

/** Loss 10 a + seed + b: a is the site (inside 1, outside 2), b the trained intensity. */
const grid: readonly MadeRun[] = ["inside", "outside"].flatMap((site, a) =>
  [0.1, 0.5].flatMap((trainIntensity) =>
    [0, 1, 2, 3, 4].map((seed) => ({
      condition: { site, trainIntensity },
      seed,
      row: { testSite: site },
      measurements: losses({ 0: 10 * (a + 1) + seed + trainIntensity, [trainIntensity]: 1 }),
    })),
  ),
);
const table = (name: string, options: Record<string, unknown>, runs: readonly MadeRun[] = grid) =>
  analysisTable({ name, options }, madeResults(runs));

describe("curves", () => {
  test("one row per group, metric and test intensity, ascending; 5 seeds have mean, sd and Student's interval", () => {
    const { rows, labels } = table("curves", { by: ["site", "trainIntensity"] });
    expect(labels).toEqual(["site", "trainIntensity", "metric", "testIntensity"]);
    expect(rows.map(({ site, testIntensity, seeds }) => [site, testIntensity, seeds])).toEqual([
      ["inside", 0, 5],
      ["inside", 0.1, 5],
      ["inside", 0, 5],
      ["inside", 0.5, 5],
      ["outside", 0, 5],
      ["outside", 0.1, 5],
      ["outside", 0, 5],
      ["outside", 0.5, 5],
    ]);
    // 10.1, ..., 14.1: mean 12.1, sd sqrt(2.5); t(4) at 95 % is 2.7764451, so the half-width is 1.9633
    expect(rows[0].mean).toBeCloseTo(12.1, 12);
    expect(rows[0].sd).toBeCloseTo(Math.sqrt(2.5), 12);
    expect(rows[0].tLow).toBeCloseTo(12.1 - 1.9632432, 6);
    expect(rows[0].median).toBeCloseTo(12.1, 12);
  });

  test("a seed counts once where 2 conditions are averaged: 5 seeds, not 10", () => {
    const { rows, notes } = table("curves", { by: ["site"], where: { trainIntensity: [0.1, 0.5] } });
    const [first] = rows;
    expect(first.seeds).toBe(5);
    expect(first.mean).toBeCloseTo(12.3, 12);
    // the sd over seeds is that of 0..4; over all 10 numbers it would be 1.50
    expect(first.sd).toBeCloseTo(Math.sqrt(2.5), 12);
    expect(notes.join(" ")).toContain("1 to 2 conditions (training intensity)");
  });

  test("a curve whose points average other conditions is warned of", () => {
    expect(table("curves", { by: ["site"] }).warnings.join(" ")).toContain("2 curves average over other conditions");
    expect(table("curves", {}).warnings).toEqual([]);
  });

  test("confidence, resamples and resamplingSeed change the intervals they speak of", () => {
    const runs = Array.from(
      { length: 9 },
      (_, seed): MadeRun => ({
        condition: { site: "inside" },
        seed,
        measurements: losses({ 0: 2 + Math.sin(7 * seed) }),
      }),
    );
    const first = (options: Record<string, unknown>) => table("curves", options, runs).rows[0];
    const usual = first({});
    const narrow = first({ confidence: 0.5 });
    expect(Number(narrow.tHigh) - Number(narrow.tLow)).toBeLessThan(Number(usual.tHigh) - Number(usual.tLow));
    expect(first({ resamples: 101 }).bootstrapLow).not.toBe(usual.bootstrapLow);
    expect(first({ resamplingSeed: 1 }).bootstrapLow).not.toBe(usual.bootstrapLow);
    expect(first({})).toEqual(usual);
  });

  test("a training curve is a function of the update", () => {
    const runs = [0, 1].map(
      (seed): MadeRun => ({
        condition: { cell: "gru" },
        seed,
        measurements: [
          { metric: "training-loss", update: 20, value: 1 + seed },
          { metric: "training-loss", update: 3, value: 5 + seed },
        ],
      }),
    );
    const { rows, labels } = table("curves", { metric: "training-loss" }, runs);
    expect(labels).toEqual(["cell", "metric", "update"]);
    expect(rows.map(({ update, mean, seeds }) => [update, mean, seeds])).toEqual([
      [3, 5.5, 2],
      [20, 1.5, 2],
    ]);
  });
});

describe("warnings", () => {
  const flawed = (change: (run: MadeRun) => MadeRun | undefined) =>
    grid.flatMap((run) => {
      const changed = change(run);
      return changed === undefined ? [] : [changed];
    });

  test("3 seeds are few, and rows of 3 and 5 seeds are said to differ", () => {
    const runs = flawed((run) => (run.condition.site === "inside" && run.seed > 2 ? undefined : run));
    const { warnings, rows } = table("summary", { at: { testIntensity: 0 } }, runs);
    expect(rows.map(({ seeds }) => seeds)).toEqual([3, 3, 5, 5]);
    expect(warnings.join(" ")).toMatch(/only 3 to 5 seeds.*rows differ in their number of seeds: 3 to 5 seeds/);
  });

  test("1 value that is not finite takes its seed out of its row and is counted", () => {
    const runs = flawed((run) =>
      run.condition.site === "inside" && run.condition.trainIntensity === 0.1 && run.seed === 4
        ? { ...run, measurements: losses({ 0: Number.NaN, 0.1: 1 }) }
        : run,
    );
    const { warnings, rows } = table("summary", { at: { testIntensity: 0 } }, runs);
    expect(rows[0]).toMatchObject({ seeds: 4, mean: 11.6 });
    expect(warnings.join(" ")).toContain("1 value is not finite");
  });

  test("a seed that lacks one of a row's 2 conditions does not count", () => {
    const runs = flawed((run) => (run.condition.trainIntensity === 0.5 && run.seed === 0 ? undefined : run));
    const { warnings, rows } = table("summary", { by: ["site"], at: { testIntensity: 0 } }, runs);
    expect(rows[0].seeds).toBe(4);
    expect(rows[0].mean).toBeCloseTo(10 + 2.5 + 0.3, 12);
    expect(warnings.join(" ")).toContain("in 2 of 2 rows, seeds that lack one of the row's conditions");
  });

  const diverged = (run: MadeRun): MadeRun => ({ ...run, row: { outcome: "diverged" }, measurements: [] });

  test("failed runs are counted by cause, open ones too", () => {
    const runs = flawed((run) =>
      run.seed === 4 ? { ...run, row: { outcome: "diverged", cause: "diverged: loss" }, measurements: [] } : run,
    );
    const { warnings } = analysisTable({ name: "curves", options: {} }, madeResults(runs, ["x", "y"]));
    expect(warnings).toContain("2 of 22 runs of the study are not complete.");
    expect(warnings).toContain("4 of 20 runs failed (4 diverged: loss) and are left out.");
    const one = analysisTable({ name: "curves", options: {} }, madeResults([diverged(runs[0])]));
    expect(one.warnings).toContain("1 of 1 run failed (1 diverged) and is left out.");
  });

  test("a condition whose 5 runs all failed keeps its rows with 0 seeds, in its place, and is named", () => {
    const lost = ({ condition }: MadeRun) => condition.site === "inside" && condition.trainIntensity === 0.5;
    const runs = flawed((run) => (lost(run) ? diverged(run) : run));
    const { rows, warnings } = table("summary", {}, runs);
    expect(rows.map(({ site, testIntensity, seeds }) => [site, testIntensity, seeds])).toEqual([
      ["inside", 0, 5],
      ["inside", 0.1, 5],
      ["inside", 0, 0],
      ["inside", 0.5, 0],
      ["outside", 0, 5],
      ["outside", 0.1, 5],
      ["outside", 0, 5],
      ["outside", 0.5, 5],
    ]);
    expect(rows[2]).toMatchObject({ mean: null, tLow: null, median: null });
    expect(warnings).toEqual([
      "5 of 20 runs failed (5 diverged) and are left out.",
      "no run came to its end of: site inside, training intensity 0.5.",
    ]);
    expect(table("curves", {}, runs).warnings.join(" ")).toContain("of: site inside, training intensity 0.5.");
    expect(table("differences", { against: { site: "outside" } }, runs).rows[2]).toMatchObject({ seeds: 0, p: null });
  });

  test("where all 20 runs failed, every condition has its rows and no count of seeds is complained of", () => {
    const { rows, warnings } = table("summary", { at: { testIntensity: 0 } }, flawed(diverged));
    expect(rows.map(({ seeds }) => seeds)).toEqual([0, 0, 0, 0]);
    expect(warnings.join(" ")).toContain("training intensity 0.1; site outside, training intensity 0.5.");
    expect(warnings.join(" ")).not.toContain("only");
  });

  test("of 8 conditions without any run 5 are named and 3 counted", () => {
    const runs = Array.from({ length: 8 }, (_, depth) =>
      diverged({ condition: { learningRate: depth }, seed: 0, measurements: [] }),
    );
    expect(table("summary", {}, runs).warnings[1]).toBe(
      "no run came to its end of: learning rate 0; learning rate 1; learning rate 2; learning rate 3; learning rate 4; 3 other conditions.",
    );
  });

  test("a metric or a point that nobody measured is named, with what there is", () => {
    expect(table("curves", { metric: "test-accuracy" }).warnings).toContain("no run that fits measured test-accuracy.");
    expect(table("summary", { at: { testIntensity: 0.3 } }).warnings).toContain(
      "test-loss was not measured at test intensity 0.3; there are 0, 0.1 and 0.5.",
    );
  });
});

describe("summary", () => {
  test("reads 0 and each run's training intensity unless told otherwise", () => {
    const { rows } = table("summary", {});
    expect(rows.slice(0, 2).map(({ testIntensity, mean }) => [testIntensity, mean])).toEqual([
      [0, 12.1],
      [0.1, 1],
    ]);
    expect(rows).toHaveLength(8);
  });

  test("the last update is each run's own", () => {
    const runs = [20, 30].map(
      (update, seed): MadeRun => ({
        condition: { cell: "gru" },
        seed,
        measurements: [
          { metric: "training-loss", update: 10, value: 9 },
          { metric: "training-loss", update, value: seed },
        ],
      }),
    );
    const { rows } = table("summary", { metric: "training-loss" }, runs);
    expect(rows).toMatchObject([{ update: null, seeds: 2, mean: 0.5 }]);
    expect(table("summary", { metric: "training-loss", at: { update: 10 } }, runs).rows).toMatchObject([
      { update: 10, seeds: 2, mean: 9 },
    ]);
  });

  test("against a reference, rows carry the paired difference over common seeds", () => {
    const runs = grid.filter(({ condition, seed }) => condition.site === "inside" || seed > 0);
    const { rows, warnings } = table("summary", { at: { testIntensity: 0 }, against: { site: "outside" } }, runs);
    // every seed differs by -10 to rounding, though the spread between seeds is 1.6
    expect(rows[0]).toMatchObject({ site: "inside", seeds: 5, pairs: 4 });
    expect(rows[0].difference).toBeCloseTo(-10, 12);
    expect(rows[0].differenceHigh).toBeCloseTo(-10, 12);
    expect(rows[2]).toMatchObject({ site: "outside", pairs: null, difference: null, differenceP: null });
    expect(warnings.join(" ")).toContain("2 values have no partner of the same seed");
  });
});

describe("differences", () => {
  test("one row per other value, with interval, p and p for all rows together", () => {
    const runs = grid.map((run) =>
      run.condition.site === "inside" ? { ...run, measurements: losses({ 0: 20 + run.seed * 1.5 }) } : run,
    );
    const { rows, notes } = table("differences", { against: { site: "outside" }, at: { testIntensity: 0 } }, runs);
    expect(rows).toHaveLength(2);
    // differences 0, 0.5, ..., 2 less the trained intensity 0.1: mean 0.9, sd sqrt(0.625)
    expect(rows[0]).toMatchObject({ site: "inside", trainIntensity: 0.1, reference: "outside", seeds: 5 });
    expect(rows[0].mean).toBeCloseTo(0.9, 12);
    expect(rows[0].sd).toBeCloseTo(Math.sqrt(0.625), 12);
    expect(Number(rows[0].pHolm)).toBeCloseTo(2 * Number(rows[0].p), 12);
    expect(notes[0]).toBe("Value minus that with site outside, over common seeds.");
  });

  test("1 common seed gives a difference and no interval", () => {
    const runs = grid.filter(({ condition, seed }) => condition.site === "inside" || seed === 0);
    const { rows, warnings } = table("differences", { against: { site: "outside" }, at: { testIntensity: 0 } }, runs);
    expect(rows[0]).toMatchObject({ seeds: 1, tLow: null, bootstrapLow: null, p: null });
    expect(rows[0].mean).toBeCloseTo(-10, 12);
    expect(warnings.join(" ")).toContain("2 of 2 differences have fewer than 2 common seeds");
  });

  test("Holm's p of 0.01, 0.04, 0.03 are 0.03, 0.06, 0.06", () => {
    const adjusted = holmAdjusted([0.01, 0.04, null, 0.03]);
    expect(adjusted.map((p) => p && Number(p.toFixed(12)))).toEqual([0.03, 0.06, null, 0.06]);
  });
});

describe("preference", () => {
  const curve = (seed: number, at: number) =>
    Object.fromEntries([0, 0.25, 0.5, 0.75, 1].map((s) => [s, 1 + (s - at) ** 2 + 0.001 * seed * s]));
  const runs = [0, 1, 2].map(
    (seed): MadeRun => ({
      condition: { trainIntensity: 0.5 },
      seed,
      measurements: losses(curve(seed, 0.5)),
    }),
  );

  test("has the numbers of the analysis by the same name, to the bit", () => {
    const { rows } = table("preference", { band: 0.3, resamples: 500 }, runs);
    const direct = preference(
      runs.flatMap(({ seed }) =>
        Object.entries(curve(seed, 0.5)).map(([at, loss]) => ({ seed, testIntensity: Number(at), loss })),
      ),
      { trainIntensity: 0.5, band: 0.3, resamples: 500 },
    );
    const { perSeed: _networks, ...numbers } = direct;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject(numbers);
    expect(rows[0]).toMatchObject({ seeds: 3, verdict: "prefers its training noise" });
  });

  test("3 networks are said to be few, and labels stand in the order of the axes, before what is no axis", () => {
    const { warnings, labels } = table("preference", {}, runs);
    expect(warnings).toEqual(["only 3 seeds per condition: the spread between networks is poorly known."]);
    expect(labels.slice(0, 3)).toEqual(["trainIntensity", "task", "cell"]);
  });

  test("conditions without a preference are told apart by the axis in which they differ", () => {
    const other = [0.1, 0.2].map(
      (learningRate): MadeRun => ({
        condition: { learningRate },
        seed: 0,
        row: { testSite: null },
        measurements: losses({ 0: 1 }),
      }),
    );
    const { warnings } = table("preference", {}, other);
    expect(warnings.filter((text) => text.endsWith("the networks were not tested against noise."))).toEqual([
      "learning rate 0.1: the networks were not tested against noise.",
      "learning rate 0.2: the networks were not tested against noise.",
    ]);
  });

  test("a condition whose networks all failed keeps its row, undecided", () => {
    const failed = runs.map((run) => ({ ...run, row: { outcome: "diverged" }, measurements: [] }));
    expect(table("preference", {}, failed).rows).toMatchObject([
      { trainIntensity: 0.5, seeds: 0, preferredIntensity: null, verdict: "undecided" },
    ]);
  });

  test("another source at test than in training is refused in words", () => {
    const other = runs.map((run) => ({ ...run, row: { testSite: "outside" } }));
    const { rows, warnings } = table("preference", {}, other);
    expect(rows[0].preferredIntensity).toBeNull();
    expect(warnings.join(" ")).toContain(
      "the noise that is varied at test enters outside, that of the first source inside",
    );
  });
});

describe("values that no run has", () => {
  const axes = [
    { name: "site", values: ["inside", "outside"] },
    { name: "trainIntensity", values: [0.1, 0.5, 0.7] },
  ];
  const found = (options: Record<string, unknown>, open: readonly string[] = []) =>
    unknownValueIssues({ name: "summary", options }, madeResults(grid, open), axes).map(
      ({ path, rule, remedy }) => `${path}: ${rule}; ${remedy}`,
    );

  test("what runs have, what the study plans and what differs by rounding is known", () => {
    expect(found({ where: { trainIntensity: [0.7, 0.1 + 1e-17], law: "gaussian" } })).toEqual([]);
    expect(found({ at: { testIntensity: [0, "trained", 0.5] }, against: { site: "outside" } })).toEqual([]);
  });

  test("others are answered with the nearest", () => {
    expect(found({ where: { site: "outsid" } })).toEqual([
      'where: no run has site outsid; did you mean "outside"? there are inside and outside',
    ]);
    expect(found({ at: { testIntensity: 0.33 } })).toEqual([
      "at: no run has testIntensity 0.33; there are 0, 0.1 and 0.5",
    ]);
  });

  test("while 1 run is open, only values of axes are judged: it may bring others", () => {
    expect(found({ where: { law: "gausian" }, at: { testIntensity: 0.33 } }, ["x"])).toEqual([]);
    expect(found({ where: { trainIntensity: 3 } }, ["x"])).toEqual([
      "where: no run has trainIntensity 3; there are 0.1, 0.5 and 0.7",
    ]);
  });
});

describe("requests", () => {
  const surroundings = { columns: groupingColumns([{ name: "depth" }]) };
  const issues = (name: string, options: Record<string, unknown>) =>
    analysisIssues({ name, options }, "analyses[1]", surroundings).map(
      ({ path, rule, remedy }) => `${path}: ${rule}; ${remedy}`,
    );

  test("a sound request has 0 issues, and its metrics are those it names", () => {
    expect(issues("summary", { by: ["depth", "site"], against: { depth: 2 } })).toEqual([]);
    expect(requestMetrics({ name: "curves", options: { metric: ["test-accuracy", "training-loss"] } })).toEqual([
      "test-accuracy",
      "training-loss",
    ]);
  });

  test.each([
    ["summry", {}, /analyses\[1\]\.name: no study analysis is named "summry"; did you mean "summary"/],
    [
      "curves",
      { metric: "test-los" },
      /analyses\[1\]\.metric: no metric is named "test-los"; did you mean "test-loss"/,
    ],
    ["curves", { by: ["sit"] }, /analyses\[1\]\.by: no column is named "sit"; did you mean "site"/],
    ["curves", { by: ["site", "site"] }, /by: names must stand once, got site twice/],
    ["curves", { confidence: 95 }, /analyses\[1\]\.confidence: must be .*got 95/],
    ["curves", { resample: 10 }, /analyses\[1\]\.resample: no key is named "resample"; did you mean "resamples"/],
    ["summary", { at: { testIntensity: "train" } }, /analyses\[1\]\.at\.testIntensity: .*got "train"/],
    ["differences", {}, /analyses\[1\]\.against: must be .*got nothing; one column/],
    ["differences", { against: { site: "inside", cell: "gru" } }, /against: must be one column.*got site, cell/],
    ["summary", { against: { site: "outside" }, by: ["cell"] }, /against: must be one of the columns.*add site to by/],
    ["preference", { where: { sote: "inside" } }, /analyses\[1\]\.where: no column is named "sote"/],
  ])("%s %j is answered with place, rule and remedy", (name, options, message) => {
    expect(issues(name, options).join("\n")).toMatch(message);
    expect(() => analysisTable({ name, options }, madeResults(grid))).toThrow();
  });

  test.each([
    ["Seeds", "Seeds is a column of all results"],
    ["tLow", "tLow is a column of all results"],
    ["verdict", "verdict is a column of all results"],
    ["Site", "Site is a column of all results"],
  ])("an axis may not be called %s, whatever its capitals", (name, rule) => {
    const axes = { "training.learningRate": { choice: [0.1], as: name } };
    expect(() => studyOf({ task: "function-approximation", axes }, "study.yaml")).toThrow(rule);
  });

  test("two axes must differ in more than capitals", () => {
    const axes = {
      "training.learningRate": { choice: [0.1], as: "Rate" },
      "training.clipNorm": { choice: [1], as: "rate" },
    };
    expect(() => studyOf({ task: "function-approximation", axes }, "study.yaml")).toThrow("got Rate and rate");
  });

  test("a study file with a wrong analysis is refused when it is read, with place and guess", () => {
    const analyses = [
      { name: "curves", by: ["site"] },
      { name: "curves", by: ["depht"] },
    ];
    const axes = { "training.learningRate": { choice: [0.1], as: "depth" } };
    const read = () => studyOf({ task: "function-approximation", axes, analyses }, "study.yaml");
    expect(read).toThrow(/analyses\[1\]\.by: no column is named "depht"; did you mean "depth"/);
  });

  test("a broken request is a SpecError, not a table", () => {
    expect(() => table("curves", { by: ["nothing"] })).toThrow(SpecError);
  });
});
