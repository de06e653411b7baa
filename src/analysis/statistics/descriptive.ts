/** Numbers that describe a list, or compare two. */

/** NaN for an empty list. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** With n - 1 in the denominator. */
export function variance(values: ArrayLike<number>): number {
  const middle = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - middle) ** 2;
  return sum / (values.length - 1);
}

/** Root mean square; NaN for an empty list. */
export function rms(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum / values.length);
}

export function difference(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - b[i]);
}

/** Pearson's correlation; null where either list does not vary. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const { aa, bb, ab } = products(a, b);
  return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : null;
}

/** Slope of the least-squares line of b over a; null where a does not vary. */
export function slope(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const { aa, ab } = products(a, b);
  return aa > 0 ? ab / aa : null;
}

function products(a: ArrayLike<number>, b: ArrayLike<number>) {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    aa += (a[i] - meanA) ** 2;
    bb += (b[i] - meanB) ** 2;
    ab += (a[i] - meanA) * (b[i] - meanB);
  }
  return { aa, bb, ab };
}
