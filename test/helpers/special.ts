/** Special functions that tests compare with. */

/**
 * Error function by its series of positive terms, erf(x) = 2/sqrt(pi) e^(-x^2) sum 2^k x^(2k+1) / (2k+1)!!.
 * Relative error below 1e-14 for |x| <= 4, absolute error below 1e-14 everywhere.
 */
export function erf(x: number): number {
  const a = Math.min(Math.abs(x), 6);
  let term = a;
  let sum = a;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * a * a) / (2 * k + 1);
    sum += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-a * a) * sum;
}

/** Standard normal distribution function; absolute error below 1e-14. */
export const normalCdf = (x: number): number => (1 + erf(x * Math.SQRT1_2)) / 2;

/** Chi-square over its expectation as a standard normal number (Wilson and Hilferty 1931). */
export function chiSquareScore(counts: ArrayLike<number>): number {
  const cells = counts.length;
  let total = 0;
  for (let i = 0; i < cells; i++) total += counts[i];
  const expected = total / cells;
  let chiSquare = 0;
  for (let i = 0; i < cells; i++) chiSquare += (counts[i] - expected) ** 2 / expected;
  const freedom = cells - 1;
  const spread = 2 / (9 * freedom);
  return ((chiSquare / freedom) ** (1 / 3) - (1 - spread)) / Math.sqrt(spread);
}
