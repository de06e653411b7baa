import { describe, expect, test } from "vitest";
import { quantile, resampleCounts, stretchedPercentiles } from "../../src/analysis/statistics/bootstrap.ts";
import { upperQuantile } from "../../src/analysis/statistics/inverse.ts";
import { normalCdf } from "../../src/analysis/statistics/normal.ts";
import { studentCdf } from "../../src/analysis/statistics/student.ts";
import { tTestAboveZero } from "../../src/analysis/statistics/t-test.ts";

describe("distributions against SciPy 1.17.1 (norm.cdf, t.ppf, t.cdf)", () => {
  test("normal distribution function: relative error below 1e-12 from -0.5 down to -30", () => {
    const known: readonly [number, number][] = [
      [-0.5, 0.3085375387259869],
      [-1, 0.15865525393145707],
      [-2.9, 0.0018658133003840375],
      [-3.1, 0.0009676032132183563],
      [-5, 2.866515718791933e-7],
      [-10, 7.61985302416047e-24],
      [-30, 4.906713927147908e-198],
    ];
    for (const [x, probability] of known) {
      expect(Math.abs(normalCdf(x) / probability - 1)).toBeLessThan(1e-12);
      expect(normalCdf(-x)).toBe(1 - normalCdf(x));
    }
    expect(normalCdf(0)).toBe(0.5);
  });
  test("Student quantiles at 97.5 % for 1 to 30 degrees of freedom: relative error below 1e-10", () => {
    const known: readonly [number, number][] = [
      [1, 12.706204736174694],
      [2, 4.302652729749462],
      [3, 3.1824463052837078],
      [4, 2.7764451051977934],
      [9, 2.262157162798205],
      [30, 2.0422724563012378],
    ];
    for (const [freedom, t] of known) {
      expect(Math.abs(upperQuantile((x) => studentCdf(x, freedom), 0.975) / t - 1)).toBeLessThan(1e-10);
      expect(studentCdf(0, freedom)).toBe(0.5);
    }
  });
  test("Student is symmetric", () => {
    expect(studentCdf(-1.3, 5)).toBeCloseTo(0.12515031708533855, 14);
    expect(studentCdf(-1.3, 5) + studentCdf(1.3, 5)).toBeCloseTo(1, 15);
  });
});

describe("t-test above 0", () => {
  test("1, 2, 3: t = 3.46 with 2 degrees of freedom, p = 0.0371", () => {
    // t = 2 sqrt(3); P(T > t) = 1/2 - t / (2 sqrt(2 + t^2)).
    expect(tTestAboveZero([1, 2, 3])).toBeCloseTo(0.5 - Math.sqrt(12) / (2 * Math.sqrt(14)), 14);
  });
  test("is one-sided", () => {
    expect(tTestAboveZero([-1, -2, -3])).toBeCloseTo(1 - tTestAboveZero([1, 2, 3]), 14);
  });
  test("equal values decide by their sign", () => {
    expect([tTestAboveZero([0, 0]), tTestAboveZero([2, 2]), tTestAboveZero([-2, -2])]).toEqual([1, 0, 1]);
  });
});

describe("bootstrap", () => {
  test("every resample draws as many units as there are", () => {
    for (const counts of resampleCounts(7, { resamples: 50, seed: 3 })) {
      expect(counts.reduce((a, b) => a + b)).toBe(7);
    }
  });
  test("the same seed gives the same resamples, another gives others", () => {
    const drawn = (seed: number) => JSON.stringify(resampleCounts(5, { resamples: 20, seed }));
    expect(drawn(1)).toBe(drawn(1));
    expect(drawn(2)).not.toBe(drawn(1));
  });
  test("quantiles interpolate between order statistics", () => {
    expect([0, 0.25, 0.5, 1].map((p) => quantile([1, 2, 4], p))).toEqual([1, 1.5, 2, 4]);
    expect(quantile([1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY], 0.75)).toBe(Number.POSITIVE_INFINITY);
  });
  test("for the mean of 10 units the interval is Student's within 5 % of its width", () => {
    // Resampled means are normal up to skewness and lattice effects of order 1 / n; 4000 resamples place a 2.5 %
    // percentile within 0.06 deviations, 3 % of the distance to the mean.
    const units = [-1.5, -1, -0.7, -0.4, -0.1, 0.1, 0.4, 0.7, 1, 1.5];
    const means = resampleCounts(10, { resamples: 4000, seed: 0 }).map((counts) =>
      units.reduce((sum, unit, i) => sum + (counts[i] * unit) / 10, 0),
    );
    const { low, high } = stretchedPercentiles(0, means, 10, 0.95);
    const deviation = Math.sqrt(units.reduce((sum, unit) => sum + unit ** 2, 0) / 9);
    const half = (2.262157162798205 * deviation) / Math.sqrt(10);
    expect(Math.abs(high / half - 1)).toBeLessThan(0.05);
    expect(Math.abs(low / -half - 1)).toBeLessThan(0.05);
  });
  test("resamples that all agree give an interval of width 0", () => {
    expect(stretchedPercentiles(2, [2, 2, 2], 3, 0.95)).toEqual({ low: 2, high: 2 });
  });
  test("higher confidence widens", () => {
    const values = Array.from({ length: 101 }, (_, i) => i / 100);
    const width = (confidence: number) => {
      const { low, high } = stretchedPercentiles(0.5, values, 10, confidence);
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(width(0.95));
  });
});
