/** How long a stationary series remembers. */

/** Sums of products at lags, over the copies of an ensemble. */
export interface Lags {
  /** @param values deviations from a common centre, `[copy * steps + step]` */
  add(values: Float64Array, copies: number): void;
  /** @param offset mean of the deviations @returns `[lag]`, 1 at lag 0; zeros for a constant series */
  correlation(offset: number): Float64Array;
}

/** Products per variable and copy: what bounds the work for networks of many variables. */
const productsPerCopy = 5000;

/**
 * Autocorrelation of many copies of a series.
 *
 *     rho(k) = (<x_t x_{t+k}> - <x_t> <x_{t+k}>) / (<x_t^2> - <x_t>^2)
 *
 * averaged over copies and over times t; of many variables fewer times.
 *
 * @param lags largest lag, 0..steps-1
 */
export function laggedProducts(steps: number, lags: number, variables: number): Lags {
  const origins = steps - lags;
  const stride = Math.max(1, Math.ceil((origins * (lags + 1) * variables) / productsPerCopy));
  const sums = new Float64Array(lags + 1);
  let count = 0;
  return {
    add(values, copies) {
      for (let copy = 0; copy < copies; copy++) {
        for (let t = copy * steps; t < copy * steps + origins; t += stride) {
          const x = values[t];
          for (let lag = 0; lag <= lags; lag++) sums[lag] += x * values[t + lag];
          count++;
        }
      }
    },
    correlation(offset) {
      const covariance = sums.map((sum) => sum / count - offset * offset);
      return covariance[0] > 0 ? covariance.map((value) => value / covariance[0]) : new Float64Array(lags + 1);
    },
  };
}

export interface CorrelationTime {
  /** 1 + 2 sum over k of rho(k), in steps: how many steps of the series count as one independent sample. */
  readonly steps: number;
  /** Last lag that was summed. */
  readonly window: number;
  /** The window is at least five times as long as the correlation time. */
  readonly isCovered: boolean;
}

/**
 * Integrated autocorrelation time, summed to the first lag that is five times as long as the sum so far: later lags
 * hold nothing but noise.
 *
 * Accuracy: for an autoregression x' = phi x + xi the time is (1 + phi) / (1 - phi); the window leaves out a share of
 * exp(-10) of it at most (test/statistics/stationary-law.test.ts).
 */
export function integratedTime(correlation: Float64Array): CorrelationTime {
  let sum = correlation[0] > 0 ? 1 : 0;
  for (let lag = 1; lag < correlation.length; lag++) {
    sum += 2 * correlation[lag];
    if (lag >= 5 * sum) return { steps: sum, window: lag, isCovered: true };
  }
  return { steps: sum, window: correlation.length - 1, isCovered: sum <= 0 };
}

/**
 * Independent samples that `copies` runs of `steps` steps amount to.
 *
 *     copies * steps / (1 + 2 sum over k of (1 - k / steps) rho(k))
 */
export function effectiveSamples(copies: number, steps: number, correlation: Float64Array, window: number): number {
  let sum = 1;
  for (let lag = 1; lag <= Math.min(window, steps - 1); lag++) sum += 2 * (1 - lag / steps) * correlation[lag];
  return (copies * steps) / sum;
}
