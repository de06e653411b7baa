import { describe, expect, test } from "vitest";
import { fixedVector } from "../../src/analysis/stationary-law/fixed-vector.ts";
import {
  type Domain,
  type DrawnStep,
  nodeStates,
  refined,
  type StationaryGrid,
} from "../../src/analysis/stationary-law/transfer-operator.ts";
import {
  type GridLaw,
  lawOfCurve,
  lawOfLines,
  probes,
  quadrature,
  twoLines,
} from "../../src/analysis/stationary-law/unit-law.ts";
import { elementwise } from "../../src/cell/operations.ts";

const Phi = (x: number): number => 0.5 * (1 + elementwise.erf.value(x * Math.SQRT1_2));
const phi = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const relu = (x: number): number => Math.max(0, x);
const softplus = elementwise.softplus.value;

interface Unit {
  readonly alpha?: number;
  readonly w?: number;
  readonly b?: number;
  readonly f?: (x: number) => number;
  readonly inside?: number;
  readonly outside?: number;
}
const unit = ({ alpha = 0.1, w = 0.5, b = 0, f = relu, inside = 0, outside = 0 }: Unit): DrawnStep => ({
  stateSize: 1,
  next: (h, draws) =>
    h.map((x, i) => (1 - alpha) * x + alpha * (f(w * x + b + inside * draws[i]) + outside * draws[i])),
});
function moments({ axes, probability }: StationaryGrid): Float64Array {
  const states = nodeStates(axes);
  const mean = probability.reduce((sum, p, i) => sum + p * states[i], 0);
  return Float64Array.of(
    mean,
    probability.reduce((sum, p, i) => sum + p * (states[i] - mean) ** 2, 0),
  );
}
const lawOf = (step: DrawnStep, domain: Domain, count = 51) => refined(step, domain, count, moments);

const axis = { from: 0, step: 0.05, count: 101 };
const sums = ({ first, weights }: GridLaw, { from, step }: typeof axis) => ({
  mass: weights.reduce((sum, w) => sum + w, 0),
  mean: weights.reduce((sum, w, j) => sum + w * (from + (first + j) * step), 0),
});

describe("law of the next value", () => {
  const [alpha, h, a, s] = [0.3, 1, 0.4, 0.8];
  const next = (x: number): number => (1 - alpha) * h + alpha * relu(a + s * x);

  test("of a rectified unit: mass and mean to 1e-13, and an atom of weight Phi(-a / s) at (1 - alpha) h", () => {
    const lines = twoLines(probes.map(next));
    expect(lines?.kink).toBeCloseTo(-a / s, 12);
    const law = lawOfLines(lines as NonNullable<typeof lines>, axis);
    const { mass, mean } = sums(law, axis);
    expect(mass).toBeCloseTo(1, 13);
    expect(mean).toBeCloseTo(0.7 + alpha * (a * Phi(a / s) + s * phi(a / s)), 13);
    expect(law.atom).toBeCloseTo(Phi(-a / s), 14);
    // 0.7 is node 14: it holds the atom, and half of the first hat of the part above, density phi(a / s) / (alpha s) at most
    const atNode = law.weights[14 - law.first];
    expect(atNode).toBeGreaterThan(Phi(-a / s));
    expect(atNode).toBeLessThan(Phi(-a / s) + (0.5 * axis.step * phi(0)) / (alpha * s));
    expect(law.first + law.weights.findIndex((w) => w > 1e-12)).toBe(14);
  });

  test("of lines and of a curve agree to the error of the quadrature where both are possible", () => {
    const lines = twoLines(probes.map((x) => 2 + 0.3 * x)) as NonNullable<ReturnType<typeof twoLines>>;
    const exact = lawOfLines(lines, axis);
    const curve = lawOfCurve(
      quadrature.map((x) => 2 + 0.3 * x),
      axis,
    );
    for (let j = 0; j < axis.count; j++) {
      const [left, right] = [exact, curve].map(({ first, weights }) => weights[j - first] ?? 0);
      // slope jumps of a hat add up to 4 / dy, each wrong by dq^2 / 8 times the density: 80 * 0.015^2 / 8 * 1.33
      expect(Math.abs(left - right)).toBeLessThan(3e-3);
    }
    expect(sums(curve, axis).mean).toBeCloseTo(2, 11);
  });

  test("a curve is not taken for lines; abs, leaky and plain lines are", () => {
    expect(twoLines(probes.map((x) => Math.tanh(x)))).toBeUndefined();
    expect(twoLines(probes.map((x) => softplus(3 * x)))).toBeUndefined();
    expect(twoLines(probes.map((x) => Math.max(-1, Math.min(1, x))))).toBeUndefined();
    expect(twoLines(probes.map((x) => Math.abs(x + 0.5)))).toMatchObject({ left: -1, right: 1 });
    expect(twoLines(probes.map((x) => (x > 0 ? x : 0.01 * x)))?.kink).toBeCloseTo(0, 12);
    expect(twoLines(probes.map((x) => 3 * x + 1))).toMatchObject({ left: 3, right: 3 });
    expect(twoLines(probes.map(() => 0.25))).toMatchObject({ left: 0, right: 0 });
  });

  test("what lies beyond the ends is counted there and reported", () => {
    const law = lawOfLines({ kink: 0, value: 5, left: 1, right: 1 }, axis);
    expect(law.above).toBeCloseTo(0.5, 12);
    expect(law.below).toBeCloseTo(Phi(-5), 12);
    expect(sums(law, axis).mass).toBeCloseTo(1, 14);
  });
});

