import { describe, expect, test } from "vitest";
import type { AnalysisCall, Findings } from "../../src/analysis/contract.ts";
import { intensityGrid } from "../../src/analysis/intensity-sweep.ts";
import { networkPreference } from "../../src/analysis/network-preference.ts";
import { defineCell } from "../../src/cell/cell.ts";
import { add, matvec, tanh } from "../../src/cell/expression.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { normals } from "../../src/core/random.ts";
import type { NetworkCall, NetworkForward, NetworkKernel } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { pushTask } from "../helpers/closed-loop-task.ts";
import { leakyNetwork, stackable } from "../helpers/leaky-network.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";

const network = leakyNetwork({ intensity: 0.5 });
const call = (change: Partial<AnalysisCall> = {}, options: Record<string, unknown> = {}): AnalysisCall => ({
  network,
  kernel: network.run("float64"),
  weights: network.initialWeights(3),
  seed: 3,
  task: followTask,
  training: undefined,
  options: resolvedOptions("analysis preference", networkPreference.options, {
    trials: 20,
    resamples: 200,
    ...options,
  }),
  ...change,
});
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((number) => number.name === name)?.value ?? null;
const table = ({ tables }: Findings, name: string) => tables.find((one) => one.name === name)?.rows ?? [];

test("a site that is added for the analysis leaves a cell of one's own in place", async () => {
  const cell = defineCell({
    name: "adapting",
    summary: "a cell that ships with nothing",
    state: { h: "hidden" },
    parameters: { w: ["hidden", "hidden"], u: ["hidden", "input"] },
    settings: {},
    step: ({ h, input, p, noise }) => ({ h: add(tanh(add(matvec(p.w, h), matvec(p.u, input))), noise("outside")) }),
  });
  const sizes = { inputSize: 1, hiddenSize: 2, outputSize: 1 };
  const own = createNetwork({ cell: "adapting", ...sizes, noise: [{ site: "outside", intensity: 0.2 }] }, { cell });
  const silent = own.changed({ noise: [] });
  expect(silent.spec.noise).toEqual([]);
  const kernel = await silent.kernel({ precision: "float64" });
  const change = { network: silent, kernel, weights: silent.initialWeights(1) };
  const found = await networkPreference.run(call(change, { site: "outside", trials: 2, repeats: 2, steps: 1 }));
  expect(table(found, "curve")).toHaveLength(3);
});

