import { describe, expect, test } from "vitest";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseSourceInput } from "../../src/noise/contract.ts";
import type { StepLimit } from "../../src/noise/scaling.ts";
import { type Measured, type StationaryCase, stationary } from "../helpers/stationary.ts";

type Cell = "ctrnn" | "rate" | "lipschitz";
const dt = 0.1;
const self = 0.4;

/** A unit with feedback 0.4 through tanh, at a step and at half of it: 64 units, 8 trials, 30 tau. */
async function halved(
  cell: Cell,
  noise: readonly NoiseSourceInput[],
  more: Partial<StationaryCase> = {},
): Promise<[Measured, Measured]> {
  const setup = { cell, noise, activation: "tanh", self, trials: 8, ...more };
  return [await stationary({ ...setup, dt }), await stationary({ ...setup, dt: dt / 2, stream: 1 })];
}

function limitOf(cell: Cell, [source]: readonly NoiseSourceInput[]): StepLimit {
  return createNetwork({ cell, inputSize: 1, hiddenSize: 2, outputSize: 1, noise: [source] }).noise[0].stepLimit;
}

/** Ratio of variances and its standard error. */
function varianceRatio([coarse, fine]: [Measured, Measured]): { ratio: number; error: number } {
  const ratio = fine.variance / coarse.variance;
  return {
    ratio,
    error: ratio * Math.hypot(fine.varianceError / fine.variance, coarse.varianceError / coarse.variance),
  };
}

const intensity = 0.3;
const coloured = { correlationTime: 0.8 };
const sde = ["per-sqrt-time", "stationary"] as const;

/** Noise that is proportional to the increment needs a state that moves: this moves it. */
const drive: NoiseSourceInput = { site: "state", intensity: 0.3, scaling: "stationary" };

/** Every kind of scheme that claims a limit: cell, sources (the first is judged). */
const kept: readonly (readonly [Cell, readonly NoiseSourceInput[]])[] = [
  ...sde.map((scaling) => ["rate", [{ site: "state", intensity, scaling }]] as const),
  ["ctrnn", [{ site: "state", intensity, scaling: "stationary" }]],
  ["lipschitz", [{ site: "state", intensity, scaling: "per-sqrt-time" }]],
  ["ctrnn", [{ site: "outside", intensity, scaling: "stationary" }]],
  ["rate", [{ site: "inside", intensity, scaling: "stationary" }]],
  ["rate", [{ site: "outside", intensity, scaling: "per-sqrt-time" }]],
  ["rate", [{ site: "state-multiplicative", intensity, scaling: "per-sqrt-time" }]],
  ["lipschitz", [{ site: "state-multiplicative", intensity, scaling: "per-sqrt-time", law: "uniform" }]],
  [
    "lipschitz",
    [{ site: "state-multiplicative", proportionalTo: "drift", intensity: 0.6, scaling: "per-sqrt-time" }, drive],
  ],
  ["ctrnn", [{ site: "update", intensity: 0.6, scaling: "per-sqrt-time" }, drive]],
  ["ctrnn", [{ site: "outside", intensity, law: "rademacher", scaling: "per-sqrt-time" }]],
  ["ctrnn", [{ site: "inside", intensity, ...coloured }]],
  ["ctrnn", [{ site: "inside", intensity, scaling: "per-sqrt-time", ...coloured }]],
  ["lipschitz", [{ site: "inside", intensity, scaling: "stationary", ...coloured }]],
  ["rate", [{ site: "state", intensity, scaling: "stationary", ...coloured }]],
  ["ctrnn", [{ site: "state-multiplicative", intensity, scaling: "per-sqrt-time", ...coloured }]],
];

describe("schemes that claim a limit: halving dt leaves the mean within 0.01 and the variance within 4 %, beyond 4 standard errors", () => {
  // Weak error of Euler's scheme at order dt: the leak unit's variance is sigma^2 / (1 - dt / 2), so it falls by dt / 4
  // = 2.5 % from dt = 0.1 to 0.05; feedback and multiplicative terms are of the same order. The mean of this network,
  // about 0.4, moves by less than a tenth of the variance's change.
  test.each(kept)("%s, %j", async (cell, noise) => {
    expect(limitOf(cell, noise)).toBe("kept");
    const pair = await halved(cell, noise);
    const { ratio, error } = varianceRatio(pair);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.04 + 4 * error);
    expect(Math.abs(pair[1].mean - pair[0].mean)).toBeLessThan(
      0.01 + 4 * Math.hypot(pair[0].meanError, pair[1].meanError),
    );
  });
});

/** Schemes that claim none, and the factor by which halving dt changes the variance of the fluctuations, to leading order. */
const changed: readonly (readonly [Cell, NoiseSourceInput, StepLimit, number])[] = [
  ["ctrnn", { site: "inside", intensity }, "averages-out", 0.5],
  ["ctrnn", { site: "outside", intensity }, "averages-out", 0.5],
  ["rate", { site: "inside", intensity }, "averages-out", 0.5],
  ["ctrnn", { site: "state", intensity: 0.1 }, "diverges", 2],
  ["rate", { site: "state-multiplicative", intensity: 0.1 }, "diverges", 2],
  ["rate", { site: "state", intensity: 0.05, ...coloured }, "diverges", 4],
];

