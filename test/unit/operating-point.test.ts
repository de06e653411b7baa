import { beforeAll, describe, expect, test } from "vitest";
import type { AnalysisCall, Findings } from "../../src/analysis/contract.ts";
import { distance, nonlinearities } from "../../src/analysis/operating-point/nonlinearity.ts";
import { operatingPoint } from "../../src/analysis/operating-point.ts";
import { spreadTrials } from "../../src/analysis/spread-trials.ts";
import type { ActivationName } from "../../src/cell/expression.ts";
import { elementwise } from "../../src/cell/operations.ts";
import { CapabilityError, ParameterError } from "../../src/core/errors.ts";
import { resolvedOptions } from "../../src/core/options.ts";
import { noiseBlock } from "../../src/core/random.ts";
import type { NetworkKernel } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { trainOptions } from "../../src/train/options.ts";
import { evaluationStream } from "../../src/train/score.ts";
import { train } from "../../src/train/train.ts";
import { followTask } from "../helpers/small-tasks.ts";

const alpha = 0.4;
const sigma = 0.3;
const seed = 5;
const networkWith = (site: string, intensity: number, activation = "relu") =>
  createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: 1,
    settings: { alpha, activation },
    noise: [{ site, intensity }],
  });
const network = networkWith("inside", sigma);
const training = trainOptions({ updates: 4, batchSize: 8 });
let kernel: NetworkKernel;
let call: AnalysisCall;
beforeAll(async () => {
  kernel = await network.kernel({ precision: "float64", backend: "reference" });
  const { weights } = await train({ network, kernel, task: followTask, options: training, seed });
  call = { network, kernel, weights, seed, task: followTask, training, options: {} };
});
const analysed = (options: Record<string, unknown> = {}, change: Partial<AnalysisCall> = {}): Promise<Findings> =>
  operatingPoint.run({ ...call, ...change, options: resolvedOptions("test", operatingPoint.options, options) });
const numberOf = ({ numbers }: Findings, name: string) => numbers.find((finding) => finding.name === name)?.value;
const rowsOf = ({ tables }: Findings, name: string) => tables.find((table) => table.name === name)?.rows ?? [];

/** The drives of all trials, draws and steps by the equations as they are on paper. */
function drivesByHand(trials: number, repeats: number): number[][] {
  const { wRec, wIn, bRec } = call.weights;
  const shown = spreadTrials(followTask, "test", trials);
  const { input, stepCount } = followTask.batch("test", shown, seed);
  const rows: number[][] = [];
  const noise = new Float64Array(3);
  for (let trial = 0; trial < trials; trial++) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      let h = [0, 0, 0];
      for (let t = 0; t < stepCount; t++) {
        const drive = h.map(
          (_, i) =>
            bRec[i] + wIn[i] * input[trial * stepCount + t] + h.reduce((sum, x, j) => sum + wRec[3 * i + j] * x, 0),
        );
        rows.push(drive);
        noiseBlock("gaussian", sigma, { seed, stream: evaluationStream("test", repeat) }, shown[trial], t, 0, 0, noise);
        h = h.map((x, i) => (1 - alpha) * x + alpha * Math.max(0, drive[i] + noise[i]));
      }
    }
  }
  return rows;
}

