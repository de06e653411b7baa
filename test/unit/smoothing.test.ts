import { describe, expect, test } from "vitest";
import { hermiteRule, legendreRule } from "../../src/analysis/dynamics/smoothing/gauss-rules.ts";
import { integral, kinksBetween } from "../../src/analysis/dynamics/smoothing/integrate.ts";
import { lawAverage, lawMoments } from "../../src/analysis/dynamics/smoothing/law-averages.ts";
import { activationFunction, functionBetween } from "../../src/analysis/dynamics/smoothing/scalar-function.ts";
import { activationName, hermiteOrder, smoothed } from "../../src/analysis/dynamics/smoothing/smoothed.ts";
import { normalCdf } from "../../src/analysis/statistics/normal.ts";
import { type ActivationName, activations, add, expression, mul, tanh } from "../../src/cell/expression.ts";
import { createGraph, leaf } from "../../src/cell/graph.ts";
import { noiseBlock } from "../../src/core/random.ts";
import type { NoiseLaw } from "../../src/noise/contract.ts";

const none: readonly number[] = [];
const names = Object.keys(activations) as ActivationName[];
const relu = smoothed(activationFunction("relu"));

describe("Gauss rules", () => {
  test.each([1, 2, 16, 61, 256])("Hermite of order %i has the moments of the normal law", (order) => {
    const { nodes, weights } = hermiteRule(order);
    let moment = 1;
    for (let power = 0; power <= Math.min(2 * order - 1, 16); power++) {
      const found = nodes.reduce((sum, x, k) => sum + weights[k] * x ** power, 0);
      if (power > 0 && power % 2 === 0) moment *= power - 1;
      // rounding of sums of numbers as large as the moment itself
      expect(Math.abs(found - (power % 2 === 0 ? moment : 0))).toBeLessThan(1e-12 * moment);
    }
  });

  test("Legendre of order 16 integrates x^30 over (-1, 1) to 1e-15", () => {
    const { nodes, weights } = legendreRule(16);
    expect(Math.abs(nodes.reduce((sum, x, k) => sum + weights[k] * x ** 30, 0) - 1 / 31)).toBeLessThan(1e-15);
  });

  test("an integral between kinks is exact to its tolerance", () => {
    expect(Math.abs(integral(Math.abs, -1, 2, [0], 1e-12) - 2.5)).toBeLessThan(1e-14);
    // without the break it is halved until it fits
    expect(Math.abs(integral((x) => Math.abs(x - 0.3), -1, 2, [], 1e-12) - 2.29)).toBeLessThan(1e-11);
  });

  test("kinks are found to the last bit, each once", () => {
    const at = (name: ActivationName) => kinksBetween(activationFunction(name), none, -5.05, 4.9);
    expect(at("hard-tanh").map(({ after }) => Math.round(after * 2 ** 50) / 2 ** 50)).toEqual([-1, 1]);
    expect(at("elu")).toEqual([{ before: 0, after: 5e-324 }]);
    expect(at("tanh")).toEqual([]);
  });
});

describe("relu: the closed forms of the noise-preference work", () => {
  const shift = (a: number): number => relu.mean(a, 1, none) - Math.max(a, 0);

  test("shift 0.3989 s at the kink, 0.198, 0.083, 0.0085, 0.0004 s at 0.5, 1, 2, 3 s", () => {
    expect(shift(0)).toBeCloseTo(1 / Math.sqrt(2 * Math.PI), 14);
    expect(shift(0.5)).toBeCloseTo(0.198, 3);
    expect(shift(1)).toBeCloseTo(0.083, 3);
    expect(shift(2)).toBeCloseTo(0.0085, 4);
    expect(shift(3)).toBeCloseTo(0.0004, 4);
  });

  test("the shift is even in the drive and grows in proportion to the noise", () => {
    for (const a of [0.1, 0.7, 1.9, 3.3]) {
      expect(Math.abs(shift(a) - shift(-a))).toBeLessThan(1e-15);
      expect(Math.abs(relu.mean(2.5 * a, 2.5, none) - 2.5 * relu.mean(a, 1, none))).toBeLessThan(1e-14);
    }
  });

  test("the variance is 0 far below the kink, 0.3408 s^2 at it, s^2 far above", () => {
    expect(relu.variance(-12, 1, none)).toBeLessThan(1e-30);
    expect(relu.variance(0, 1, none)).toBeCloseTo(0.5 - 1 / (2 * Math.PI), 14);
    expect(relu.variance(0, 1, none)).toBeCloseTo(0.3408, 4);
    expect(relu.variance(12, 1, none)).toBeCloseTo(1, 14);
    expect(relu.variance(6, 0.5, none)).toBeCloseTo(0.25, 14);
  });

  test("slope of the variance 2 g Phi(-a/s), largest at a = 0.376 s, 0.435 s", () => {
    let [best, most] = [0, 0];
    for (let a = -4; a < 4; a += 0.001) {
      const found = relu.varianceSlope(a, 1, none);
      // terms of size 1 that cancel in the tails
      expect(Math.abs(found - 2 * relu.mean(a, 1, none) * normalCdf(-a))).toBeLessThan(1e-14);
      if (found > most) [best, most] = [a, found];
    }
    expect(best).toBeCloseTo(0.376, 2);
    expect(most).toBeCloseTo(0.435, 3);
    expect(relu.varianceSlope(3, 1, none)).toBeLessThan(0.01);
  });
});

