/** Fixed points of noisy rectifiers against SciPy (fixed-points.py says how) and against closed forms. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { meanDynamics } from "../../src/analysis/dynamics/mean-dynamics.ts";
import { momentDynamics } from "../../src/analysis/dynamics/moment-dynamics.ts";
import { followClosure } from "../../src/analysis/fixed-points/closure-branch.ts";
import { followBranch } from "../../src/analysis/fixed-points/continuation.ts";
import { findFixedPoints, type SearchOptions, visitedStates } from "../../src/analysis/fixed-points/search.ts";
import { normalCdf } from "../../src/analysis/statistics/normal.ts";
import { normals } from "../../src/core/random.ts";
import type { Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";

interface Oracle {
  readonly weights: readonly number[];
  readonly bias: readonly number[];
  /** By deviation of the noise. */
  readonly points: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly fold: { readonly mean: readonly number[]; readonly deviation: number };
}

const oracle = JSON.parse(readFileSync(new URL("fixed-points.json", import.meta.url), "utf8")) as Oracle;
const input = Float64Array.of(0);
const intensity = 0.6;
const search: SearchOptions = {
  method: "one-by-one",
  starts: 24,
  rounds: 8,
  jitter: 0.5,
  tolerance: 1e-11,
  slowTolerance: 1e-4,
  uniqueDistance: 1e-3,
  outlierDistance: 20,
  seed: 1,
};

/** A ctrnn of rectifiers with noise inside, and the weights that matter. */
function rectifiers(wRec: readonly number[], bRec: readonly number[], site = "inside") {
  const network = createNetwork({
    cell: "ctrnn",
    inputSize: 1,
    hiddenSize: bRec.length,
    outputSize: 1,
    settings: { alpha: 0.1 },
    noise: [{ site, intensity }],
  });
  const weights: Weights = {
    ...network.initialWeights(0),
    wRec: Float64Array.from(wRec),
    bRec: Float64Array.from(bRec),
  };
  return { network, weights, family: (level: number) => meanDynamics(network, weights, { factor: level }) };
}

const range = (to: number, count: number) => ({
  from: 0,
  to,
  grid: Array.from({ length: count }, (_, i) => (to * i) / (count - 1)),
  spread: 1,
  tolerance: 1e-12,
  outlierDistance: 50,
});
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

describe("mean-field fixed points against SciPy", () => {
  const { family } = rectifiers(oracle.weights, oracle.bias);
  const visited = visitedStates(normals(new Float64Array(200), { seed: 1, stream: 1 }), 2);

  // fsolve ends at 1e-11 of the residual; 1 - J is not below 0.05 there
  test.each(Object.keys(oracle.points))("noise %s: the same 2 points to 1e-8", (deviation) => {
    const { points } = findFixedPoints(family(Number(deviation) / intensity), input, visited, search);
    const states = points.map(({ xStar }) => [...xStar]).sort((a, b) => a[0] - b[0]);
    expect(states).toEqual(oracle.points[deviation].map((m) => m.map((value) => expect.closeTo(value, 8))));
    expect(new Set(points.map(({ isStable }) => isStable))).toEqual(new Set([true, false]));
  });

  test("the points meet in a fold at the noise of 1.0623 that fsolve gives, to 1e-7, and there are none beyond", () => {
    const start = { xStar: Float64Array.of(0, 0.2), speed: 0, parameter: 0 };
    const branch = followBranch(family, input, start, 1, range(2, 21));
    const fold = branch.find(({ events }) => events.includes("fold"));
    expect((fold?.parameter ?? 0) * intensity).toBeCloseTo(oracle.fold.deviation, 7);
    // the state is what a bisection of the arclength leaves of the root of a flat maximum
    expect([...(fold?.xStar ?? [])]).toEqual(oracle.fold.mean.map((value) => expect.closeTo(value, 4)));
    expect(branch.at(-1)?.events).toEqual(["end-of-range"]);
    expect(branch.at(-1)?.parameter).toBe(0);
    expect([...(branch.at(-1)?.xStar ?? [])]).toEqual(oracle.points["0.0"][1].map((value) => expect.closeTo(value, 9)));
    const beyond = findFixedPoints(family((1.05 * oracle.fold.deviation) / intensity), input, visited, search);
    expect(beyond.points.filter(({ kind }) => kind === "fixed")).toHaveLength(0);
  });
});

