import { describe, expect, test } from "vitest";
import type { Moments } from "../../src/analysis/dynamics/contract.ts";
import { meanDynamics } from "../../src/analysis/dynamics/mean-dynamics.ts";
import { lyapunov, momentDynamics } from "../../src/analysis/dynamics/moment-dynamics.ts";
import { normalCdf } from "../../src/analysis/statistics/normal.ts";
import { CapabilityError } from "../../src/core/errors.ts";
import type { Network, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import { installBackends } from "../../src/platform/node/setup.ts";

installBackends();
const alpha = 0.1;

/** One ctrnn unit whose constant input is in its bias. */
function unit(w: number, b: number, site: string, s: number, activation = "relu") {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 1,
    outputSize: 1,
    settings: { alpha, activation },
    noise: [{ site, intensity: s }],
  });
  const weights: Weights = {
    ...network.initialWeights(1),
    wRec: Float64Array.of(w),
    bRec: Float64Array.of(b),
    wIn: Float64Array.of(0),
  };
  return { network, weights };
}

const zero = (size: number): Moments => ({ mean: new Float64Array(size), covariance: new Float64Array(size * size) });
const input = Float64Array.of(0);

/** Stationary mean and covariance by many copies, from `settle` steps on. */
async function monteCarlo(
  network: Network,
  weights: Weights,
  u: number,
  copies: number,
  stepCount: number,
  settle: number,
): Promise<{ readonly mean: Float64Array; readonly variance: Float64Array }> {
  const kernel = await network.kernel({ precision: "float64", backend: "vector" });
  const size = network.spec.hiddenSize;
  const states = kernel
    .forward({
      weights,
      batchSize: copies,
      stepCount,
      outputFrom: stepCount,
      input: new Float64Array(copies * stepCount).fill(u),
      trials: Uint32Array.from({ length: copies }, (_, i) => i),
      level: "trained",
      key: { seed: 6, stream: 0 },
    })
    .states().h;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  const count = copies * (stepCount - settle);
  const each = (visit: (x: number, i: number) => void): void => {
    for (let b = 0; b < copies; b++) {
      for (let t = settle + 1; t <= stepCount; t++) {
        for (let i = 0; i < size; i++) visit(states[(b * (stepCount + 1) + t) * size + i], i);
      }
    }
  };
  each((x, i) => {
    mean[i] += x / count;
  });
  each((x, i) => {
    variance[i] += (x - mean[i]) ** 2 / count;
  });
  return { mean, variance };
}

/** Stationary law of one relu unit with noise outside: its gaussian transfer kernel on a grid, a fifth of it apart. */
function exactLaw(w: number, b: number, s: number): { readonly mean: number; readonly variance: number } {
  const deviation = alpha * s;
  const spacing = deviation / 5;
  const half = Math.ceil((3 * s) / spacing);
  const grid = Array.from({ length: 2 * half + 1 }, (_, k) => (k - half) * spacing);
  const next = grid.map((h) => (1 - alpha) * h + alpha * Math.max(0, w * h + b));
  const weight = spacing / (deviation * Math.sqrt(2 * Math.PI));
  const kernel = grid.map((to) => next.map((from) => weight * Math.exp(-0.5 * ((to - from) / deviation) ** 2)));
  let law: number[] = grid.map((_, k) => (k === half ? 1 : 0));
  for (let step = 0; step < 250; step++) {
    law = kernel.map((row) => {
      let total = 0;
      for (let k = 0; k < law.length; k++) total += row[k] * law[k];
      return total;
    });
  }
  const mean = grid.reduce((sum, h, k) => sum + h * law[k], 0);
  return { mean, variance: grid.reduce((sum, h, k) => sum + (h - mean) ** 2 * law[k], 0) };
}

