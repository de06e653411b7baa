import { describe, expect, test } from "vitest";
import { CapabilityError } from "../../src/core/errors.ts";
import { runId } from "../../src/study/spec.ts";
import { axesText } from "../../src/study/study-file/axes-text.ts";
import { studyOf } from "../../src/study/study-file/document.ts";
import { fullPath, withValueAt } from "../../src/study/study-file/paths.ts";
import { logspaceValues, rangeValues } from "../../src/study/study-file/values.ts";
import { conditions, issuesOf, planned, studyContent } from "../helpers/study-files.ts";

describe("paths", () => {
  test.each([
    ["noise.intensity", "network.noise.0.intensity"],
    ["noise.1.site", "network.noise.1.site"],
    ["noise[1].site", "network.noise.1.site"],
    ["network.noise[0].law", "network.noise.0.law"],
    ["noise", "network.noise"],
    ["cell", "network.cell"],
    ["settings.alpha", "network.settings.alpha"],
    ["training.updates", "training.updates"],
    ["task.name", "task"],
  ])("%s is %s", (written, full) => {
    expect(fullPath(written)).toBe(full);
  });

  test("a value is put into mappings and lists that are made on the way; the rest is shared", () => {
    const before = { task: "table", network: { settings: { alpha: 0.2 } }, training: { updates: 3 } };
    const after = withValueAt(before, "network.noise.0.site", "inside") as typeof before;
    expect(after.network).toEqual({ settings: { alpha: 0.2 }, noise: [{ site: "inside" }] });
    expect(after.training).toBe(before.training);
    expect(after.network.settings).toBe(before.network.settings);
    expect(before.network).toEqual({ settings: { alpha: 0.2 } });
  });

  test("a task that is only a name takes options; no other text does", () => {
    expect(withValueAt({ task: "table" }, "task.path", "a.csv")).toEqual({ task: { name: "table", path: "a.csv" } });
    expect(() => withValueAt({ precision: "float32" }, "precision.x", 1)).toThrow("precision must be a mapping");
    expect(() => withValueAt({ network: { noise: [] } }, "network.noise.1.site", 1)).toThrow("is a list of 0");
  });
});

