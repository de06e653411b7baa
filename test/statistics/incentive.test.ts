import { describe, expect, test } from "vitest";
import type { AnalysisCall, Findings } from "../../src/analysis/contract.ts";
import { evaluate } from "../../src/analysis/evaluate.ts";
import { measuredGradients } from "../../src/analysis/incentive/measured-gradients.ts";
import { incentive } from "../../src/analysis/incentive.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import type { Network, NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";
import { regulator } from "../../src/task/regulator.ts";
import { trialBatches } from "../../src/train/batches.ts";
import { losses } from "../../src/train/losses/registry.ts";
import { trainOptions } from "../../src/train/options.ts";
import { train } from "../../src/train/train.ts";
import { followTask, signTask } from "../helpers/small-tasks.ts";
import { normalCdf } from "../helpers/special.ts";

installBackends();

const [alpha, s] = [0.2, 0.5];
const resources = { dataset: () => Promise.reject(new Error()), file: () => Promise.reject(new Error()) };
const hold = await regulator.create({ target: 0.4, stepCount: 60 }, resources);

/** One unit without recurrence, whose drive is its bias. */
function oneUnit(site: string, drive: number, change: Partial<NetworkOptions> = {}): Network {
  return createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 1,
    outputSize: 1,
    settings: { alpha, activation: "relu" },
    noise: [{ site, intensity: s }],
    parametrisations: { wRec: { name: "frozen" }, wIn: { name: "frozen" }, wOut: { name: "frozen" } },
    initialisers: {
      wRec: { name: "zeros" },
      wIn: { name: "zeros" },
      wOut: { name: "constant", value: 1 },
      bRec: { name: "constant", value: drive },
    },
    ...change,
  });
}

async function found(
  network: Network,
  options: Record<string, unknown> = {},
  change: Partial<AnalysisCall> = {},
  backend = "wasm",
): Promise<Findings> {
  const kernel = await network.kernel({ precision: "float64", backend });
  const call = {
    network,
    kernel,
    weights: network.initialWeights(3),
    seed: 3,
    task: hold,
    training: undefined,
    ...change,
  };
  const given = { trials: 16, repeats: 16, probes: 8, counterpart: false, ...options };
  return incentive.run({ ...call, options: resolvedOptions("analysis incentive", incentive.options, given) });
}
const numberOf = ({ numbers }: Findings, name: string): number =>
  numbers.find((one) => one.name === name)?.value ?? Number.NaN;
const rowsOf = ({ tables }: Findings, name: string) => tables.find((one) => one.name === name)?.rows ?? [];

describe("incentive of one ReLU unit without recurrence", () => {
  test.each([-0.5, 0, 1])(
    "at a = %f s, predicted and measured are 2 g Phi(-a / s) alpha / (2 - alpha)",
    async (ratio) => {
      const a = ratio * s;
      const result = await found(oneUnit("inside", a), { trials: 32, repeats: 32, probes: 32 });
      const density = Math.exp(-0.5 * ratio * ratio) / Math.sqrt(2 * Math.PI);
      const g = a * normalCdf(ratio) + s * density;
      const filter = alpha / (2 - alpha);
      const slope = 2 * g * normalCdf(-ratio) * filter * s;
      const variance = ((a * a + s * s) * normalCdf(ratio) + a * s * density - g * g) * filter;
      // Over 30 counted steps, correlated over (2 - alpha) / alpha = 9, the estimate of kappa scatters by
      // sqrt(2 / (32 probes x 32 trials x 3)) = 2.6 %; the measured variance by sqrt(2 / (32 x 31 x 3)) = 2.6 %, more for skewed
      // rates and their derivative. Three times either, and a little.
      expect(Math.abs(numberOf(result, "incentive") / slope - 1)).toBeLessThan(0.08);
      expect(Math.abs(numberOf(result, "varianceLinear") / variance - 1)).toBeLessThan(0.08);
      expect(Math.abs(numberOf(result, "variance") / variance - 1)).toBeLessThan(0.12);
      expect(Math.abs(numberOf(result, "varianceGradient") / slope - 1)).toBeLessThan(0.16);
    },
  );
  test("uniform noise on (-h, h): (a + h)^2 / (2h) (1 - (a + h) / (2h)) alpha / (2 - alpha) at a = 0.6 h", async () => {
    const h = Math.sqrt(3) * s;
    const noise = [{ site: "inside", intensity: s, law: "uniform" }] as const;
    const result = await found(oneUnit("inside", 0.6 * h, { noise }), { trials: 32, repeats: 32, probes: 32 });
    const reached = 1.6 * h;
    const slope = ((reached ** 2 / (2 * h)) * (1 - reached / (2 * h)) * alpha * s) / (2 - alpha);
    // tolerances as above; gaussian noise of the same deviation has a slope 25 % lower
    expect(Math.abs(numberOf(result, "incentive") / slope - 1)).toBeLessThan(0.08);
    const variance = (reached ** 3 / (6 * h) - (reached ** 2 / (4 * h)) ** 2) * (alpha / (2 - alpha));
    expect(Math.abs(numberOf(result, "varianceLinear") / variance - 1)).toBeLessThan(0.08);
    expect(Math.abs(numberOf(result, "varianceGradient") / slope - 1)).toBeLessThan(0.16);
  });

  test("noise outside gives none: predicted 0, measured 0 within rounding", async () => {
    const result = await found(oneUnit("outside", 0.1));
    expect(numberOf(result, "incentive")).toBe(0);
    expect(Math.abs(numberOf(result, "varianceGradient"))).toBeLessThan(1e-12);
    expect(result.sentences[0]).toContain("no incentive");
  });
});