test("softplus at (0, 1): shift 0.1129, and at most s^2 / 8 anywhere", () => {
  const softplus = smoothed(activationFunction("softplus"));
  const shift = (a: number, s: number): number => softplus.mean(a, s, none) - Math.log1p(Math.exp(a));
  expect(shift(0, 1)).toBeCloseTo(0.1129, 4);
  for (const s of [0.1, 0.5, 1, 3]) {
    for (let a = -6; a <= 6; a += 0.5) {
      expect(shift(a, s)).toBeLessThanOrEqual(s ** 2 / 8);
      expect(Math.abs(shift(a, s) - shift(-a, s))).toBeLessThan(2e-12);
    }
  }
});

describe("the order of Gauss-Hermite", () => {
  test.each(["tanh", "sigmoid", "softplus"] as const)(
    "%s: errors below the bounds that are given, 1e-12 for the mean",
    (name) => {
      const fn = activationFunction(name);
      const average = smoothed(fn);
      const orders = new Set<number>();
      for (const s of [0.05, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 3.5]) {
        const { mean: method, variance } = average.method(s);
        if (method.kind !== "Gauss-Hermite" || variance.kind !== "Gauss-Hermite") continue;
        orders.add(method.order);
        const { nodes, weights } = hermiteRule(2 * method.order);
        const finer = (f: (x: number) => number, a: number): number =>
          nodes.reduce((sum, x, k) => sum + weights[k] * f(a + s * x), 0);
        for (let a = -4; a <= 4; a += 0.37) {
          const g = finer((x) => fn.value(x, none), a);
          const v = finer((x) => (fn.value(x, none) - g) ** 2, a);
          // 1e-14: rounding of up to 512 terms
          expect(Math.abs(average.mean(a, s, none) - g), `${a} ${s}`).toBeLessThan(method.bound + 1e-14);
          expect(Math.abs(average.variance(a, s, none) - v), `${a} ${s}`).toBeLessThan(variance.bound + 1e-14);
        }
      }
      expect(orders.size).toBeGreaterThan(2);
    },
  );

  test("half the order misses the bound, so it is not chosen too large by much", () => {
    const fn = activationFunction("tanh");
    const { nodes, weights } = hermiteRule(Math.floor(hermiteOrder(Math.PI / 2, 1) / 2));
    const coarse = nodes.reduce((sum, x, k) => sum + weights[k] * fn.value(0.9 + x, none), 0);
    expect(Math.abs(coarse - smoothed(fn).mean(0.9, 1, none))).toBeGreaterThan(1e-11);
  });

  test("panels take over where Hermite would need more than 256 nodes, without a step", () => {
    const tanhAverage = smoothed(activationFunction("tanh"));
    let s = 1;
    while (tanhAverage.method(s).mean.kind === "Gauss-Hermite") s += 1e-3;
    expect(tanhAverage.method(s).mean.kind).toBe("panels");
    const jump = tanhAverage.mean(0.7, s, none) - tanhAverage.mean(0.7, s - 1e-9, none);
    expect(Math.abs(jump)).toBeLessThan(1e-9);
  });
});

describe("without noise", () => {
  test.each(names)("%s: the average is the function itself, and the limit of averages over little noise", (name) => {
    const fn = activationFunction(name);
    const average = smoothed(fn);
    for (const a of [-1.7, -0.4, 0.6, 1.3]) {
      expect(average.mean(a, 0, none)).toBe(fn.value(a, none));
      expect(average.slope(a, 0, none)).toBe(fn.slope(a, none));
      expect(average.variance(a, 0, none)).toBe(0);
      // the remainder is s^2 f'' / 2
      expect(Math.abs(average.mean(a, 1e-4, none) - fn.value(a, none))).toBeLessThan(1e-7);
      expect(Math.abs(average.slope(a, 1e-4, none) - fn.slope(a, none))).toBeLessThan(1e-6);
      expect(Math.abs(average.variance(a, 1e-4, none) - (1e-4 * fn.slope(a, none)) ** 2)).toBeLessThan(1e-12);
    }
  });
});