describe("operating-point", () => {
  test("means and shares are those of drives computed by hand, to 1e-12", async () => {
    const found = await analysed({ trials: 10, repeats: 3 });
    const rows = drivesByHand(10, 3);
    const flat = rows.flat().map((drive) => drive / sigma);
    const mean = flat.reduce((sum, x) => sum + x, 0) / flat.length;
    expect(numberOf(found, "noiseDeviation")).toBeCloseTo(sigma, 12);
    expect(numberOf(found, "meanInSigma")).toBeCloseTo(mean, 12);
    const share = (holds: (x: number) => boolean, of = flat) => of.filter(holds).length / of.length;
    expect(numberOf(found, "shareWithinSigma")).toBeCloseTo(
      share((x) => Math.abs(x) < 1),
      12,
    );
    expect(numberOf(found, "shareBelow")).toBeCloseTo(
      share((x) => x < 0),
      12,
    );
    const unit = rows.map((row) => row[1] / sigma);
    expect(rowsOf(found, "units")[1].share).toBeCloseTo(
      share((x) => Math.abs(x) < 1, unit),
      12,
    );
    const step = rows.filter((_, index) => index % 6 === 4).flat();
    expect(rowsOf(found, "times")[4].mean).toBeCloseTo(step.reduce((sum, x) => sum + x / sigma, 0) / step.length, 12);
    expect(rowsOf(found, "times")[4].time).toBe(40);
    const bins = rowsOf(found, "histogram");
    expect(bins.reduce((sum, row) => sum + Number(row.share), 0)).toBeCloseTo(1, 12);
    expect(bins.find((row) => row.centre === 0.5)?.share).toBeCloseTo(
      share((x) => Math.round(x / 0.25) === 2),
      12,
    );
  });

  test("places of the nonlinearity are c / s: tanh bends most at 0.6585, sin at odd multiples of pi / 2 within reach", async () => {
    const places = async (activation: string) =>
      rowsOf(await analysed({ trials: 1 }, { network: networkWith("inside", sigma, activation) }), "nonlinearity").map(
        ({ place }) => Number(place) * sigma,
      );
    expect(await places("relu")).toEqual([0]);
    expect((await places("tanh")).map((place) => place.toFixed(4))).toEqual(["-0.6585", "0.6585"]);
    // 8 s are 2.4
    const bends = await places("sin");
    expect(bends).toHaveLength(2);
    for (const [k, bend] of bends.entries()) expect(bend).toBeCloseTo((k - 0.5) * Math.PI, 12);
    expect(await places("exp")).toEqual([]);
  });

  test("noise outside is measured by its own deviation; another deviation scales the mean", async () => {
    const outside = networkWith("outside", 0.6);
    const found = await analysed({}, { network: outside, weights: call.weights });
    expect(numberOf(found, "noiseDeviation")).toBeCloseTo(0.6, 6);
    const both = createNetwork({
      ...network.spec,
      noise: [
        { site: "inside", intensity: 0.3 },
        { site: "outside", intensity: 0.7 },
      ],
    });
    expect(numberOf(await analysed({}, { network: both }), "noiseDeviation")).toBeCloseTo(0.3, 6);
    expect(numberOf(await analysed({ site: "outside" }, { network: both }), "noiseDeviation")).toBeCloseTo(0.7, 6);
    const halved = await analysed({ deviation: sigma / 2 });
    expect(numberOf(halved, "meanInSigma")).toBeCloseTo(2 * Number(numberOf(await analysed(), "meanInSigma")), 12);
  });

  test("over training, the last of 1 + 2 points is the network analysed, and it was reproduced", async () => {
    const found = await analysed({ overTraining: 2 });
    const rows = rowsOf(found, "training");
    expect(rows.map(({ update }) => update)).toEqual([0, 2, 4]);
    expect(rows[2].mean).toBe(numberOf(found, "meanInSigma"));
    expect(rows[0].mean).not.toBe(rows[2].mean);
    expect(found.warnings).toEqual([]);
    const strange = await analysed({ overTraining: 2 }, { weights: network.initialWeights(77) });
    expect(strange.warnings.join()).toMatch(/did not end at the weights/);
  });

  test("trials, repeats, binWidth and reach change the result", async () => {
    const base = await analysed();
    for (const change of [{ trials: 9 }, { repeats: 5 }])
      expect(numberOf(await analysed(change), "meanInSigma")).not.toBe(numberOf(base, "meanInSigma"));
    expect(rowsOf(await analysed({ binWidth: 0.5 }), "histogram")).toHaveLength(33);
    expect(rowsOf(await analysed({ reach: 2 }), "histogram")).toHaveLength(17);
    expect(numberOf(await analysed({ reach: 0.25 }), "shareBeyondReach")).toBeGreaterThan(0);
  });

  test("what cannot be asked says what can", async () => {
    await expect(analysed({}, { network: networkWith("inside", 0) })).rejects.toThrow(CapabilityError);
    await expect(analysed({ overTraining: 1 }, { training: undefined })).rejects.toThrow(/set overTraining to 0/);
    await expect(analysed({ site: "insde" })).rejects.toThrow(ParameterError);
    await expect(analysed({}, { shouldStop: () => true })).rejects.toThrow(/asked to stop/);
  });

  test("an activation without a centre has no shares, and a linear network no drives", async () => {
    const growing = await analysed({}, { network: networkWith("inside", sigma, "exp") });
    expect(numberOf(growing, "shareWithinSigma")).toBeNull();
    expect(growing.sentences.join(" ")).toMatch(/no place/);
    await expect(analysed({}, { network: networkWith("inside", sigma, "linear") })).rejects.toThrow(CapabilityError);
  });

  test("of the cell rate, whose noise enters linearly, the states are the drives: 0 at the first step", async () => {
    const rate = createNetwork({ ...network.spec, cell: "rate" });
    const found = await analysed({}, { network: rate });
    expect(rowsOf(found, "times").map(({ mean }) => mean === 0)).toEqual([true, false, false, false, false, false]);
  });
});

describe("nonlinearities", () => {
  // Second differences of width 1e-3 see a kink as a curvature of 1e3 and anything else as it is, to 1e-6.
  const values: Partial<Record<ActivationName, (x: number) => number>> = {
    relu: (x) => Math.max(0, x),
    softplus: elementwise.softplus.value,
    tanh: Math.tanh,
    sigmoid: elementwise.sigmoid.value,
    erf: elementwise.erf.value,
    gelu: (x) => 0.5 * x * (1 + elementwise.erf.value(x * Math.SQRT1_2)),
    elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
    "leaky-relu": (x) => (x > 0 ? x : 0.01 * x),
    retanh: (x) => Math.max(0, Math.tanh(x)),
    "hard-tanh": (x) => Math.max(-1, Math.min(1, x)),
    abs: Math.abs,
    sin: Math.sin,
  };
  test.each(Object.entries(values))("%s curves most at its centres, to 0.002", (name, f) => {
    const step = 1e-3;
    const curvature = (x: number) => Math.abs(f(x + step) - 2 * f(x) + f(x - step));
    const nonlinearity = nonlinearities[name as ActivationName];
    let steepest = 0;
    for (let x = -4; x <= 4; x += step) steepest = Math.max(steepest, curvature(x));
    for (let x = -4; x <= 4; x += step) {
      if (curvature(x) > 0.9999999 * steepest) expect(distance(nonlinearity, x)).toBeLessThan(0.002);
    }
    // elu curves on one side of its centre only
    for (const centre of nonlinearity.centres)
      expect(Math.max(...[-step, 0, step].map((x) => curvature(centre + x)))).toBeGreaterThan(0.99 * steepest);
  });
});
