/** Intervals and tests of SciPy; statistics.py says how. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bootstrapDefaults } from "../../src/analysis/statistics/bootstrap.ts";
import { sampleSummaries, studentQuantile } from "../../src/analysis/statistics/sample.ts";
import { tTest } from "../../src/analysis/statistics/t-test.ts";

interface Oracle {
  readonly source: string;
  readonly quantiles: readonly { readonly freedom: number; readonly confidence: number; readonly t: number }[];
  readonly samples: readonly {
    readonly values: readonly number[];
    readonly mean: number;
    readonly sd: number;
    readonly median: number;
    readonly tLow: number;
    readonly tHigh: number;
    readonly p: number;
  }[];
  readonly bootstrap: readonly {
    readonly values: readonly number[];
    readonly mean: readonly [number, number];
    readonly median: readonly [number, number];
  }[];
  readonly paired: {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly p: number;
    readonly low: number;
    readonly high: number;
  };
}

const oracle = JSON.parse(readFileSync(new URL("statistics.json", import.meta.url), "utf8")) as Oracle;
const summarise = sampleSummaries(bootstrapDefaults);
const relative = (a: number | null, b: number) => Math.abs((a ?? Number.NaN) - b) / Math.max(Math.abs(b), 1e-300);

describe(`statistics against ${oracle.source.split(",")[0]}`, () => {
  // Bisection ends at neighbouring doubles; the distribution function is good to 1e-15, the density there above 1e-3.
  test("44 quantiles of Student's law: relative error below 1e-11", () => {
    for (const { freedom, confidence, t } of oracle.quantiles) {
      expect(relative(studentQuantile(freedom, confidence), t), `${freedom} ${confidence}`).toBeLessThan(1e-11);
    }
    expect(oracle.quantiles).toHaveLength(44);
  });

  // sums of at most 31 numbers of order 1, in another order
  test("mean, sd, median and t interval of samples of 2 to 31: relative error below 1e-11", () => {
    for (const { values, mean, sd, median, tLow, tHigh } of oracle.samples) {
      const found = summarise(values);
      expect(relative(found.mean, mean)).toBeLessThan(1e-11);
      expect(relative(found.sd, sd)).toBeLessThan(1e-11);
      expect(relative(found.median, median)).toBeLessThan(1e-11);
      expect(relative(found.tLow, tLow)).toBeLessThan(1e-11);
      expect(relative(found.tHigh, tHigh)).toBeLessThan(1e-11);
    }
  });

  // 2 (1 - F) cancels: absolute error 1e-14
  test("two-sided p: absolute error below 1e-14", () => {
    for (const { values, p } of oracle.samples) expect(Math.abs(tTest(values) - p)).toBeLessThan(1e-14);
    const differences = oracle.paired.a.map((value, index) => value - oracle.paired.b[index]);
    expect(Math.abs(tTest(differences) - oracle.paired.p)).toBeLessThan(1e-14);
  });

  test("paired differences have the interval of the paired test within 1e-11", () => {
    const found = summarise(oracle.paired.a.map((value, index) => value - oracle.paired.b[index]));
    expect(relative(found.tLow, oracle.paired.low)).toBeLessThan(1e-11);
    expect(relative(found.tHigh, oracle.paired.high)).toBeLessThan(1e-11);
  });

  // 20 000 resamples: the standard error of a 2.5 % quantile of a normal law is sqrt(p q / n) / density = 0.019 sd of the
  // statistic, and the interval is 3.9 sd wide: four standard errors of ours and a smaller one of theirs are 2 % of it.
  test("the bootstrap of the median is the percentile interval of 100 000 resamples within 3 % of its width", () => {
    const many = sampleSummaries({ ...bootstrapDefaults, resamples: 20_000 });
    for (const { values, median } of oracle.bootstrap) {
      const found = many(values);
      const width = median[1] - median[0];
      expect(Math.abs((found.medianLow ?? 0) - median[0]) / width).toBeLessThan(0.03);
      expect(Math.abs((found.medianHigh ?? 0) - median[1]) / width).toBeLessThan(0.03);
    }
  });

  // The stretch is known: sqrt(n / (n - 1)) t / z about the mean.
  test("the bootstrap of the mean is SciPy's percentile interval, stretched for small samples, within 3 % of its width", () => {
    const many = sampleSummaries({ ...bootstrapDefaults, resamples: 20_000 });
    for (const { values, mean } of oracle.bootstrap) {
      const found = many(values);
      const n = values.length;
      const centre = values.reduce((sum, value) => sum + value, 0) / n;
      const stretch = (Math.sqrt(n / (n - 1)) * studentQuantile(n - 1, 0.95)) / 1.959963984540054;
      const [low, high] = mean.map((end) => centre + stretch * (end - centre));
      const width = high - low;
      expect(Math.abs((found.bootstrapLow ?? 0) - low) / width).toBeLessThan(0.03);
      expect(Math.abs((found.bootstrapHigh ?? 0) - high) / width).toBeLessThan(0.03);
    }
  });
});
