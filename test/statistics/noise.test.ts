import { describe, expect, test } from "vitest";
import { createNetwork } from "../../src/network/network.ts";
import type { NoiseLaw, NoiseSourceInput } from "../../src/noise/contract.ts";
import { gaussianMean, type Measured, type StationaryCase, stationary } from "../helpers/stationary.ts";

/** The measurement lies within 4.5 of its own standard errors (chance of a false alarm below 1e-5 each). */
function agrees(measured: Measured, expected: { mean?: number; deviation?: number }): void {
  if (expected.mean !== undefined) {
    expect(Math.abs(measured.mean - expected.mean)).toBeLessThan(4.5 * measured.meanError);
  }
  if (expected.deviation !== undefined) {
    expect(Math.abs(measured.variance - expected.deviation ** 2)).toBeLessThan(4.5 * measured.varianceError);
  }
}

const relu = (x: number): number => Math.max(0, x);
const sigma = 0.2;
const bias = 0.3;

/** Moments of f(bias + s z) in the bracket of a leak with step alpha: mean, and deviation times sqrt(alpha / (2 - alpha)). */
function insideLeak(f: (x: number) => number, s: number, alpha: number): { mean: number; deviation: number } {
  const mean = gaussianMean(f, bias, s);
  const variance = gaussianMean((x) => (f(x) - mean) ** 2, bias, s);
  return { mean, deviation: Math.sqrt((variance * alpha) / (2 - alpha)) };
}

describe("one unit with drive 0.3, sigma 0.2: mean and deviation are those of the closed forms, within 4.5 standard errors", () => {
  const measure = (site: string, rest: Partial<NoiseSourceInput>, more: Partial<StationaryCase> & { dt: number }) =>
    stationary({ cell: "ctrnn", noise: [{ site, intensity: sigma, ...rest }], duration: 40, ...more });

  test.each([0.5, 0.1, 0.02])("alpha %d, outside, stationary: deviation sigma / sqrt(1 - alpha / 2)", async (dt) => {
    const units = dt < 0.05 ? { units: 32, trials: 8 } : {};
    const measured = await measure("outside", { scaling: "stationary" }, { dt, ...units });
    agrees(measured, { mean: bias, deviation: sigma / Math.sqrt(1 - dt / 2) });
  });

  // means 0.35, 0.53, 0.96: the finer the step, the larger the draws and the more of them the ReLU rectifies
  test.each([0.5, 0.1, 0.02])(
    "alpha %d, inside relu, sqrt(2 / alpha) sigma: the mean grows as the step shrinks",
    async (dt) => {
      const units = dt < 0.05 ? { units: 32, trials: 8 } : {};
      const measured = await measure("inside", { scaling: "stationary" }, { dt, ...units });
      const expected = insideLeak(relu, sigma * Math.sqrt(2 / dt), dt);
      agrees(measured, expected);
      expect(expected.mean).toBeCloseTo({ 0.5: 0.352, 0.1: 0.527, 0.02: 0.957 }[dt] as number, 2);
    },
  );

  test.each([0.5, 0.1])("alpha %d, inside tanh, sqrt(2 / alpha) sigma: the signal is washed out", async (dt) => {
    const measured = await measure("inside", { scaling: "stationary" }, { dt, activation: "tanh" });
    const expected = insideLeak(Math.tanh, sigma * Math.sqrt(2 / dt), dt);
    agrees(measured, expected);
    expect(expected.mean).toBeCloseTo({ 0.5: 0.26, 0.1: 0.19 }[dt] as number, 1);
  });

  test.each([0.5, 0.1])(
    "alpha %d, inside, per step, in the cell rate: deviation sigma sqrt(alpha / (2 - alpha))",
    async (dt) => {
      const measured = await measure("inside", {}, { dt, cell: "rate" });
      agrees(measured, { mean: bias, deviation: sigma * Math.sqrt(dt / (2 - dt)) });
    },
  );

  test.each([0.5, 0.1])("alpha %d, state, per step: deviation sigma / sqrt(alpha (2 - alpha))", async (dt) => {
    const measured = await measure("state", {}, { dt, cell: "rate" });
    agrees(measured, { mean: bias, deviation: sigma / Math.sqrt(dt * (2 - dt)) });
  });

  test.each(["gaussian", "uniform", "rademacher"] satisfies NoiseLaw[])(
    "%s noise of equal intensity has equal deviation",
    async (law) => {
      agrees(await measure("outside", { law }, { dt: 0.2 }), { mean: bias, deviation: sigma * Math.sqrt(0.2 / 1.8) });
    },
  );

  // one unit a trial: the units of a trial share their input channel
  test("input noise reaches a unit of weight 1 like noise inside", async () => {
    const single = { dt: 0.2, cell: "rate", units: 1, trials: 400 } as const;
    agrees(await measure("input", { scaling: "stationary" }, single), {
      mean: bias,
      deviation: sigma / Math.sqrt(1 - 0.1),
    });
  });

  // E h = b needs m (b - E h) = 0; E h^2 from h' = h + alpha m (b - h), m independent of h, E m = 1 - mu / 2
  test("update with uniform-decrement keeps the mean and, the drive being constant, adds no variance", async () => {
    const measured = await measure("update", { law: "uniform-decrement", intensity: 0.8 }, { dt: 0.2 });
    expect(Math.abs(measured.mean - bias)).toBeLessThan(1e-3);
    expect(measured.variance).toBeLessThan(1e-6);
  });
});

