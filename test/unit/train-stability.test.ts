import { describe, expect, test } from "vitest";
import { normals, stream } from "../../src/core/random.ts";
import type { Network } from "../../src/network/contract.ts";
import { divergenceAdvice, recurrentStability } from "../../src/train/divergence.ts";
import { spectralRadius } from "../../src/train/stability.ts";
import { leakyNetwork } from "../helpers/leaky-network.ts";

describe("spectral radius within 1 %", () => {
  const cases: readonly [string, readonly number[], number, number][] = [
    ["a pair +-i whose iterates swing between norms 2 and 1/2", [0, -2, 0.5, 0], 2, 1],
    ["a triangle with eigenvalues 1 and 0.5", [1, 5, 0, 0.5], 2, 1],
    ["eigenvalues 3 and -3", [0, 9, 1, 0], 2, 3],
    ["a Jordan block of eigenvalue 0.5", [0.5, 1, 0, 0, 0.5, 1, 0, 0, 0.5], 3, 0.5],
    ["one negative number", [-0.3], 1, 0.3],
  ];
  for (const [title, matrix, size, radius] of cases) {
    test(`${title}: ${radius}`, () => {
      expect(Math.abs(spectralRadius(matrix, size) / radius - 1)).toBeLessThan(0.01);
    });
  }
  test("a random circulant 200 x 200 matrix, whose eigenvalues are a Fourier transform", () => {
    const size = 200;
    const row = normals(new Float64Array(size), { seed: 5, stream: stream("user") });
    const matrix = Float64Array.from({ length: size * size }, (_, k) => {
      const [i, j] = [Math.floor(k / size), k % size];
      return row[(j - i + size) % size];
    });
    const moduli = Array.from({ length: size }, (_, k) => {
      const angle = (n: number) => (2 * Math.PI * k * n) / size;
      const real = row.reduce((sum, x, n) => sum + x * Math.cos(angle(n)), 0);
      const imaginary = row.reduce((sum, x, n) => sum + x * Math.sin(angle(n)), 0);
      return Math.hypot(real, imaginary);
    });
    expect(Math.abs(spectralRadius(matrix, size) / Math.max(...moduli) - 1)).toBeLessThan(0.01);
  });
  test("nilpotent and empty matrices have radius 0, one with NaN has none", () => {
    expect(spectralRadius([0, 1, 0, 0], 2)).toBe(0);
    expect(spectralRadius([], 0)).toBe(0);
    expect(spectralRadius([1, Number.NaN, 0, 1], 2)).toBe(Number.NaN);
  });
});

describe("advice on divergence", () => {
  const network = leakyNetwork({ hiddenSize: 2, alpha: 0.5 });
  const withRadius = (radius: number) => ({ wRec: Float64Array.of(0, -radius, radius, 0) });
  const options = { learningRate: 0.01, clipNorm: null, clipValue: null };

  test("alpha 0.5 and a pair of modulus 5 give 2.5, above 2: the step is too large", () => {
    const recurrent = recurrentStability(network, withRadius(5));
    expect(recurrent?.product).toBeCloseTo(2.5, 2);
    expect(divergenceAdvice(0, recurrent, [], options)).toMatch(/0\.5 x 5 = 2\.5, above 2.*; take a smaller time step/);
  });
  test("after an update, whose loss was finite, the learning rate comes first, and alone where it is above 0.1", () => {
    const recurrent = recurrentStability(network, withRadius(5));
    const high = { ...options, learningRate: 1e6 };
    expect(divergenceAdvice(1, recurrent, [1], options)).toMatch(
      /above 2.*; lower the learning rate \(now 0\.01\) or take a smaller time step/,
    );
    expect(divergenceAdvice(1, recurrent, [1], high)).toBe(
      "lower the learning rate (now 1000000), which is high: 0.0001 to 0.01 are usual; if that is not enough, set clipNorm (1 is usual)",
    );
    expect(divergenceAdvice(0, recurrent, [], high)).toMatch(/; take a smaller time step/);
  });
  test("below 2, a gradient norm that grew 100-fold asks for clipping, or a lower rate when there is some", () => {
    const recurrent = recurrentStability(network, withRadius(0.9));
    expect(divergenceAdvice(4, recurrent, [1, 1, 1, 100], options)).toMatch(
      /from 1 to 100 over the last 4 updates; set clipNorm/,
    );
    expect(divergenceAdvice(4, recurrent, [1, 1, 1, 100], { ...options, clipNorm: 1 })).toMatch(
      /; lower the learning rate \(now 0\.01\)$/,
    );
  });
  test("a radius between 1 and 2 / alpha is named when gradients did not grow", () => {
    expect(divergenceAdvice(2, recurrentStability(network, withRadius(1.5)), [1, 1], options)).toMatch(
      /is 1\.5, above 1/,
    );
  });
  test("otherwise the learning rate is to blame", () => {
    expect(divergenceAdvice(1, undefined, [], options)).toBe(
      "lower the learning rate (now 0.01) or set clipNorm (1 is usual)",
    );
  });
  test("the time step is the registered cell's own setting; a map has 1", () => {
    const like = (cell: string, settings: Record<string, number>): Network => ({
      ...network,
      spec: { ...network.spec, cell, settings },
    });
    const timeStep = (cell: string, settings: Record<string, number>) =>
      recurrentStability(like(cell, settings), withRadius(1))?.timeStep;
    expect(timeStep("ctrnn", { alpha: 0.1 })).toBe(0.1);
    expect(timeStep("lipschitz", { step: 0.03 })).toBe(0.03);
    expect(timeStep("elman", {})).toBe(1);
  });
  test("a cell without a square wRec has no recurrent stability", () => {
    expect(recurrentStability(network, { wRec: Float64Array.of(1, 2) })).toBeUndefined();
    expect(recurrentStability(network, {})).toBeUndefined();
  });
});