describe("one relu unit", () => {
  // the equations of the closure as they are on paper, iterated
  const byHand = (w: number, b: number, s: number, isInside: boolean): readonly [number, number] => {
    let [m, v] = [0, 0];
    for (let step = 0; step < 4000; step++) {
      const S = Math.sqrt((isInside ? s * s : 0) + w * w * v);
      const a = w * m + b;
      const z = S === 0 ? Math.sign(a) * Number.POSITIVE_INFINITY || 0 : a / S;
      const phi = Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI);
      const g = a * normalCdf(z) + S * phi;
      const vf = (a * a + S * S) * normalCdf(z) + a * S * phi - g * g + (isInside ? 0 : s * s);
      v = (1 - alpha) ** 2 * v + alpha ** 2 * vf + 2 * alpha * (1 - alpha) * w * v * normalCdf(z);
      m = (1 - alpha) * m + alpha * g;
    }
    return [m, v];
  };

  test.each([
    [0.5, 0, 1, true],
    [0.5, 0, 1, false],
    [-2, 0.3, 0.5, true],
    [0.8, -0.2, 0.7, true],
    [0, 0.4, 1, false],
  ])("w %f, b %f, s %f, inside %s: the closure is that of the formulas to 1e-7", (w, b, s, isInside) => {
    const { network, weights } = unit(w, b, isInside ? "inside" : "outside", s);
    const found = momentDynamics(network, weights, "trained").stationary(input, zero(1));
    const [m, v] = byHand(w, b, s, isInside);
    expect(found.isConverged).toBe(true);
    // a residual of 1e-9 per step, times the 10 to 100 steps that the state remembers
    expect(Math.abs(found.mean[0] - m)).toBeLessThan(1e-7);
    expect(Math.abs(found.covariance[0] - v)).toBeLessThan(1e-7);
  });

  test("noise inside 0.5544 and 0.0340, outside 0.0754 and 0.0746 at w 0.5, b 0, s 1", () => {
    const at = (site: string) => {
      const { network, weights } = unit(0.5, 0, site, 1);
      return momentDynamics(network, weights, "trained").stationary(input, zero(1));
    };
    expect(at("inside").mean[0]).toBeCloseTo(0.5544, 4);
    expect(at("inside").covariance[0]).toBeCloseTo(0.034, 4);
    expect(at("outside").mean[0]).toBeCloseTo(0.0754, 4);
    expect(at("outside").covariance[0]).toBeCloseTo(0.0746, 4);
  });

  test.each([
    [0.5, 0, 1],
    [-2, 0.3, 0.5],
    [0.8, -0.2, 0.7],
  ])("w %f, b %f, noise inside %f: within 1 per cent of Monte Carlo in mean, 4 in variance", async (w, b, s) => {
    const { network, weights } = unit(w, b, "inside", s);
    const closure = momentDynamics(network, weights, "trained").stationary(input, zero(1));
    // 600 copies and 600 steps, correlated over some 20: standard errors are 0.7 % of a deviation, 1 % of a variance
    const { mean, variance } = await monteCarlo(network, weights, 0, 600, 700, 100);
    expect(Math.abs(closure.mean[0] / mean[0] - 1)).toBeLessThan(0.01);
    expect(Math.abs(closure.covariance[0] / variance[0] - 1)).toBeLessThan(0.04);
  });

  test.each([
    [0.5, 0, 1],
    [0.5, 0.3, 1],
    [-1, 0.2, 0.5],
  ])("w %f, b %f, noise outside %f: within 1 per cent of the exact law in mean, 3 in variance", (w, b, s) => {
    const { network, weights } = unit(w, b, "outside", s);
    const closure = momentDynamics(network, weights, "trained").stationary(input, zero(1));
    const { mean, variance } = exactLaw(w, b, s);
    expect(Math.abs(closure.mean[0] / mean - 1)).toBeLessThan(0.01);
    expect(Math.abs(closure.covariance[0] / variance - 1)).toBeLessThan(0.03);
  });

  test.each([
    [-0.5, 0.5],
    [0, 0.5],
    [1, 0.7],
    [0, -0.5],
  ])(
    "at the silent drive a = %f s, w %f multiplies the shift D of one step by 1 / (1 - w Phi(a / s)): mean field, closure, Monte Carlo",
    async (z, w) => {
      const s = 0.5;
      const silent = Math.max(0, z * s);
      const { network, weights } = unit(w, z * s - w * silent, "inside", s);
      const phi = Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI);
      const Phi = normalCdf(z);
      const D = s * (phi - Math.abs(z) * normalCdf(-Math.abs(z)));
      const shift = D / (1 - w * Phi);
      const mean = meanDynamics(network, weights, "trained");
      let m: Float64Array = Float64Array.of(silent);
      for (let step = 0; step < 600; step++) m = mean.step(m, input);
      // Taylor: dm = D + w Phi dm + (w dm)^2 g'' / 2 with g'' <= phi(0) / s
      const rest = (0.5 * (w * (m[0] - silent)) ** 2 * 0.4) / s / (1 - w * Phi) + 1e-9;
      expect(Math.abs(m[0] - silent - shift)).toBeLessThan(rest);
      // which tells it from no recurrence, and from a unit that is above the kink whatever the noise
      expect(Math.abs(m[0] - silent - D)).toBeGreaterThan(2 * rest);
      expect(Math.abs(m[0] - silent - D / (1 - w))).toBeGreaterThan(2 * rest);

      // the fluctuations of the state, of variance V, widen the noise to S = sqrt(s^2 + w^2 V): dg/dS = phi
      const closure = momentDynamics(network, weights, "trained").stationary(input, zero(1));
      const wider = Math.sqrt(s * s + w * w * closure.covariance[0]) - s;
      expect(Math.abs(closure.mean[0] - silent - shift)).toBeLessThan(rest + (wider * 0.4) / (1 - w * Phi));

      // 600 copies and 600 steps, correlated over 2 / alpha / (1 - w Phi) <= 49: 5 errors are 6 % of a deviation
      const measured = await monteCarlo(network, weights, 0, 600, 700, 100);
      const tolerance = rest + (wider * 0.4) / (1 - w * Phi) + 0.06 * Math.sqrt(measured.variance[0]);
      expect(Math.abs(measured.mean[0] - silent - shift)).toBeLessThan(tolerance);
      expect(Math.abs(measured.mean[0] - silent - D)).toBeGreaterThan(tolerance);
      expect(Math.abs(measured.mean[0] - silent - D / (1 - w))).toBeGreaterThan(tolerance);
    },
  );
});