describe("update noise acts on the increment of a network that starts at 0", () => {
  const first = async (law: NoiseLaw, intensity: number): Promise<Float64Array> => {
    const units = 20000;
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: 1,
      outputSize: 1,
      settings: { alpha: 1 },
      noise: [{ site: "update", law, intensity }],
    });
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const { states } = kernel.forward({
      weights: { ...network.initialWeights(1), bRec: Float64Array.of(1) },
      batchSize: units,
      stepCount: 1,
      input: new Float64Array(units),
      trials: Uint32Array.from({ length: units }, (_, trial) => trial),
      level: "trained",
      key: { seed: 1, stream: 1 },
    });
    return Float64Array.from(states().h.filter((_, i) => i % 2 === 1));
  };
  const mean = (values: Float64Array): number => values.reduce((total, x) => total + x, 0) / values.length;

  // 20 000 draws: a mean of deviation d is known to d / 141; bounds are 5 of these
  test("uniform-decrement 0.4: factors fill [0.6, 1] with mean 0.8", async () => {
    const factors = await first("uniform-decrement", 0.4);
    expect(Math.min(...factors)).toBeGreaterThan(0.6);
    expect(Math.min(...factors)).toBeLessThan(0.6005);
    expect(Math.max(...factors)).toBeLessThan(1);
    expect(Math.abs(mean(factors) - 0.8)).toBeLessThan((5 * 0.4) / Math.sqrt(12) / 141);
  });

  test("bernoulli 0.25: a quarter of the factors is 0, the others 4/3, so the mean is 1", async () => {
    const factors = await first("bernoulli", 0.25);
    const dropped = factors.filter((x) => x === 0).length;
    expect(factors.filter((x) => Math.abs(x - 4 / 3) < 1e-6).length).toBe(20000 - dropped);
    expect(Math.abs(dropped / 20000 - 0.25)).toBeLessThan((5 * Math.sqrt(0.25 * 0.75)) / 141);
  });
});