describe("schemes that claim none: halving dt changes the variance by the factor that is claimed, within 10 %", () => {
  test.each(changed)("%s, %j: %s, times %d", async (cell, source, limit, factor) => {
    expect(limitOf(cell, [source])).toBe(limit);
    const { ratio, error } = varianceRatio(await halved(cell, [source]));
    expect(Math.abs(ratio / factor - 1)).toBeLessThan(0.1 + (4 * error) / factor);
  });
});

describe("white noise inside an activation has no limit: the mean itself moves when dt is halved", () => {
  // uncoupled unit at 0.3, sigma 0.3: E relu(0.3 + s z) with s = sqrt(2 / dt) 0.3 is 0.70 at dt = 0.1 and 0.92 at 0.05;
  // E tanh is 0.15 and 0.11 (docs/conventions.md)
  test.each([
    ["relu", 0.15, 0.3],
    ["tanh", -0.06, -0.015],
  ])("%s: the mean of an uncoupled unit changes by more than %d and less than %d", async (activation, a, b) => {
    const source = { site: "inside", intensity, scaling: "stationary" as const };
    expect(limitOf("ctrnn", [source])).toBe("diverges");
    const [coarse, fine] = await halved("ctrnn", [source], { activation, self: 0 });
    const change = fine.mean - coarse.mean;
    expect(change).toBeGreaterThan(Math.min(a, b));
    expect(change).toBeLessThan(Math.max(a, b));
    expect(Math.abs(change)).toBeGreaterThan(10 * Math.hypot(coarse.meanError, fine.meanError));
  });

  test("per step inside relu the mean effect stays while the variance halves", async () => {
    const [coarse, fine] = await halved("ctrnn", [{ site: "inside", intensity: 0.6 }], { activation: "relu", self: 0 });
    // E relu(0.3 + 0.6 z) = 0.4187, noise-free 0.3
    expect(Math.abs(coarse.mean - 0.4187)).toBeLessThan(5 * coarse.meanError + 1e-3);
    expect(Math.abs(fine.mean - coarse.mean)).toBeLessThan(5 * Math.hypot(coarse.meanError, fine.meanError));
  });
});

// one unit a trial: the units of a trial share their input channel
describe("input noise follows where the input goes: a limit in the linear current of rate, and in ctrnn only when coloured", () => {
  test.each([
    ["rate", [{ site: "input", intensity, scaling: "stationary" }]],
    ["ctrnn", [{ site: "input", intensity, scaling: "per-sqrt-time", ...coloured }]],
  ] satisfies [Cell, NoiseSourceInput[]][])("%s, %j", async (cell, noise) => {
    expect(limitOf(cell, noise)).toBe("kept");
    expect(limitOf("ctrnn", [{ site: "input", intensity, scaling: "stationary" }])).toBe("diverges");
    const { ratio, error } = varianceRatio(await halved(cell, noise, { units: 1, trials: 300 }));
    expect(Math.abs(ratio - 1)).toBeLessThan(0.04 + 4 * error);
  });
});

test("weight noise is one perturbation at every dt: final states at dt and dt / 2 differ by less than 0.2 %", async () => {
  const final = async (step: number): Promise<Float64Array> => {
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 4,
      outputSize: 1,
      settings: { alpha: step, activation: "tanh" },
      noise: [{ site: "weight", intensity: 0.3 }],
    });
    expect(network.noise.every(({ stepLimit }) => stepLimit === "kept")).toBe(true);
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const stepCount = Math.round(4 / step);
    const { states } = kernel.forward({
      weights: { ...network.initialWeights(2), bRec: new Float64Array(4).fill(0.3) },
      batchSize: 1,
      stepCount,
      input: new Float64Array(stepCount).fill(1),
      trials: Uint32Array.of(3),
      level: "trained",
      key: { seed: 5, stream: 5 },
    });
    return states().h.slice(-4) as Float64Array;
  };
  const [coarse, fine] = [await final(0.02), await final(0.01)];
  const scale = Math.max(...coarse.map(Math.abs));
  expect(scale).toBeGreaterThan(0.1);
  coarse.forEach((x, i) => {
    expect(Math.abs(x - fine[i]) / scale).toBeLessThan(0.002);
  });
});

test("the stationary deviation of Euler-Maruyama converges to the limit, not to something else: 4.5 standard errors at dt 0.02", async () => {
  // dh = -h dt + sigma sqrt(2) dB has deviation sigma; at dt = 0.02 Euler's is 0.5 % above
  const source = { site: "state", intensity, scaling: "stationary" as const };
  const measured = await stationary({ cell: "rate", noise: [source], dt: 0.02, bias: 0, trials: 8 });
  const expected = intensity ** 2 / (1 - 0.01);
  expect(Math.abs(measured.variance - expected)).toBeLessThan(4.5 * measured.varianceError);
  expect(expected / intensity ** 2).toBeLessThan(1.011);
});
