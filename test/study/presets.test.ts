/** Presets in run and study files: what they come to, and that they are ordinary specifications. */
import { describe, expect, test } from "vitest";
import { SpecError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { createNetwork } from "../../src/network/network.ts";
import { resolvedRun } from "../../src/study/input.ts";
import { presets } from "../../src/study/presets/registry.ts";
import { runId } from "../../src/study/spec.ts";
import { inputOfSpec } from "../../src/study/spec-input.ts";
import { studyOf } from "../../src/study/study-file/document.ts";
import { planStudy } from "../../src/study/study-file/plan.ts";
import type { TaskLoader } from "../../src/study/tasks.ts";
import { tasks } from "../../src/task/registry.ts";

/** Tasks without their digits: sizes and names are all that a specification takes. */
const loadTask: TaskLoader = async (name, options) => {
  const shapes = { inputSize: 1, outputSize: 10, stepCount: 784, loss: "cross-entropy" } as const;
  const definition = tasks.get(name);
  if (definition.dataset === undefined) return { task: await definition.create(options, nothing), files: {} };
  const complete = { ...definition.defaults, ...options };
  return { task: { ...shapes, name, options: complete, trialCount: () => 10_000 } as never, files: {} };
};
const nothing = {
  dataset: () => Promise.reject(new Error("no data")),
  file: () => Promise.reject(new Error("no file")),
};
const call = { loadTask, backend: "reference", place: "run" };
const resolved = (input: unknown) => resolvedRun({ ...call, input });
const issuesOf = async (input: unknown): Promise<readonly string[]> => {
  const error = await resolved(input).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SpecError)) throw error;
  return error.issues.map(({ path, rule }) => `${path}: ${rule}`);
};

describe("in a run file", () => {
  test("every preset of a model is a complete run; the numbers of parameters of published models are those of their code", async () => {
    const counts: Record<string, number> = {};
    for (const { name } of presets.members.filter((preset) => preset.name.endsWith("-mnist"))) {
      const { network, training, task } = await resolved({ preset: name });
      counts[name] = createNetwork(network).parameterCount;
      expect(task.name).toBe("mnist-sequential");
      expect(task.options.permutation === "none").toBe(name.includes("-ordered-"));
      expect(training.updates).toBeGreaterThan(30_000);
    }
    expect(counts["lipschitz-ordered-mnist"]).toBe(34_314);
    expect(counts["cornn-ordered-mnist"]).toBe(134_154);
    expect(counts["antisymmetric-ordered-mnist"]).toBe(17_930);
    // 170 169 / 2 + 170 + 170 + 1710
    expect(counts["exprnn-ordered-mnist"]).toBe(16_415);
  });

  test("it is an ordinary specification: written out, the same run has the same id", async () => {
    const spec = await resolved({ preset: "dtriv-permuted-mnist", seed: 4 });
    expect(JSON.stringify(spec)).not.toContain("preset");
    const { task, network, training } = presets.get("dtriv-permuted-mnist").input({});
    expect(runId(await resolved({ task, network, training, seed: 4 }))).toBe(runId(spec));
    expect(runId(await resolved(inputOfSpec({ ...spec })))).toBe(runId(spec));
    expect(spec.training.learningRates).toEqual({ wRec: 7e-5 });
  });

  test("what the file says wins, part by part", async () => {
    const { network, training, task } = await resolved({
      preset: "lipschitz-ordered-mnist",
      task: { name: "mnist-sequential", pixelsPerStep: 28 },
      network: { hiddenSize: 16, settings: { gated: 1 } },
      training: { updates: 100 },
    });
    expect(task.options).toMatchObject({ pixelsPerStep: 28, split: "numpy-1234" });
    expect([network.hiddenSize, network.settings.step, network.settings.gated]).toEqual([16, 0.03, 1]);
    expect([training.updates, training.learningRate, training.clipNorm]).toEqual([100, 0.003, null]);
  });

  test("options of a preset: sigma of the noisy RNN, and noise of other programs without task and training", async () => {
    const { network } = await resolved({ preset: { name: "nrnn-ordered-mnist", sigma: 0.05 } });
    expect(network.noise.find(({ site }) => site === "state")?.intensity).toBe(0.05);
    const other = await resolved({ preset: { name: "psychrnn", sigma: 0.1 }, task: "function-approximation" });
    expect([other.network.cell, other.network.noise[0].scaling]).toEqual(["rate", "stationary"]);
    expect(other.training.updates).toBe(2000);
  });

  test("mistakes: the nearest preset, a missing option, an option that does not exist; the rest is looked into", async () => {
    expect(await issuesOf({ preset: "lipschitz-orderd-mnist", training: { updates: -1 }, task: "regulator" })).toEqual([
      'preset: no preset is named "lipschitz-orderd-mnist"',
      "training.updates: must be an integer in [0, infinity), got -1",
    ]);
    expect(await issuesOf({ preset: "psychrnn", task: "regulator" })).toEqual([
      "preset.sigma: must be a number in [0, infinity), got nothing",
    ]);
    expect(await issuesOf({ preset: { name: "cornn-ordered-mnist", sigm: 1 } })).toContain(
      'preset.sigm: no option is named "sigm"',
    );
    expect(await issuesOf({ preset: "psychrnn" })).toContain(
      "preset.sigma: must be a number in [0, infinity), got nothing",
    );
  });

  test("a learning rate of an array that is not trained is an issue of the run", async () => {
    const training = { learningRates: { wRek: 0.1 } };
    expect(await issuesOf({ preset: "lem-ordered-mnist", training })).toEqual([
      'training: learningRates: no trained array is named "wRek"',
    ]);
    const bases = { learningRates: { wRecBase: 0.1 } };
    expect(await issuesOf({ preset: "dtriv-ordered-mnist", training: bases })).toHaveLength(1);
  });
});

