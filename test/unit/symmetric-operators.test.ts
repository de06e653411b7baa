/** Lanczos, Hutch++ and stochastic Lanczos quadrature against matrices whose spectra are known. */
import { describe, expect, test } from "vitest";
import { dot } from "../../src/analysis/fixed-points/linear.ts";
import type { SymmetricOperator } from "../../src/analysis/symmetric-operators/contract.ts";
import { lanczos } from "../../src/analysis/symmetric-operators/lanczos.ts";
import { randomNormals, randomSigns } from "../../src/analysis/symmetric-operators/probe-vectors.ts";
import {
  measureMoment,
  smoothedDensity,
  spectralMeasures,
} from "../../src/analysis/symmetric-operators/spectral-density.ts";
import { hutchPlusPlus } from "../../src/analysis/symmetric-operators/trace.ts";
import { normals } from "../../src/core/random.ts";

/** Q diag(eigenvalues) Q' with the reflection Q = 1 - 2 u u' / u'u, and its number of products. */
function withSpectrum(eigenvalues: readonly number[]): SymmetricOperator & { made(): number } {
  const size = eigenvalues.length;
  const u = normals(new Float64Array(size), { seed: 4, stream: 1 });
  const reflected = (v: Float64Array) => {
    const factor = (2 * dot(u, v)) / dot(u, u);
    return v.map((x, i) => x - factor * u[i]);
  };
  let count = 0;
  return {
    size,
    product: (vector) => {
      count++;
      return reflected(reflected(vector).map((x, i) => x * eigenvalues[i]));
    },
    made: () => count,
  };
}

const descending = (values: readonly number[]) => [...values].sort((a, b) => b - a);
const sum = (values: Iterable<number>) => [...values].reduce((total, value) => total + value, 0);
/** A few large, many small, some negative: what Hessians look like. */
const hessianLike = Array.from({ length: 150 }, (_, i) =>
  i < 4 ? 10 / (i + 1) : i < 140 ? 1 / i ** 2 : -0.02 * (i - 139),
);
const starts = (size: number, seed = 1) => randomNormals(size, { seed, stream: 2 });
const signs = (size: number, seed = 1) => randomSigns(size, { seed, stream: 3 });

describe("lanczos", () => {
  // rounding: 1e-16 times the size times the largest number
  test("finds all 40 eigenvalues, 8 of them 0 and 5 equal to 2, to 1e-13 in as many steps as rows", () => {
    const spectrum = descending([
      ...Array(8).fill(0),
      ...Array(5).fill(2),
      ...Array.from({ length: 27 }, (_, i) => Math.sin(i)),
    ]);
    const operator = withSpectrum(spectrum);
    const pairs = lanczos(operator, { steps: 100, starts: starts(40), restarts: true });
    expect(pairs.isComplete).toBe(true);
    expect([...pairs.values]).toEqual(spectrum.map((value) => expect.closeTo(value, 13)));
    expect(operator.made()).toBe(40);
    expect(Math.max(...pairs.errors)).toBeLessThan(1e-13);
  });

  test("in 30 of 150 steps both ends are within their errors: 2 at each below 1e-8", () => {
    const operator = withSpectrum(hessianLike);
    const { values, errors, vector, isComplete } = lanczos(operator, {
      steps: 30,
      starts: starts(150),
      restarts: true,
    });
    const exact = descending(hessianLike);
    expect(isComplete).toBe(false);
    for (const [i, value] of values.entries())
      expect(Math.min(...exact.map((one) => Math.abs(one - value)))).toBeLessThanOrEqual(errors[i]);
    for (const i of [0, 1]) {
      expect(errors[i]).toBeLessThan(1e-8);
      expect(Math.abs(values[i] - exact[i])).toBeLessThanOrEqual(errors[i]);
      expect(errors[29 - i]).toBeLessThan(1e-8);
      expect(Math.abs(values[29 - i] - exact[149 - i])).toBeLessThanOrEqual(errors[29 - i]);
    }
    // a pair in the middle, whose error is far above rounding: its residual is the error that is stated
    const v = vector(12);
    const residual = operator.product(v).map((x, i) => x - values[12] * v[i]);
    expect(dot(v, v)).toBeCloseTo(1, 12);
    expect(errors[12]).toBeGreaterThan(1e-6);
    expect(Math.sqrt(dot(residual, residual))).toBeCloseTo(errors[12], 12);
  });

  test("without restarts three different eigenvalues end it after 3 steps; enough ends it at the next fifth", () => {
    const operator = withSpectrum([...Array(10).fill(3), ...Array(20).fill(1), ...Array(5).fill(-2)]);
    const { values, weights } = lanczos(operator, { steps: 20, starts: starts(35), restarts: false });
    expect([...values]).toEqual([3, 1, -2].map((value) => expect.closeTo(value, 12)));
    expect(sum(weights)).toBeCloseTo(1, 12);
    const asked = withSpectrum(hessianLike);
    const isEnough = ({ errors }: { errors: Float64Array }) => errors[0] < 0.1;
    lanczos(asked, { steps: 100, starts: starts(150), restarts: true, isEnough });
    expect(asked.made() % 5).toBe(0);
    expect(asked.made()).toBeLessThan(30);
  });

  test("a matrix of zeros has eigenvalues 0 and one row has one", () => {
    expect([...lanczos(withSpectrum([0, 0, 0]), { steps: 9, starts: starts(3), restarts: true }).values]).toEqual([
      0, 0, 0,
    ]);
    expect([...lanczos(withSpectrum([-7]), { steps: 9, starts: starts(1), restarts: true }).values]).toEqual([-7]);
  });
});

