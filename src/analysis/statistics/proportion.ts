/** Intervals of a proportion. */
import { upperQuantile } from "./inverse.ts";
import { normalCdf } from "./normal.ts";

/**
 * Wilson's score interval of a proportion.
 *
 *     (p + z^2 / 2n +- z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 *
 * Where each of the n units is itself a mean over draws, p is the mean over units, and the interval is too wide rather
 * than too narrow: numbers in [0, 1] of mean p have at most the variance p (1 - p).
 *
 * Accuracy: relative error below 1e-12 (test/oracle/robustness.test.ts). Source: Wilson 1927.
 *
 * @param share in [0, 1]
 * @param count number of independent units, >= 1
 */
export function wilsonInterval(
  share: number,
  count: number,
  confidence: number,
): { readonly low: number; readonly high: number } {
  const z = upperQuantile(normalCdf, (1 + confidence) / 2);
  const square = (z * z) / count;
  const middle = share + square / 2;
  const half = Math.sqrt(square * (share * (1 - share) + square / 4));
  return {
    low: share === 0 ? 0 : Math.max(0, (middle - half) / (1 + square)),
    high: share === 1 ? 1 : Math.min(1, (middle + half) / (1 + square)),
  };
}

/**
 * Lower confidence bound of a proportion, exact for every n (Clopper and Pearson 1934).
 *
 *     the p at which P(X >= successes) = failure, X binomial of n trials;   0 without successes
 *
 * By bisection to the last bit. Accuracy: relative error below 1e-10 (test/oracle/robustness.test.ts).
 *
 * @param successes integer in 0..count
 * @param failure probability that the bound lies above the truth, in (0, 1)
 */
export function clopperPearsonLower(successes: number, count: number, failure: number): number {
  if (successes === 0) return 0;
  let low = 0;
  let high = 1;
  for (let middle = 0.5; middle > low && middle < high; middle = (low + high) / 2) {
    if (incompleteBeta(successes, count - successes + 1, middle) < failure) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * Probability of `a` successes or more among a + b - 1 trials: the regularised incomplete beta function for integers.
 *
 * Source: the continued fraction of Abramowitz and Stegun 1964, 26.5.8, evaluated as by Lentz; 6.1.41 for factorials.
 *
 * @param a integer >= 1
 * @param b integer >= 1
 * @param x in (0, 1)
 */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const scale = logFactorial(a + b - 1) - logFactorial(a) - logFactorial(b - 1) + a * Math.log(x) + b * Math.log1p(-x);
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1, change = 0; Math.abs(change - 1) > 1e-15 && m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    change = c * d;
    fraction *= change;
  }
  return Math.exp(scale) * fraction;
}

/** ln n!, by Stirling's series from 16 on: its first term left out is below 1e-15. */
function logFactorial(n: number): number {
  let shift = 0;
  let x = n + 1;
  for (; x < 16; x++) shift += Math.log(x);
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