describe("values", () => {
  test("a range has both ends, and 3 * 0.1 is 0.3", () => {
    expect(rangeValues(0, 0.5, 0.1)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(rangeValues(0, 1, 0.3)).toEqual([0, 0.3, 0.6, 0.9]);
    expect(rangeValues(3, 1, -1)).toEqual([3, 2, 1]);
    expect(rangeValues(2, 2, 1)).toEqual([2]);
  });

  test.each([
    [0, 1, 0],
    [0, 1, -1],
    [0, 1e9, 1],
  ])("a range from %d to %d by %d is refused", (from, to, step) => {
    expect(() => rangeValues(from, to, step)).toThrow("[from, to, step]");
  });

  test("a logspace has both ends exactly and equal ratios", () => {
    expect(logspaceValues(0.001, 0.1, 3)).toEqual([0.001, 0.01, 0.1]);
    expect(logspaceValues(8, 1, 4)).toEqual([8, 4, 2, 1]);
    expect(() => logspaceValues(0, 1, 3)).toThrow("ends above 0");
    expect(() => logspaceValues(1, 2, 1)).toThrow("a count of at least 2");
  });
});

describe("axes", () => {
  test("are multiplied in the order of the file, the last fastest, and seeds innermost", async () => {
    const { runs, study } = await planned({
      axes: { "noise.site": ["inside", "outside"], "noise.intensity": { range: [0, 1, 0.5] } },
      seeds: [7, 3],
    });
    expect(runs.map(({ spec }) => [spec.network.noise[0].site, spec.network.noise[0].intensity, spec.seed])).toEqual(
      ["inside", "outside"].flatMap((site) => [0, 0.5, 1].flatMap((each) => [7, 3].map((seed) => [site, each, seed]))),
    );
    expect(study.axes).toEqual([
      { name: "site", path: "network.noise.0.site", values: ["inside", "outside"] },
      { name: "trainIntensity", path: "network.noise.0.intensity", values: [0, 0.5, 1] },
    ]);
    expect(runs.every(({ id, spec }) => id === runId(spec))).toBe(true);
  });

  test("a study without axes is one condition; seeds: 3 are 0, 1, 2", async () => {
    const { runs } = await planned({ seeds: 3 });
    expect(runs.map(({ spec, condition }) => [spec.seed, condition])).toEqual([0, 1, 2].map((seed) => [seed, {}]));
  });

  test("zip pairs values and is multiplied with the rest", async () => {
    const zip = { hiddenSize: [2, 3], "training.updates": [5, 6] };
    expect(await conditions({ axes: { zip, "noise.intensity": [0.1, 0.2] } })).toEqual([
      "hiddenSize 2, trainingUpdates 5, trainIntensity 0.1",
      "hiddenSize 2, trainingUpdates 5, trainIntensity 0.2",
      "hiddenSize 3, trainingUpdates 6, trainIntensity 0.1",
      "hiddenSize 3, trainingUpdates 6, trainIntensity 0.2",
    ]);
  });

  test("union follows one group with another; what a group does not vary is null and keeps the base's value", async () => {
    const union = [{ hiddenSize: [2, 3] }, { "noise.intensity": [0.1] }];
    expect(await conditions({ axes: { union } })).toEqual([
      "hiddenSize 2, trainIntensity null",
      "hiddenSize 3, trainIntensity null",
      "hiddenSize null, trainIntensity 0.1",
    ]);
    const { runs } = await planned({ axes: { union } });
    expect(runs.map(({ spec }) => [spec.network.hiddenSize, spec.network.noise[0].intensity])).toEqual([
      [2, 0.5],
      [3, 0.5],
      [4, 0.1],
    ]);
  });

  test("product multiplies groups, so that one may hold a union or another zip", async () => {
    const product = [{ zip: { hiddenSize: [2, 3], "training.updates": [5, 6] } }, { union: [{ cell: ["gru"] }, {}] }];
    expect(await conditions({ axes: { product } })).toEqual([
      "hiddenSize 2, trainingUpdates 5, cell gru",
      "hiddenSize 2, trainingUpdates 5, cell null",
      "hiddenSize 3, trainingUpdates 6, cell gru",
      "hiddenSize 3, trainingUpdates 6, cell null",
    ]);
  });

  test("a value may bring settings and axes of its own", async () => {
    const axes = {
      cell: [
        { value: "ctrnn", axes: { "settings.alpha": [0.1, 0.2] } },
        { value: "gru", set: { hiddenSize: 7 } },
      ],
    };
    const { runs } = await planned({ axes });
    expect(runs.map(({ condition }) => condition)).toEqual([
      { cell: "ctrnn", alpha: 0.1 },
      { cell: "ctrnn", alpha: 0.2 },
      { cell: "gru", alpha: null },
    ]);
    expect(runs.map(({ spec }) => spec.network.hiddenSize)).toEqual([4, 4, 7]);
  });

  test("a value that is no text or number goes by its label", async () => {
    const silent = { value: [], label: "none" };
    const loud = { value: [{ site: "inside", intensity: 2 }], label: "loud" };
    const { runs } = await planned({ axes: { noise: { choice: [silent, loud], as: "noiseKind" } } });
    expect(runs.map(({ condition, spec }) => [condition.noiseKind, spec.network.noise.length])).toEqual([
      ["none", 0],
      ["loud", 1],
    ]);
  });

  test.each([
    ["a value", { site: "inside" }, ["inside"]],
    ["a list", { site: ["inside", "update"] }, ["inside", "update"]],
    ["not a value", { site: { not: "inside" } }, ["outside", "update"]],
    ["a path", { "noise.site": "outside" }, ["outside"]],
    ["what the file sets", { hiddenSize: 4 }, ["inside", "outside", "update"]],
    ["a range", { hiddenSize: { above: 4 } }, []],
    ["a closed range", { hiddenSize: { from: 4, to: 4 } }, ["inside", "outside", "update"]],
    ["several", { site: ["inside", "outside"], hiddenSize: { below: 5 } }, ["inside", "outside"]],
  ])("when with %s: the axis applies there only, and is null elsewhere", async (_kind, when, sites) => {
    const axes = { "noise.site": ["inside", "outside", "update"], "noise.law": { choice: ["uniform"], when } };
    const { runs } = await planned({ axes });
    expect(runs.filter(({ condition }) => condition.law === "uniform").map(({ condition }) => condition.site)).toEqual(
      sites,
    );
    expect(runs.filter(({ condition }) => condition.law === null).length).toBe(3 - sites.length);
    expect(runs.every(({ spec, condition }) => spec.network.noise[0].law === (condition.law ?? "gaussian"))).toBe(true);
  });

  test("when holds for a whole group, and speaks of columns that have another name", async () => {
    const axes = {
      "training.learningRate": { choice: [0.1, 0.2], as: "rate" },
      product: [{ when: { rate: 0.1 }, set: { "training.updates": 9 }, hiddenSize: [2, 3] }],
    };
    const { runs } = await planned({ axes });
    expect(runs.map(({ condition, spec }) => [condition.rate, condition.hiddenSize, spec.training.updates])).toEqual([
      [0.1, 2, 9],
      [0.1, 3, 9],
      [0.2, null, 1],
    ]);
  });

  test("equal runs of a study are one, with the first condition", async () => {
    const union = [{ hiddenSize: [2, 3] }, { hiddenSize: [3, 4] }, {}];
    const { runs } = await planned({ axes: { union }, seeds: 2 });
    expect(runs.map(({ condition, spec }) => [condition.hiddenSize, spec.seed])).toEqual(
      [2, 3, 4].flatMap((size) => [0, 1].map((seed) => [size, seed])),
    );
  });

  test("runs that differ in one part share the others, as objects", async () => {
    const { runs } = await planned({ axes: { "training.learningRate": [0.1, 0.2], hiddenSize: [2, 3] }, seeds: 2 });
    expect(new Set(runs.map(({ spec }) => spec.network)).size).toBe(2);
    expect(new Set(runs.map(({ spec }) => spec.training)).size).toBe(2);
    expect(new Set(runs.map(({ spec }) => spec.task)).size).toBe(1);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(8);
  });

  test("networks that differ in intensity only are the networks that are made one by one", async () => {
    const axes = { "noise.intensity": [0.1, 0.2, 0.3] };
    const { runs } = await planned({ axes });
    const alone = await Promise.all(
      [0.1, 0.2, 0.3].map((intensity) => planned({ axes: { "noise.intensity": [intensity] } })),
    );
    expect(runs.map(({ spec }) => spec)).toEqual(alone.map((plan) => plan.runs[0].spec));
  });

  test("the same study is the same runs, whatever is said of figures, question and expected results", async () => {
    const axes = { hiddenSize: [2, 3] };
    const ids = async (content: Readonly<Record<string, unknown>>) => (await planned(content)).runs.map(({ id }) => id);
    const others = { question: "?", name: "other", analyses: ["preference"], figures: ["training-curves"] };
    expect(await ids({ axes, ...others, references: ["x"] })).toEqual(await ids({ axes }));
  });
});

test.each([
  [{}, "none"],
  [{ zip: { hiddenSize: [1, 2], cell: ["gru", "rate"] } }, "zip(hiddenSize, cell)"],
  [
    { union: [{ cell: ["gru"] }, { cell: ["ctrnn"], "settings.alpha": [0.1] }, {}], set: { "training.updates": 2 } },
    "(cell then cell x alpha then the rest) x set training.updates",
  ],
  [{ cell: ["gru", { value: "ctrnn", axes: { "settings.alpha": [0.1, 0.2] } }] }, "cell[ctrnn: alpha]"],
  [
    {
      "training.learningRate": { choice: [0.1, 0.2], as: "rate" },
      product: [{ when: { rate: { not: 0.1 } }, hiddenSize: [1, 2], "training.updates": [1] }],
    },
    "rate x (hiddenSize x trainingUpdates) (when rate is not 0.1)",
  ],
])("axes %j are joined as %s", (axes, text) => {
  expect(axesText(studyContent({ axes }))).toBe(text);
});

describe("expected results", () => {
  const base = { analyses: ["preference"], axes: { "noise.intensity": [0.5] } };
  const expectation = (rule: Readonly<Record<string, unknown>>) =>
    studyOf(
      studyContent({ ...base, expected: [{ analysis: "preference", where: { trainIntensity: 0.5 }, ...rule }] }),
      "study",
    ).expected[0];

  test.each([
    [
      { column: "preferredIntensity", value: 0.5, tolerance: 0.1 },
      { kind: "close", value: 0.5, tolerance: 0.1, isRelative: false },
    ],
    [
      { column: "preferredIntensity", value: 0.5, relativeTolerance: 0.1 },
      { kind: "close", value: 0.5, tolerance: 0.1, isRelative: true },
    ],
    [
      { column: "verdict", equal: "undecided" },
      { kind: "equal", value: "undecided" },
    ],
    [
      { column: "preferenceRatio", min: 1 },
      { kind: "range", min: 1, max: null },
    ],
    [
      { column: "preferenceRatio", min: 1, max: 2 },
      { kind: "range", min: 1, max: 2 },
    ],
  ])("%j is %j", (written, rule) => {
    expect(expectation(written)).toMatchObject({ rule, source: null, column: written.column });
  });
});

describe("tasks whose data are missing", () => {
  const missing = new CapabilityError({ place: "data set mnist", rule: "is not here", remedy: "fetch it" });
  const loadTask: Parameters<typeof planned>[1] = {
    loadTask: async (name, options) => {
      if (name === "mnist-rows") throw missing;
      const { tasks } = await import("../../src/task/registry.ts");
      const { noResources } = await import("../helpers/study-files.ts");
      return { task: await tasks.get(name).create(options, noResources), files: {} };
    },
  };
  const axes = { task: ["function-approximation", "mnist-rows"] };

  test("end planning, unless the study names them as optional", async () => {
    await expect(planned({ axes }, loadTask)).rejects.toBe(missing);
    const plan = await planned({ axes, optionalTasks: ["mnist-rows"] }, loadTask);
    expect(plan.runs.map(({ condition }) => condition.task)).toEqual(["function-approximation"]);
    expect(plan.leftOut).toEqual([{ task: "mnist-rows", reason: missing.message }]);
  });

  test("end planning when nothing is left", async () => {
    const content = { axes: { task: ["mnist-rows"] }, optionalTasks: ["mnist-rows"] };
    await expect(planned(content, loadTask)).rejects.toBe(missing);
  });

  test("are left out without being asked for when they were left out before, and only then", async () => {
    const content = { axes, optionalTasks: ["mnist-rows"] };
    const plan = await planned(content, { leaveOut: ["function-approximation"], ...loadTask }).catch((error) => error);
    expect(plan).toBe(missing);
    expect((await planned(content, { leaveOut: ["mnist-rows"] })).runs.length).toBe(1);
  });

  test("do not hide issues of the file", async () => {
    const content = { axes, training: { updates: -1 } };
    expect(await issuesOf(planned(content, loadTask))).toEqual([
      "training.updates: must be an integer in [0, infinity), got -1",
    ]);
  });
});

test("precision is that of the study, else of the caller, else float32", async () => {
  const precisionOf = async (content: Readonly<Record<string, unknown>>, precision?: "float64") =>
    (await planned(content, { ...(precision && { precision }) })).runs[0].spec.engine.precision;
  expect(await precisionOf({})).toBe("float32");
  expect(await precisionOf({}, "float64")).toBe("float64");
  expect(await precisionOf({ precision: "float32" }, "float64")).toBe("float32");
});
