import { describe, expect, test } from "vitest";
import { extendedDocument } from "../../src/study/study-file/merge.ts";
import { overridden } from "../../src/study/study-file/overrides.ts";
import { conditions, issuesOf, planned, studyContent } from "../helpers/study-files.ts";

const changed = (content: Readonly<Record<string, unknown>>, ...texts: string[]) => {
  const issues: unknown[] = [];
  const document = overridden(studyContent(content), texts, issues as never);
  expect(issues).toEqual([]);
  return document;
};

describe("overrides", () => {
  test("a value goes into the base, and a choice adds an axis", async () => {
    const document = changed({}, "training.updates=7", "noise.intensity=choice(0.1, 0.2)", "seeds=2");
    expect(document.training).toEqual({ updates: 7 });
    expect((await planned(document)).runs.map(({ spec }) => [spec.network.noise[0].intensity, spec.seed])).toEqual([
      [0.1, 0],
      [0.1, 1],
      [0.2, 0],
      [0.2, 1],
    ]);
  });

  test("range, logspace, text, null, lists and mappings are read as YAML has them", () => {
    expect(changed({}, "hiddenSize=range(2,4,1)").axes).toEqual({ hiddenSize: { range: [2, 4, 1] } });
    expect(changed({}, "settings.alpha=logspace(0.1,1,2)").axes).toEqual({
      "settings.alpha": { logspace: [0.1, 1, 2] },
    });
    expect(changed({}, "cell=gru").network).toMatchObject({ cell: "gru" });
    expect(changed({}, "training.clipNorm=null").training).toEqual({ updates: 1, clipNorm: null });
    expect(changed({}, "noise=[]").network).toEqual({ hiddenSize: 4, noise: [] });
    expect(changed({}, "training.schedule={ name: cosine }").training).toMatchObject({ schedule: { name: "cosine" } });
  });

  test.each([
    ["network.noise.0.intensity", "3", { "noise.intensity": { choice: [3] } }],
    ["noise.intensity", "choice(3,4)", { "noise.intensity": { choice: [3, 4] } }],
    ["noise.intensity", "range(1,2,1)", { "noise.intensity": { range: [1, 2, 1] } }],
  ])("an axis of the path has its values replaced: %s=%s", (path, value, axes) => {
    expect(changed({ axes: { "noise.intensity": [0.1, 0.2] } }, `${path}=${value}`).axes).toEqual(axes);
  });

  test("axes are found in products, unions, zips and below values", async () => {
    const axes = {
      product: [{ union: [{ cell: ["gru"] }, { cell: [{ value: "ctrnn", axes: { hiddenSize: [2, 3] } }] }] }],
      zip: { "training.updates": [5, 6] },
    };
    const found = await conditions(changed({ axes }, "hiddenSize=9", "training.updates=choice(7,8,9)"));
    expect(found).toEqual(
      ["gru, hiddenSize null", "ctrnn, hiddenSize 9"].flatMap((cell) =>
        [7, 8, 9].map((updates) => `cell ${cell}, trainingUpdates ${updates}`),
      ),
    );
  });

  test("a value reaches every run, also where a value of an axis sets the path", async () => {
    const axes = { cell: [{ value: "gru", set: { hiddenSize: 7 } }, "ctrnn"] };
    const { runs } = await planned(changed({ axes }, "hiddenSize=5"));
    expect(runs.map(({ spec }) => spec.network.hiddenSize)).toEqual([5, 5]);
  });

  test("a value reaches every run, also where an axis replaces what it lies in", async () => {
    const axes = { task: ["function-approximation"] };
    const { runs } = await planned(changed({ axes }, "task.stepCount=9"));
    expect(runs.map(({ spec }) => spec.task.options.stepCount)).toEqual([9]);
  });

  test("values that the axis has keep what goes with them", async () => {
    const gru = { value: "gru", set: { hiddenSize: 7 } };
    const document = changed({ axes: { cell: [gru, "ctrnn", "rate"] } }, "cell=choice(gru,elman)");
    expect(document.axes).toEqual({ cell: { choice: [gru, "elman"] } });
  });

  test("a value reaches every run, also where a zip pairs the path: it leaves the zip, the others stay paired", async () => {
    const zip = { hiddenSize: [2, 3], "training.updates": [5, 6], "settings.alpha": { range: [0.1, 0.2, 0.1] } };
    const document = changed({ axes: { zip } }, "settings.alpha=0.5", "hiddenSize=9");
    expect(await conditions(document)).toEqual([
      "trainingUpdates 5, hiddenSize 9, alpha 0.5",
      "trainingUpdates 6, hiddenSize 9, alpha 0.5",
    ]);
    expect(changed({ axes: { zip: { hiddenSize: [2, 3] } } }, "hiddenSize=9").axes).toEqual({
      hiddenSize: { choice: [9] },
    });
  });

  test("the name of a column is its path: of an axis of the study, or of all results", async () => {
    const axes = { "training.learningRate": { choice: [0.1, 0.2], as: "rate" } };
    const { runs } = await planned(changed({ axes }, "rate=0.3", "law=choice(gaussian,uniform)", "trainIntensity=0.7"));
    expect(
      runs.map(({ spec, condition }) => [condition.rate, spec.training.learningRate, spec.network.noise[0]]),
    ).toMatchObject(["gaussian", "uniform"].map((law) => [0.3, 0.3, { law, intensity: 0.7 }]));
  });

  test.each([
    ["hiddenSize=choice(8,", "choice( must be closed, got choice(8,", "end it with a bracket: choice(8)"],
    [
      "noise.intensity=[0.1,0.2]",
      "must be one value, got the list [0.1,0.2]",
      "for several runs write choice(0.1,0.2)",
    ],
    ["training.updates=[5]", "must be one value, got the list [5]", "for several runs write choice(5)"],
  ])("%s: %s", (text, rule, remedy) => {
    const issues: unknown[] = [];
    overridden(studyContent({}), [text], issues as never);
    expect(issues).toEqual([{ path: text.split("=")[0], rule, remedy }]);
  });

  test("lists are values where a path takes one", () => {
    expect(changed({}, "evaluation.intensities=[0, 0.5]").evaluation).toEqual({ intensities: [0, 0.5] });
  });

  test.each([
    ["an axis that never applies", { site: "outside" }, "inside", ["site inside"]],
    ["one of a list", { site: ["inside", "update"] }, "inside", ["site inside, rate 0.1", "site inside, rate 0.2"]],
    ["what always holds", { site: { not: "outside" } }, "inside", ["site inside, rate 0.1", "site inside, rate 0.2"]],
  ])("a condition on a value that is gone is settled: %s", async (_what, when, site, found) => {
    const rate = { choice: [0.1, 0.2], as: "rate", when };
    const axes = { "noise.site": ["inside", "outside", "update"], "training.learningRate": rate };
    expect(await conditions(changed({ axes }, `noise.site=${site}`))).toEqual(found);
    const child = extendedDocument(studyContent({ axes }), { axes: { "noise.site": [site] } });
    expect(await conditions(child)).toEqual(found);
  });

  test("a condition on an axis that is gone is settled with it, and one that was wrong before is still reported", async () => {
    const axes = {
      cell: ["gru", "ctrnn"],
      "settings.alpha": { choice: [0.1], when: { cell: "ctrnn" } },
      product: [{ when: { alpha: { from: 0 } }, "training.learningRate": [0.1, 0.2] }],
    };
    expect(await conditions(changed({ axes }, "cell=gru"))).toEqual(["cell gru"]);
    const wrong = { ...axes, hiddenSize: { choice: [3], when: { cell: "gruu" } } };
    expect(await issuesOf(planned(changed({ axes: wrong }, "cell=gru")))).toEqual([
      'axes.hiddenSize.when.cell: no value of network.cell is "gruu"',
    ]);
  });

  test("expectations of values that are gone are dropped, others stay", () => {
    const row = (trainIntensity: number) => ({ analysis: "preference", where: { trainIntensity }, column: "verdict" });
    const content = { axes: { "noise.intensity": [0.1, 0.2] }, expected: [row(0.1), row(0.2), row(0.3)] };
    expect(changed(content, "noise.intensity=0.1").expected).toEqual([row(0.1), row(0.3)]);
  });
});