describe("functions are recognised by their operations", () => {
  test.each(names.filter((name) => name !== "linear"))("%s", (name) => {
    expect(activationName(activationFunction(name))).toBe(name);
  });

  test("x tanh(c x) is cut out of a graph, averaged over x, and has the derivatives of differences", () => {
    const graph = createGraph();
    const x = expression(graph, leaf(graph, "x", "hidden"));
    const c = expression(graph, leaf(graph, "c", "hidden"));
    const y = mul(x, tanh(add(mul(c, x), 1)));
    const { fn, surroundings } = functionBetween(
      graph,
      x.id,
      y.id,
      (id) => id !== c.id && graph.nodes[id].op !== "constant",
      (id) => {
        const node = graph.nodes[id];
        return node.op === "constant" ? node.value : undefined;
      },
    );
    expect(surroundings).toEqual([c.id]);
    expect(activationName(fn)).toBeUndefined();
    const average = smoothed(fn);
    const at = (a: number, k: number): number => average.mean(a, 0.8, [k]);
    const h = 1e-5;
    // central differences err by h^2 and by rounding / h
    expect(Math.abs((at(0.3 + h, 2) - at(0.3 - h, 2)) / (2 * h) - average.slope(0.3, 0.8, [2]))).toBeLessThan(1e-8);
    expect(Math.abs((at(0.3, 2 + h) - at(0.3, 2 - h)) / (2 * h) - average.partials[0](0.3, 0.8, [2]))).toBeLessThan(
      1e-8,
    );
    const { nodes, weights } = hermiteRule(200);
    const wanted = nodes.reduce(
      (sum, z, k) => sum + weights[k] * (0.3 + 0.8 * z) * Math.tanh(2 * (0.3 + 0.8 * z) + 1),
      0,
    );
    expect(Math.abs(at(0.3, 2) - wanted)).toBeLessThan(1e-9);
  });
});

describe("other laws", () => {
  const laws: readonly NoiseLaw[] = ["gaussian", "uniform", "uniform-decrement", "bernoulli", "rademacher"];
  const count = 20000;

  test.each(laws)("%s: mean, variance and response of relu and retanh agree with 20000 draws", (law) => {
    const intensity = law === "bernoulli" ? 0.3 : 0.9;
    const drawn = { law, intensity };
    const { mean, variance } = lawMoments(drawn);
    const draws = noiseBlock(law, intensity, { seed: 3, stream: 1 }, 0, 0, 0, 0, new Float64Array(count));
    for (const name of ["relu", "retanh"] as const) {
      const fn = activationFunction(name);
      const average = lawAverage(fn, drawn);
      for (const [a, gain] of [
        [0.2, 1],
        [-0.3, -0.7],
      ]) {
        const x = Array.from(draws, (draw) => a + gain * (draw - mean));
        const y = x.map((value) => fn.value(value, none));
        const m = y.reduce((sum, value) => sum + value, 0) / count;
        const v = y.reduce((sum, value) => sum + (value - m) ** 2, 0) / count;
        const c = x.reduce((sum, value, k) => sum + (value - a) * (y[k] - m), 0) / count;
        // five standard errors; those of second moments are below 2 v / sqrt(count) for these bounded shapes
        const error = 5 * Math.sqrt(v / count) + 1e-12;
        expect(Math.abs(average.mean(a, gain, none) - m), name).toBeLessThan(error);
        expect(Math.abs(average.variance(a, gain, none) - v), name).toBeLessThan((10 * v) / Math.sqrt(count) + 1e-12);
        const spread = gain * gain * variance;
        expect(Math.abs(average.response(a, gain, none) - c / spread)).toBeLessThan(10 / Math.sqrt(count));
      }
    }
  });

  test("rademacher is exact: the mean of relu at 0.2 with gain 1 is half of 1.1", () => {
    const average = lawAverage(activationFunction("relu"), { law: "rademacher", intensity: 0.9 });
    expect(average.mean(0.2, 1, none)).toBeCloseTo(0.55, 15);
    expect(average.slope(0.2, 1, none)).toBe(0.5);
  });

  test("uniform: slope and curvature of the average are those of differences, kinks included", () => {
    const average = lawAverage(activationFunction("hard-tanh"), { law: "uniform", intensity: 0.9 });
    const h = 1e-5;
    for (const a of [-1.2, 0.3, 0.95]) {
      const by = (f: "mean" | "slope"): number => (average[f](a + h, 1, none) - average[f](a - h, 1, none)) / (2 * h);
      expect(Math.abs(by("mean") - average.slope(a, 1, none))).toBeLessThan(1e-7);
      expect(Math.abs(by("slope") - average.curvature(a, 1, none))).toBeLessThan(1e-7);
    }
  });

  test("draws of a silent law leave the function alone", () => {
    const average = lawAverage(activationFunction("tanh"), { law: "uniform", intensity: 0.5 });
    expect(average.mean(0.4, 0, none)).toBe(Math.tanh(0.4));
    expect(average.slope(0.4, 0, none)).toBeCloseTo(1 - Math.tanh(0.4) ** 2, 15);
  });
});