describe("hutchPlusPlus", () => {
  const exact = sum(hessianLike);

  test("is exact to 1e-12 with as many products as rows, and for a rank below a third of the products", () => {
    const all = hutchPlusPlus(withSpectrum(hessianLike), 150, signs(150));
    expect(all).toEqual({ trace: expect.closeTo(exact, 12), error: 0 });
    const low = hutchPlusPlus(
      withSpectrum([...Array.from({ length: 8 }, (_, i) => i - 3), ...Array(90).fill(0)]),
      30,
      signs(98),
    );
    expect(low.trace).toBeCloseTo(4, 12);
    expect(low.error).toBeLessThan(1e-12);
  });

  // 10 probes: z is Student's with 9 degrees, variance 9 / 7; over 200 draws its mean square scatters by about 0.2
  test("over 200 seeds it has no bias, its stated error is right, and it takes 30 products", () => {
    const scores = Array.from({ length: 200 }, (_, seed) => {
      const operator = withSpectrum(hessianLike);
      const { trace, error } = hutchPlusPlus(operator, 30, signs(150, seed));
      expect(operator.made()).toBe(30);
      return (trace - exact) / error;
    });
    expect(Math.abs(sum(scores)) / 200).toBeLessThan(4 * Math.sqrt(9 / 7 / 200));
    expect(sum(scores.map((z) => z * z)) / 200).toBeGreaterThan(0.6);
    expect(sum(scores.map((z) => z * z)) / 200).toBeLessThan(2.2);
  });
});

describe("stochastic Lanczos quadrature", () => {
  const operator = withSpectrum(hessianLike);
  const size = hessianLike.length;
  const measures = spectralMeasures(operator, { probes: 20, steps: 6, signs: signs(size) });

  // degree 2 * 6 - 1 = 11
  test("6 steps give z' A^p z / z'z of each probe to 1e-12 up to p = 11; 2 steps do not give p = 4", () => {
    const z = signs(size)(3);
    let power = z;
    for (let p = 1; p <= 11; p++) {
      power = operator.product(power);
      const exact = dot(z, power) / size;
      const found = sum(measures[3].nodes.map((node, i) => measures[3].weights[i] * node ** p));
      expect(Math.abs(found / exact - 1)).toBeLessThan(1e-12);
    }
    const few = spectralMeasures(operator, { probes: 1, steps: 2, signs: () => z })[0];
    const fourth = sum(few.nodes.map((node, i) => few.weights[i] * node ** 4));
    const twice = operator.product(operator.product(z));
    expect(Math.abs((fourth * size) / dot(twice, twice) - 1)).toBeGreaterThan(1e-4);
  });

  test("moments 1 to 4 are traces of powers over the size, within 4 standard errors, which fall with the probes", () => {
    for (const p of [1, 2, 3, 4]) {
      const exact = sum(hessianLike.map((value) => value ** p)) / size;
      const { mean, error } = measureMoment(measures, p);
      expect(Math.abs(mean - exact)).toBeLessThan(4 * error);
      expect(error / Math.abs(exact)).toBeLessThan(0.2);
    }
    const more = spectralMeasures(operator, { probes: 80, steps: 6, signs: signs(size, 2) });
    const fall = measureMoment(measures, 2).error / measureMoment(more, 2).error;
    expect(fall).toBeGreaterThan(1.3);
    expect(fall).toBeLessThan(3);
  });

  test("of one complete measure the density is the sum of kernels to 1e-14, of integral 1 to 1e-6", () => {
    const nodes = Float64Array.of(2, 0.5, -1);
    const weights = Float64Array.of(0.25, 0.25, 0.5);
    const { grid, density } = smoothedDensity([{ nodes, weights }], 0.1, 201);
    const kernel = (x: number) => Math.exp(-50 * x * x) / (0.1 * Math.sqrt(2 * Math.PI));
    expect([grid[0], grid[200]]).toEqual([-1.5, 2.5]);
    for (const [i, x] of grid.entries())
      expect(density[i]).toBeCloseTo(0.25 * kernel(x - 2) + 0.25 * kernel(x - 0.5) + 0.5 * kernel(x + 1), 14);
    // the grid reaches 5 deviations: 6e-7 of a Gaussian lie beyond
    expect((sum(density) * 4) / 200).toBeCloseTo(1, 6);
  });

  // the kernel is wide against the nodes' errors and narrow against the spectrum
  test("the density of 20 probes is that of the eigenvalues within 5 standard errors and 1e-3 of the peak, everywhere", () => {
    const fine = spectralMeasures(operator, { probes: 20, steps: 40, signs: signs(size) });
    const width = 0.05;
    const { grid, density, errors } = smoothedDensity(fine, width, 301);
    const exact = smoothedDensity(
      [{ nodes: Float64Array.from(hessianLike), weights: new Float64Array(size).fill(1 / size) }],
      width,
      2,
    );
    const at = (x: number) =>
      sum(hessianLike.map((value) => Math.exp(-0.5 * ((x - value) / width) ** 2))) /
      (size * width * Math.sqrt(2 * Math.PI));
    const peak = Math.max(...density);
    for (const [i, x] of grid.entries()) expect(Math.abs(density[i] - at(x))).toBeLessThan(5 * errors[i] + 1e-3 * peak);
    expect(exact.grid[1]).toBeCloseTo(grid[300], 6);
  });
});