describe("preference of a network whose bias is linear in the noise that is missing", () => {
  // z = target + b (1 - x) + v x xi, x = s / 0.5: B^2 = b^2, V = v^2, and the loss is the parabola itself.
  const [b, v] = [0.8, 0.4];
  const forward = ({ batchSize, stepCount, input, level, key, trials }: NetworkCall): NetworkForward => {
    const x = (typeof level === "object" && "sites" in level ? level.sites.inside : Number.NaN) / 0.5;
    const target = followTask.batch("test", Uint32Array.from(trials), 3).target;
    const values = target.kind === "values" ? target.values : new Float32Array(input.length);
    const draws = normals(new Float64Array(batchSize * stepCount), key);
    const output = Float64Array.from(values, (value, i) => value + b * (1 - x) + v * x * draws[i]);
    return { output, activity: new Float64Array(batchSize * stepCount) } as unknown as NetworkForward;
  };
  const kernel = { ...network.run("float64"), ...stackable(forward) } as NetworkKernel;
  const expected = b ** 2 / (b ** 2 + v ** 2);

  test("B^2 / (B^2 + V) is predicted within 0.02, and the measured index agrees with it within 0.02", async () => {
    const found = await networkPreference.run(call({ kernel }, { trials: 20, repeats: 256 }));
    // 80 numbers (20 trials of 4 steps) x 256 draws: V within sqrt(2 / 20480) = 1 %, four of that is 0.4 % of the index.
    expect(Math.abs((numberOf(found, "predictedIndex") ?? 0) - expected)).toBeLessThan(0.02);
    expect(Math.abs((numberOf(found, "preferenceIndex") ?? 0) - expected)).toBeLessThan(0.02);
    expect(numberOf(found, "predictedIntensity")).toBe(0.5 * (numberOf(found, "predictedIndex") ?? 0));
    expect(numberOf(found, "indexLow")).toBeLessThan(numberOf(found, "preferenceIndex") ?? 0);
    expect(numberOf(found, "indexHigh")).toBeGreaterThan(numberOf(found, "preferenceIndex") ?? 1);
    for (const { loss, predictedLoss } of table(found, "curve")) {
      // The bias is hit by the mean of the draws: 2 b v x / sqrt(20480), four of it, x up to 2.
      expect(Math.abs(Number(loss) - Number(predictedLoss))).toBeLessThan(0.04 + 0.03 * Number(predictedLoss));
    }
  });
  test("losses stand at zero, training and the lowest grid point, each the curve's", async () => {
    const found = await networkPreference.run(call({ kernel }));
    const [zero, training, lowest] = table(found, "summary");
    expect([zero.place, training.place, lowest.place]).toEqual(["zero", "training", "lowest"]);
    expect([zero.testIntensity, training.testIntensity, lowest.testIntensity]).toEqual([0, 0.5, 0.4]);
    expect(zero.loss).toBeCloseTo(b ** 2, 6);
    expect([zero.loss, training.loss, lowest.loss]).toEqual(
      ["lossAtZero", "lossAtTraining", "lossAtPreferred"].map((name) => numberOf(found, name)),
    );
    // At the optimum the interval is inside the grid, where other resamples move it.
    const other = await networkPreference.run(call({ kernel }, { resamples: 51 }));
    expect(numberOf(other, "preferredLow")).not.toBe(numberOf(found, "preferredLow"));
    expect(found.sentences.join(" ")).toMatch(
      /lowest at inside 0\.\d+, 0\.\d+ of the training intensity \(95 % interval/,
    );
  });
});

describe("preference of one network", () => {
  test("a linear network does best without noise, while bias and variance predict an index above 0", async () => {
    const found = await networkPreference.run(call());
    expect(numberOf(found, "preferenceIndex")).toBe(0);
    expect(numberOf(found, "predictedIndex")).toBeGreaterThan(0);
    expect(numberOf(found, "lossRatio")).toBeLessThan(1);
    expect(numberOf(found, "accuracyAtZero")).toBe(null);
  });
  test("the grid has 0, the training intensity and equal steps to the highest", async () => {
    const found = await networkPreference.run(call({}, { highest: 1.5, steps: 4 }));
    const curve = table(found, "curve");
    expect(curve.map(({ testIntensity }) => testIntensity)).toEqual([0, 0.1875, 0.375, 0.5, 0.5625, 0.75]);
    expect(curve.map(({ relativeIntensity }) => relativeIntensity)).toEqual([0, 0.375, 0.75, 1, 1.125, 1.5]);
    expect(curve[0]).toMatchObject({ variance: 0, lossLow: curve[0].loss, lossHigh: curve[0].loss });
    expect(intensityGrid({ intensity: 0.4, law: "bernoulli" }, { highest: 5, steps: 2 })).toEqual([0, 0.4]);
  });
  test.each([{ trials: 5 }, { repeats: 15 }, { highest: 1.9 }, { steps: 9 }, { confidence: 0.9 }])(
    "%j changes the findings",
    async (change) => {
      const [one, other] = await Promise.all([networkPreference.run(call()), networkPreference.run(call({}, change))]);
      // The sentences name the coverage; resamples move the interval only where it is not the end of the grid.
      expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
    },
  );
  test("without a source it names the remedy", async () => {
    const silent = { ...network, spec: { ...network.spec, noise: [] } };
    await expect(networkPreference.run(call({ network: silent }))).rejects.toThrow(
      /needs a noise source to vary, the network has none; name a site/,
    );
  });
  test("classes have accuracies and no bias, so nothing is predicted", async () => {
    const readout = { from: "last", bias: true, activation: "linear" } as const;
    const judge = leakyNetwork({ outputSize: 2, intensity: 0.5, readout });
    const found = await networkPreference.run(
      call({ network: judge, kernel: judge.run("float64"), weights: judge.initialWeights(1), task: signTask }),
    );
    expect(numberOf(found, "predictedIndex")).toBe(null);
    expect(numberOf(found, "accuracyAtZero")).toBeGreaterThanOrEqual(0);
    expect(table(found, "curve").every(({ biasSquared }) => biasSquared === null)).toBe(true);
  });
  test("of a closed loop with parts it has a table of each, and no bias", async () => {
    const real = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 3,
      outputSize: 1,
      noise: [{ site: "inside", intensity: 0.5 }],
    });
    const kernel = await real.kernel({ precision: "float64", backend: "reference" });
    const subject = { network: real, kernel, weights: real.initialWeights(1), task: pushTask };
    const found = await networkPreference.run(call(subject, { repeats: 2, steps: 2 }));
    expect(numberOf(found, "biasSquaredAtZero")).toBe(null);
    expect(numberOf(found, "accuracyAtZero")).toBeGreaterThanOrEqual(0);
    const parts = table(found, "parts");
    expect(parts.map(({ testIntensity, part }) => `${testIntensity} ${part}`)).toEqual(
      [0, 0.5, 1].flatMap((intensity) => [`${intensity} left`, `${intensity} right`]),
    );
    expect(table(found, "outcomes").map(({ outcome }) => outcome)).toEqual(Array(3).fill(["distance", "work"]).flat());
  });
  test("progress rises from 0 below 1, and a call that shall stop ends with an InterruptedError", async () => {
    const shares: number[] = [];
    await networkPreference.run(call({ onProgress: (share) => shares.push(share) }));
    expect(shares[0]).toBe(0);
    expect(shares).toEqual([...shares].sort((a, c) => a - c));
    expect(shares.at(-1)).toBeLessThan(1);
    await expect(networkPreference.run(call({ shouldStop: () => true }))).rejects.toThrow(/was asked to stop/);
  });
});
