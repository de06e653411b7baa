/** What a handful of independent numbers says about where they come from. */
import { type BootstrapOptions, quantile, resampleCounts, stretchedPercentiles } from "./bootstrap.ts";
import { upperQuantile } from "./inverse.ts";
import { studentCdf } from "./student.ts";

/** Location of a sample with intervals; null where there are too few values. */
export interface SampleSummary {
  readonly mean: number | null;
  /** With n - 1 in the denominator. */
  readonly sd: number | null;
  /** Student's interval of the mean. */
  readonly tLow: number | null;
  readonly tHigh: number | null;
  /** Bootstrap interval of the mean, percentiles stretched for small samples. */
  readonly bootstrapLow: number | null;
  readonly bootstrapHigh: number | null;
  readonly median: number | null;
  /** Bootstrap interval of the median, within the range of the values. */
  readonly medianLow: number | null;
  readonly medianHigh: number | null;
}

/**
 * A function that summarises samples.
 *
 * Student's interval is exact for normal values. The bootstrap of the mean is `stretchedPercentiles`; that of the median is
 * the plain percentile interval, which cannot leave the range of the values: with fewer than six values its coverage is below
 * 95 %, whatever the resamples.
 *
 * Cost: resamples times values for the mean and for the median; what is drawn for one number of values is drawn once.
 *
 * @returns summary of finite values; the same values give the same bits, in the order in which they are given
 */
export function sampleSummaries(options: BootstrapOptions): (values: readonly number[]) => SampleSummary {
  const drawn = new Map<number, Uint32Array[]>();
  const countsFor = (count: number): Uint32Array[] => {
    const known = drawn.get(count) ?? resampleCounts(count, options);
    drawn.set(count, known);
    return known;
  };
  return (values) => {
    const count = values.length;
    if (count === 0) return nothing;
    const mean = meanOf(values);
    const sorted = Float64Array.from(values).sort();
    const median = quantile(sorted, 0.5);
    if (count === 1) return { ...nothing, mean, median };
    const half = studentHalfWidth(values, options.confidence);
    const counts = countsFor(count);
    const bootstrap = stretchedPercentiles(
      mean,
      counts.map((weights) => weightedMean(values, weights)),
      count,
      options.confidence,
    );
    const medians = Float64Array.from(counts, (weights) => weightedMedian(sorted, weights)).sort();
    const tail = (1 - options.confidence) / 2;
    return {
      mean,
      sd: Math.sqrt(varianceOf(values)),
      tLow: mean - half,
      tHigh: mean + half,
      bootstrapLow: bootstrap.low,
      bootstrapHigh: bootstrap.high,
      median,
      medianLow: quantile(medians, tail),
      medianHigh: quantile(medians, 1 - tail),
    };
  };
}

/**
 * Quantile of Student's law.
 *
 *     P(|T| < t) = confidence
 *
 * Accuracy: relative error below 1e-12 (test/oracle/statistics.test.ts).
 *
 * @param freedom integer >= 1
 * @param confidence in (0, 1)
 */
export function studentQuantile(freedom: number, confidence: number): number {
  return upperQuantile((x) => studentCdf(x, freedom), (1 + confidence) / 2);
}

const nothing: SampleSummary = {
  mean: null,
  sd: null,
  tLow: null,
  tHigh: null,
  bootstrapLow: null,
  bootstrapHigh: null,
  median: null,
  medianLow: null,
  medianHigh: null,
};

function studentHalfWidth(values: readonly number[], confidence: number): number {
  return studentQuantile(values.length - 1, confidence) * Math.sqrt(varianceOf(values) / values.length);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

function weightedMean(values: readonly number[], weights: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i] * values[i];
  return sum / values.length;
}

/**
 * Median of a resample.
 *
 * @param weights how often each value was drawn; the law of the resamples is the same in whatever order the values stand
 */
function weightedMedian(sorted: Float64Array, weights: Uint32Array): number {
  const count = sorted.length;
  const at = (rank: number): number => {
    let passed = 0;
    for (let i = 0; i < count; i++) {
      passed += weights[i];
      if (passed > rank) return sorted[i];
    }
    return sorted[count - 1];
  };
  const upper = at(count >> 1);
  return count % 2 === 1 ? upper : (at((count >> 1) - 1) + upper) / 2;
}