describe("networks", () => {
  test.each([
    ["ctrnn", "relu", { alpha }],
    ["rate", "relu", { alpha }],
  ] as const)(
    "%s with 20 random %s units: means within 2 per cent of a deviation of the noise, deviations within 3 per cent",
    async (cell, activation, settings) => {
      const network = createNetwork({
        cell,
        inputSize: 1,
        hiddenSize: 20,
        outputSize: 1,
        settings: { ...settings, activation },
        noise: [{ site: "inside", intensity: 0.5 }],
      });
      const weights = network.initialWeights(1);
      const closure = momentDynamics(network, weights, "trained").stationary(Float64Array.of(0.5), zero(20));
      expect(closure.isConverged).toBe(true);
      // standard errors: 0.5 % of a deviation of the state for means, 0.4 % for deviations; the rest is the closure's
      const { mean, variance } = await monteCarlo(network, weights, 0.5, 300, 400, 150);
      for (let i = 0; i < 20; i++) {
        expect(Math.abs(closure.mean[i] - mean[i])).toBeLessThan(0.02 * 0.5);
        const deviation = Math.sqrt(closure.covariance[i * 21]);
        expect(Math.abs(deviation - Math.sqrt(variance[i]))).toBeLessThan(0.03 * Math.sqrt(variance[i]) + 0.001);
      }
    },
  );

  const small = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: 3,
    outputSize: 1,
    settings: { alpha: 0.4, activation: "tanh" },
    noise: [{ site: "inside", intensity: 0.5 }],
  });
  const weights = small.initialWeights(7);
  const closure = momentDynamics(small, weights, "trained");
  const u = Float64Array.of(0.3);

  test("what stationary finds, a step leaves alone, and many steps lead to it", () => {
    const found = closure.stationary(u, zero(3));
    const next = closure.step(found, u);
    let moments: Moments = zero(3);
    for (let step = 0; step < 300; step++) moments = closure.step(moments, u);
    for (let i = 0; i < 3; i++) {
      expect(Math.abs(next.mean[i] - found.mean[i])).toBeLessThan(1e-9);
      expect(Math.abs(moments.mean[i] - found.mean[i])).toBeLessThan(1e-8);
    }
    for (let at = 0; at < 9; at++) {
      expect(Math.abs(next.covariance[at] - found.covariance[at])).toBeLessThan(1e-9);
      expect(Math.abs(moments.covariance[at] - found.covariance[at])).toBeLessThan(1e-8);
    }
  });

  test("the mean map at a covariance has the mean of the closure's step, and its Jacobian", () => {
    const { mean, covariance } = closure.step(closure.step(zero(3), u), u);
    const map = closure.meanDynamics(covariance);
    expect(map.step(mean, u)).toEqual(closure.step({ mean, covariance }, u).mean);
    const jacobian = map.jacobian(mean, u);
    const h = 1e-5;
    for (let j = 0; j < 3; j++) {
      const moved = (by: number) =>
        map.step(
          mean.map((x, i) => (i === j ? x + by : x)),
          u,
        );
      const [up, down] = [moved(h), moved(-h)];
      // central differences err by h^2 and by rounding / h
      for (let i = 0; i < 3; i++)
        expect(Math.abs((up[i] - down[i]) / (2 * h) - jacobian[3 * i + j])).toBeLessThan(1e-9);
    }
  });

  test("tolerance and most steps are kept to", () => {
    const exact = closure.stationary(u, zero(3));
    const coarse = closure.stationary(u, zero(3), { tolerance: 1e-3 });
    expect(coarse.isConverged).toBe(true);
    expect(coarse.residual).toBeGreaterThan(exact.residual);
    const start = { ...zero(3), mean: Float64Array.of(5, 5, 5) };
    expect(closure.stationary(u, start, { tolerance: 0, mostSteps: 1 }).isConverged).toBe(false);
  });

  test("an unstable unit has no stationary covariance, and is said not to converge", () => {
    const { network, weights: strong } = unit(1.5, 0.5, "inside", 0.3);
    const found = momentDynamics(network, strong, "trained").stationary(input, zero(1), { mostSteps: 400 });
    expect(found.isConverged).toBe(false);
  });

  test("noise that outlasts a step is refused", () => {
    const with_ = (noise: Parameters<typeof createNetwork>[0]["noise"]) => {
      const network = createNetwork({ cell: "ctrnn", inputSize: 1, hiddenSize: 2, outputSize: 1, noise: noise ?? [] });
      return () => momentDynamics(network, network.initialWeights(1), "trained");
    };
    expect(with_([{ site: "inside", intensity: 0.5, correlationTime: 3 }])).toThrow(CapabilityError);
    expect(with_([{ site: "weight:wRec", intensity: 0.1 }])).toThrow(/Monte Carlo/);
    expect(with_([{ site: "weight:wRec", intensity: 0 }])).not.toThrow();
  });
});

test("the Lyapunov equation is solved to 1e-13, and refused where there is no solution", () => {
  const J = Float64Array.of(0.9, 0.2, -0.1, 0.7);
  const Q = Float64Array.of(1, 0.3, 0.3, 2);
  const C = lyapunov(J, Q, 2) as Float64Array;
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      let total = Q[2 * i + j];
      for (let k = 0; k < 2; k++) for (let l = 0; l < 2; l++) total += J[2 * i + k] * C[2 * k + l] * J[2 * j + l];
      expect(Math.abs(total - C[2 * i + j])).toBeLessThan(1e-13 * C[0]);
    }
  }
  expect(lyapunov(Float64Array.of(1.01, 0, 0, 0.5), Q, 2)).toBeUndefined();
});