describe("stationary law on a grid", () => {
  test("of a linear unit has variance s^2 alpha / (2 - alpha) to 1e-9, and loses no probability to 1e-12", () => {
    const { values, grid } = lawOf(unit({ w: 0, f: (x) => x, inside: 1 }), [{ from: -1, to: 1 }]);
    expect(values[0]).toBeCloseTo(0, 9);
    expect(values[1]).toBeCloseTo(0.1 / 1.9, 9);
    expect(Math.abs(grid.lost)).toBeLessThan(1e-12);
    expect(grid.isConverged).toBe(true);
    // the box of +-1 was too small for a deviation of 0.23
    expect(grid.axes[0].from).toBeLessThan(-1.2);
  });

  // numbers of a Monte Carlo of 20 000 copies, to its own errors of 0.0005 and 0.0001 (inside), 0.0008 and 0.0003 (outside)
  test("of a rectified unit, w 0.5, alpha 0.1, s 1: 0.5546 / 0.0343 inside, 0.0748 / 0.0764 outside, to Monte Carlo error", () => {
    const inside = lawOf(unit({ inside: 1 }), [{ from: 0, to: 2 }]);
    expect(Math.abs(inside.values[0] - 0.5546)).toBeLessThan(1e-3);
    expect(Math.abs(inside.values[1] - 0.0343)).toBeLessThan(2e-4);
    const outside = lawOf(unit({ outside: 1 }), [{ from: -1, to: 1 }]);
    expect(Math.abs(outside.values[0] - 0.0748)).toBeLessThan(1.6e-3);
    expect(Math.abs(outside.values[1] - 0.0764)).toBeLessThan(3e-4);
    // what two refinements say of each other
    expect(Math.max(...inside.errors, ...outside.errors)).toBeLessThan(5e-5);
    expect(inside.grid.atomShare).toBeGreaterThan(0.3);
    expect(outside.grid.atomShare).toBe(0);
  });

  test("of a map without memory, w 0, alpha 1, stands on an atom of weight Phi(-b / s) at 0", () => {
    const { values, grid } = lawOf(unit({ alpha: 1, w: 0, b: 0.3, inside: 0.5 }), [{ from: 0, to: 3 }], 101);
    const drive = 0.3 / 0.5;
    expect(values[0]).toBeCloseTo(0.3 * Phi(drive) + 0.5 * phi(drive), 8);
    const { step } = grid.axes[0];
    // node 0 has half a hat of the density above the atom
    expect(grid.probability[0]).toBeCloseTo(Phi(-drive) + (step / 2) * (phi(drive) / 0.5), 3);
    expect(grid.atomShare).toBeCloseTo(Phi(-drive), 12);
  });

  test("of a softplus unit without feedback has the mean of softplus to 1e-9", () => {
    const { values } = lawOf(unit({ w: 0, b: 0.2, f: softplus, inside: 1 }), [{ from: 0, to: 3 }]);
    // trapezoidal rule on a smooth function times a Gaussian
    let mean = 0;
    for (let x = -9; x <= 9; x += 0.01) mean += 0.01 * phi(x) * softplus(0.2 + x);
    expect(values[0]).toBeCloseTo(mean, 9);
  });

  test("of two linear units has the covariance of the Lyapunov equation to 1e-3 of its largest entry", () => {
    const w = [0.5, -0.4, 0.6, 0.2];
    const [alpha, s] = [0.3, 0.7];
    const step: DrawnStep = {
      stateSize: 2,
      next: (h, draws) =>
        h.map((x, k) => {
          const [row, i] = [k - (k % 2), k % 2];
          return (1 - alpha) * x + alpha * (w[2 * i] * h[row] + w[2 * i + 1] * h[row + 1] + s * draws[row / 2]);
        }),
    };
    const covariance = ({ axes, probability }: StationaryGrid): Float64Array => {
      const states = nodeStates(axes);
      const product = (i: number, j: number) =>
        probability.reduce((sum, p, node) => sum + p * states[2 * node + i] * states[2 * node + j], 0);
      return Float64Array.of(product(0, 0), product(0, 1), product(1, 1));
    };
    const { values } = refined(
      step,
      [
        { from: -2, to: 2 },
        { from: -2, to: 2 },
      ],
      13,
      covariance,
    );
    // C = J C J' + alpha^2 s^2 I, by iteration
    const j = [0.7 + 0.3 * w[0], 0.3 * w[1], 0.3 * w[2], 0.7 + 0.3 * w[3]];
    let c = [0, 0, 0];
    for (let k = 0; k < 2000; k++) {
      c = [
        j[0] ** 2 * c[0] + 2 * j[0] * j[1] * c[1] + j[1] ** 2 * c[2] + (alpha * s) ** 2,
        j[0] * j[2] * c[0] + (j[0] * j[3] + j[1] * j[2]) * c[1] + j[1] * j[3] * c[2],
        j[2] ** 2 * c[0] + 2 * j[2] * j[3] * c[1] + j[3] ** 2 * c[2] + (alpha * s) ** 2,
      ];
    }
    for (const [k, value] of values.entries()) expect(Math.abs(value - c[k])).toBeLessThan(1e-3 * Math.max(...c));
  });
});

describe("fixedVector", () => {
  // eigenvalues of this chain: 1 and 0.99
  const slow = (p: Float64Array): Float64Array =>
    Float64Array.of(0.996 * p[0] + 0.006 * p[1], 0.004 * p[0] + 0.994 * p[1]);
  test("finds the law of a chain with a second eigenvalue of 0.99 in 10 steps instead of 2000", () => {
    const found = fixedVector(slow, Float64Array.of(1, 0), { tolerance: 1e-14, mostSteps: 10 });
    expect(found.isConverged).toBe(true);
    expect(found.vector[0]).toBeCloseTo(0.6, 12);
    expect(found.vector[0] + found.vector[1]).toBeCloseTo(1, 13);
  });
  test("says when it has not", () => {
    expect(fixedVector(slow, Float64Array.of(1, 0), { tolerance: 0, mostSteps: 1 }).isConverged).toBe(false);
  });
});