describe("in a study file", () => {
  const plan = async (document: Record<string, unknown>) =>
    planStudy(studyOf({ name: "a-study", ...document }, "study.yaml"), call);

  test("an axis of presets gives a column, and other axes and keys lie above each preset", async () => {
    const { runs } = await plan({
      training: { updates: 10 },
      axes: { preset: ["cornn-ordered-mnist", "lem-ordered-mnist"], "settings.step": [0.1, 0.2] },
    });
    expect(
      runs.map(({ condition, spec }) => [condition.preset, spec.network.cell, spec.network.settings.step]),
    ).toEqual([
      ["cornn-ordered-mnist", "cornn", 0.1],
      ["cornn-ordered-mnist", "cornn", 0.2],
      ["lem-ordered-mnist", "lem", 0.1],
      ["lem-ordered-mnist", "lem", 0.2],
    ]);
    expect(runs.map(({ spec }) => [spec.training.updates, spec.training.learningRate])).toEqual([
      [10, 0.0021],
      [10, 0.0021],
      [10, 0.0018],
      [10, 0.0018],
    ]);
  });

  test("an axis sets an option of a preset, or an intensity that the preset has given a site", async () => {
    const ofOption = await plan({ preset: "nrnn-ordered-mnist", axes: { "preset.sigma": [0, 0.05] } });
    const ofNoise = await plan({ preset: "nrnn-ordered-mnist", axes: { "noise.1.intensity": [0, 0.05] } });
    expect(ofOption.runs.map(({ spec }) => spec.network.noise)).toEqual(
      ofNoise.runs.map(({ spec }) => spec.network.noise),
    );
    expect(ofOption.runs.map(({ id }) => id)).toEqual(ofNoise.runs.map(({ id }) => id));
  });

  test.each([
    [{ above: 200 }, 1],
    [{ below: 200 }, 2],
  ])("conditions see what the preset says: with 128 units, hiddenSize %j makes %d conditions", async (when, count) => {
    const choice = { choice: [0.1, 0.2], when: { hiddenSize: when } };
    expect((await plan({ preset: "lem-ordered-mnist", axes: { "settings.step": choice } })).runs).toHaveLength(count);
  });

  test("a wrong name is an issue of the axis's conditions", async () => {
    await expect(plan({ axes: { preset: ["lem-ordered-mnist", "lem-orderd-mnist"] } })).rejects.toThrow(
      'no preset is named "lem-orderd-mnist"',
    );
  });
});

test("every preset has a source, and options that are complete make an input", () => {
  for (const { name, source, options, input } of presets.members) {
    expect(source.length, name).toBeGreaterThan(20);
    const given = Object.fromEntries(Object.keys(options).map((option) => [option, 0.01]));
    expect(Object.keys(input(resolvedOptions(name, options, given)))).toContain("network");
  }
});