describe("incentive over the training of the regulator with an output bias", () => {
  test("from a = 2 s, noise inside drives the unit to below -0.5 s in 480 updates; noise outside leaves it within 0.1 s", async () => {
    const network = oneUnit("inside", 2 * s);
    const kernel = await network.kernel({ precision: "float32", backend: "wasm" });
    const training = trainOptions({ updates: 480, batchSize: 16, learningRate: 0.02 });
    const task = await regulator.create({ target: 2 * s, stepCount: 40 }, resources);
    const options = { trials: 4, repeats: 4, probes: 2, counterpart: true, overTraining: 2 };
    const { weights } = await train({ network, kernel, task, seed: 3, options: training });
    const result = await found(network, options, { kernel, weights, task, training });
    expect(result.warnings).toEqual([]);
    const path = (site: string) => rowsOf(result, "training").filter((row) => row.site === site);
    const [inside, outside] = [path("inside"), path("outside")];
    expect(inside.map(({ update }) => update)).toEqual([0, 240, 480]);
    // biases are float32
    expect(inside[0].drive).toBeCloseTo(2, 6);
    expect(inside[2].drive).toBeLessThan(-0.5);
    for (const { drive } of outside) expect(Math.abs(Number(drive) - 2)).toBeLessThan(0.1);
    // The variance term falls with the drive, and the output bias takes over the mean.
    expect(Number(inside[2].variance)).toBeLessThan(0.3 * Number(inside[0].variance));
    expect(rowsOf(result, "units").map(({ site }) => site)).toEqual(["inside", "outside"]);
  });
});

describe("measured gradients", () => {
  test("are the differences of measured bias^2 and variance with common draws, within 1e-6 of their size", async () => {
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 3,
      outputSize: 1,
      settings: { alpha: 0.4, activation: "softplus" },
      noise: [{ site: "inside", intensity: 0.8 }],
    });
    const kernel = await network.kernel({ precision: "float64", backend: "reference" });
    const weights = network.initialWeights(1);
    const loss = losses.get("mean-squared-error");
    const batches = trialBatches(followTask, "test", 0, 6, 4, 2);
    const { ofVariance, ofBiasSquared, variance } = measuredGradients({ network, kernel, weights }, batches, loss, {
      repeats: 5,
      seed: 2,
    });
    const split = (of: Weights) => {
      const call = { network, kernel, weights: of, task: followTask, seed: 2, trials: 6, repeats: 5 };
      return evaluate({ ...call, level: "trained" }).biasVariance ?? { biasSquared: Number.NaN, variance: Number.NaN };
    };
    expect(variance).toBeCloseTo(split(weights).variance, 12);
    for (let unit = 0; unit < 3; unit++) {
      const shifted = (by: number) =>
        split({ ...weights, bRec: Float64Array.from(weights.bRec, (b, i) => (i === unit ? b + by : b)) });
      const [up, down] = [shifted(1e-4), shifted(-1e-4)];
      // Truncation (1e-4)^2 / 6 times third derivatives of order 1.
      expect(Math.abs((up.variance - down.variance) / 2e-4 - ofVariance[unit])).toBeLessThan(1e-7);
      expect(Math.abs((up.biasSquared - down.biasSquared) / 2e-4 - ofBiasSquared[unit])).toBeLessThan(1e-7);
    }
  });
});

describe("incentive: what it asks for, and options", () => {
  const small = { trials: 4, repeats: 4, probes: 2 };
  test.each([
    ["cell gru", { cell: "gru", settings: {}, parametrisations: {}, initialisers: {}, noise: [] }],
    ["coloured noise", { noise: [{ site: "inside", intensity: s, correlationTime: 3 }] }],
    ['noise "state"', { noise: [{ site: "state", intensity: s }] }],
    ["got none", { noise: [] }],
  ] as const)("%s is refused", async (what, change) => {
    await expect(found(oneUnit("inside", 0, change), small, {}, "reference")).rejects.toThrow(what);
  });
  test("class targets are refused", async () => {
    const network = oneUnit("inside", 0, { outputSize: 2 });
    await expect(found(network, small, { task: signTask })).rejects.toThrow("got the loss cross-entropy");
  });
  test.each([["trials"], ["repeats"], ["probes"]])("%s changes the numbers", async (option) => {
    const network = oneUnit("inside", 0);
    const [base, more] = [await found(network, small), await found(network, { ...small, [option]: 9 })];
    expect(more.numbers).not.toEqual(base.numbers);
  });
});