describe("extends", () => {
  test("mappings merge, anything else replaces", () => {
    const base = { network: { cell: "gru", settings: { a: 1, b: 2 } }, figures: ["x", "y"], seeds: 5, evaluation: {} };
    const own = { network: { settings: { b: 3 } }, figures: ["z"], evaluation: null };
    expect(extendedDocument(base, own)).toEqual({
      network: { cell: "gru", settings: { a: 1, b: 3 } },
      figures: ["z"],
      seeds: 5,
      evaluation: null,
    });
  });

  test("a task keeps its options unless another is named", () => {
    const base = { task: { name: "table", path: "a.csv" }, training: { optimiser: { name: "adam", beta1: 0.8 } } };
    expect(extendedDocument(base, { task: { path: "b.csv" } }).task).toEqual({ name: "table", path: "b.csv" });
    expect(extendedDocument(base, { task: { name: "ecg5000" } }).task).toEqual({ name: "ecg5000" });
    expect(extendedDocument({ task: "table" }, { task: { path: "b" } }).task).toEqual({ name: "table", path: "b" });
    expect(extendedDocument(base, { training: { optimiser: { name: "sgd" } } }).training).toEqual({
      optimiser: { name: "sgd" },
    });
  });

  test("axes of the same path replace each other in the place of the first, however they are written", () => {
    const base = { axes: { "noise.intensity": { range: [0, 1, 0.5], as: "strength" }, hiddenSize: [2] } };
    const own = { axes: { cell: ["gru"], "network.noise.0.intensity": [3] } };
    expect(Object.entries(extendedDocument(base, own).axes as object)).toEqual([
      ["network.noise.0.intensity", [3]],
      ["hiddenSize", [2]],
      ["cell", ["gru"]],
    ]);
  });
});