describe("one noisy rectifier against closed forms", () => {
  const [w, b] = [0.5, 0.1];
  const { family } = rectifiers([w], [b]);
  const branch = followBranch(family, input, { xStar: Float64Array.of(0.2), speed: 0, parameter: 0 }, 1, range(2, 41));

  test("every point of its branch solves m = a Phi(a / s) + s phi(a / s), a = w m + b, to 1e-10", () => {
    for (const { parameter, xStar } of branch.filter((point) => point.parameter > 0)) {
      const s = parameter * intensity;
      const a = w * xStar[0] + b;
      expect(xStar[0]).toBeCloseTo(a * normalCdf(a / s) + s * density(a / s), 10);
    }
    expect(branch.at(-1)?.parameter).toBe(2);
  });

  // dg_s / ds = phi(a / s) at fixed a; a central difference over the grid of 0.05 errs by its square times the third
  // derivative, below 2e-3 from level 1 on
  test("its slope over the noise is phi(a / s) / (1 - w Phi(a / s)): recurrence amplifies the shift", () => {
    for (let k = 20; k < 40; k++) {
      const [before, at, after] = [k - 1, k, k + 1].map(
        (index) => branch.find(({ parameter }) => Math.abs(parameter - index / 20) < 1e-9) as (typeof branch)[number],
      );
      const s = at.parameter * intensity;
      const a = w * at.xStar[0] + b;
      const slope = (after.xStar[0] - before.xStar[0]) / (0.1 * intensity);
      expect(Math.abs(slope - density(a / s) / (1 - w * normalCdf(a / s)))).toBeLessThan(2e-3);
    }
  });

  // D(a) = g_s(a) - relu(a) is the shift without recurrence; dm = D / (1 - w Phi) is its first order, so a small D is
  // met to the second: D = 0.008 here
  test("a small shift from no noise is D / (1 - w) far above the kink, to 3 per cent", () => {
    const s = 0.15;
    const silent = b / (1 - w);
    const { points } = findFixedPoints(
      family(s / intensity),
      input,
      visitedStates(Float64Array.of(0, 0.1, 0.3), 1),
      search,
    );
    const a = w * silent + b;
    const shift = s * density(a / s) - a * normalCdf(-a / s);
    const amplified = shift / (1 - w * normalCdf(a / s));
    expect(shift).toBeGreaterThan(1e-3);
    expect(Math.abs((points[0].xStar[0] - silent) / amplified - 1)).toBeLessThan(0.03);
  });

  // NumPy, 100 000 copies, steps 300 to 1500, seed 1: w 0.5, b 0, alpha 0.1, s 1 gives 0.0754 +- 0.0002
  test("noise outside moves the closure by the spread of the state alone: 0.0754 measured, mean-field 0", () => {
    const outside = rectifiers([0.5], [0], "outside");
    const level = 1 / intensity;
    const mean = outside.family(level).step(Float64Array.of(0), input);
    expect(mean[0]).toBe(0);
    const moments = (at: number) => momentDynamics(outside.network, outside.weights, { factor: at });
    const flat = { mean: Float64Array.of(0.01), covariance: Float64Array.of(0) };
    const start = moments(level).stationary(input, flat);
    expect(start.isConverged).toBe(true);
    const points = followClosure(moments, input, start, [level, level / 2, 0], 1);
    expect(Math.abs(points[0].xStar[0] - 0.0754)).toBeLessThan(0.0006);
    const half = points.find(({ parameter }) => parameter === level / 2);
    // nothing but s has a scale when b = 0
    expect(half?.xStar[0]).toBeCloseTo(points[0].xStar[0] / 2, 6);
    expect(points.at(-1)?.events).toEqual(["end-of-range"]);
    expect(Math.abs(points.at(-1)?.xStar[0] ?? 1)).toBeLessThan(1e-6);
  });
});