describe("Ornstein-Uhlenbeck noise", () => {
  const correlationTime = 1.5;
  const dt = 0.25;
  const noiseStates = async (
    level: "trained" | "zero",
  ): Promise<{ n: Float64Array; stepCount: number; units: number }> => {
    const [units, stepCount, batchSize] = [500, 4, 20];
    const network = createNetwork({
      cell: "ctrnn",
      inputSize: 1,
      hiddenSize: units,
      outputSize: 1,
      settings: { alpha: dt },
      noise: [{ site: "inside", intensity: 0.7, correlationTime }],
    });
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const weights = { ...network.initialWeights(1), wRec: new Float64Array(units * units) };
    const { states } = kernel.forward({
      weights,
      batchSize,
      stepCount,
      input: new Float64Array(batchSize * stepCount),
      trials: Uint32Array.from({ length: batchSize }, (_, b) => b),
      level,
      key: { seed: 8, stream: 2 },
    });
    return { n: states()["noise:inside"] as Float64Array, stepCount, units };
  };

  // 10^4 pairs: a variance v is known to v sqrt(2 / 10^4) = 0.014 v, a correlation to 0.01; bounds are 5 of these
  test("has its variance from the first step on and correlation exp(-k dt / c) over k steps", async () => {
    const { n, stepCount, units } = await noiseStates("trained");
    const at = (t: number): number[] => {
      const values: number[] = [];
      for (let b = 0; b < 20; b++)
        for (let i = 0; i < units; i++) values.push(n[(b * (stepCount + 1) + t) * units + i]);
      return values;
    };
    const variance = (values: readonly number[]): number =>
      values.reduce((total, x) => total + x * x, 0) / values.length;
    for (let t = 0; t <= stepCount; t++) expect(Math.abs(variance(at(t)) / 0.49 - 1)).toBeLessThan(0.07);
    for (const k of [1, 2, 4]) {
      const later = at(k);
      const product = at(0).reduce((total, x, i) => total + x * later[i], 0) / later.length;
      expect(Math.abs(product / 0.49 - Math.exp((-k * dt) / correlationTime))).toBeLessThan(0.07);
    }
  });

  test("is silent at level zero, its initial value included", async () => {
    const { n } = await noiseStates("zero");
    expect(n.every((x) => x === 0)).toBe(true);
  });

  // leak unit: Var = s^2 a / (2 - a) (1 + q) / (1 - q), q = (1 - a) rho, for noise of deviation s in its bracket
  const leakVariance = (s: number, a: number, rho: number): number =>
    ((s * s * a) / (2 - a)) * ((1 + (1 - a) * rho) / (1 - (1 - a) * rho));

  test("stationary scaling gives the leak unit its deviation to leading order, at two steps and two correlation times", async () => {
    for (const [alpha, c] of [
      [0.1, 1],
      [0.05, 1],
      [0.1, 0.2],
    ]) {
      const noise = [{ site: "outside", intensity: sigma, scaling: "stationary" as const, correlationTime: c }];
      const measured = await stationary({ cell: "ctrnn", noise, dt: alpha, settling: 10, duration: 40, trials: 8 });
      const factor = Math.sqrt(2 * (1 + c)) * alpha ** -0.5 * Math.sqrt(Math.tanh(alpha / (2 * c)));
      const exact = Math.sqrt(leakVariance(factor * sigma, alpha, Math.exp(-alpha / c)));
      agrees(measured, { mean: bias, deviation: exact });
      // the leading order is off by at most alpha / 2 of itself
      expect(Math.abs(exact / sigma - 1)).toBeLessThan(alpha / 2);
    }
  });
});

describe("shared multiplicative noise", () => {
  test("all units of a trial see one draw, other trials another; without `shared` every unit its own", async () => {
    for (const shared of [true, false]) {
      const network = createNetwork({
        cell: "ctrnn",
        inputSize: 1,
        hiddenSize: 8,
        outputSize: 1,
        noise: [{ site: "state-multiplicative", intensity: 0.5, shared }],
      });
      const kernel = await network.kernel({ backend: "reference", precision: "float64" });
      const { states } = kernel.forward({
        weights: { ...network.initialWeights(1), wRec: new Float64Array(64) },
        batchSize: 2,
        stepCount: 1,
        input: new Float64Array(2),
        trials: Uint32Array.of(0, 1),
        level: "trained",
        key: { seed: 1, stream: 1 },
        initialState: { h: new Float64Array(16).fill(1) },
      });
      const after = states().h;
      const distinct = [8, 24].map((from) => new Set(after.slice(from, from + 8)).size);
      expect(distinct).toEqual(shared ? [1, 1] : [8, 8]);
      expect(after[8]).not.toBe(after[24]);
    }
  });

  // d log h = (-s^2 / 2) dt + s dB for dh = s h dB: stochastic stabilisation. 200 trials of 4 tau: the slope of the
  // mean log is known to s / sqrt(4 * 200) = 0.035; Euler's bias is of order s^4 dt = 0.01
  test("in proportion to the state with intensity 1 it lowers the Lyapunov exponent by 1/2 within 0.15", async () => {
    const [dt, trials, stepCount] = [0.01, 200, 400];
    const network = createNetwork({
      cell: "lipschitz",
      inputSize: 1,
      hiddenSize: 1,
      outputSize: 1,
      settings: { step: dt },
      noise: [{ site: "state-multiplicative", intensity: 1, scaling: "per-sqrt-time", shared: true }],
      parametrisations: { wLinear: { name: "dense" }, wRec: { name: "dense" } },
    });
    const kernel = await network.kernel({ backend: "reference", precision: "float64" });
    const zero = Float64Array.of(0);
    const { states } = kernel.forward({
      weights: { ...network.initialWeights(1), wLinear: zero, wRec: zero, bRec: zero },
      batchSize: trials,
      stepCount,
      input: new Float64Array(trials * stepCount),
      trials: Uint32Array.from({ length: trials }, (_, trial) => trial),
      level: "trained",
      key: { seed: 3, stream: 3 },
      initialState: { h: new Float64Array(trials).fill(1) },
    });
    const { h } = states();
    let slope = 0;
    for (let b = 0; b < trials; b++) slope += Math.log(h[(b + 1) * (stepCount + 1) - 1]) / (stepCount * dt) / trials;
    expect(Math.abs(slope + 0.5)).toBeLessThan(0.15);
  });
});
