/** What a handful of independent numbers says about where they come from. */
import { type BootstrapOptions, percentileStretch, quantile, resampleCounts, stretchedInterval } from "./bootstrap.ts";
import { mean, variance } from "./descriptive.ts";
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
  const known = new Map<number, Resampling>();
  const resamplingOf = (count: number): Resampling => {
    const resampling = known.get(count) ?? resamplingFor(count, options);
    known.set(count, resampling);
    return resampling;
  };
  return (values) => {
    const count = values.length;
    if (count === 0) return nothing;
    const middle = mean(values);
    const sorted = Float64Array.from(values).sort();
    const median = quantile(sorted, 0.5);
    if (count === 1) return { ...nothing, mean: middle, median };
    const { counts, middles, t, stretch } = resamplingOf(count);
    const { confidence } = options;
    const sd = Math.sqrt(variance(values));
    const half = (t * sd) / Math.sqrt(count);
    const means = counts.map((weights) => weightedMean(values, weights));
    const bootstrap = stretchedInterval(middle, means, { stretch, confidence });
    const medians = Float64Array.from(middles, ([low, high]) => (sorted[low] + sorted[high]) / 2).sort();
    const tail = (1 - confidence) / 2;
    return {
      mean: middle,
      sd,
      tLow: middle - half,
      tHigh: middle + half,
      bootstrapLow: bootstrap.low,
      bootstrapHigh: bootstrap.high,
      median,
      medianLow: quantile(medians, tail),
      medianHigh: quantile(medians, 1 - tail),
    };
  };
}

/** What resampling needs of a number of values alone. */
interface Resampling {
  /** How often each value is drawn in each resample. */
  readonly counts: readonly Uint32Array[];
  /** Ranks of the two values in the middle of each resample; the same where their number is odd. */
  readonly middles: readonly (readonly [number, number])[];
  /** Student's quantile. */
  readonly t: number;
  readonly stretch: number;
}

function resamplingFor(count: number, options: BootstrapOptions): Resampling {
  const counts = resampleCounts(count, options);
  return {
    counts,
    // The law of resamples is the same in whatever order the values stand, so counts may be those of sorted values.
    middles: counts.map((weights) => [rankAt(weights, (count - 1) >> 1), rankAt(weights, count >> 1)]),
    t: studentQuantile(count - 1, options.confidence),
    stretch: percentileStretch(count, options.confidence),
  };
}

/** Which value stands at a place of a sorted resample. */
function rankAt(weights: Uint32Array, place: number): number {
  let passed = 0;
  for (let rank = 0; rank < weights.length; rank++) {
    passed += weights[rank];
    if (passed > place) return rank;
  }
  return weights.length - 1;
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

function weightedMean(values: readonly number[], weights: Uint32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += weights[i] * values[i];
  return sum / values.length;
}
