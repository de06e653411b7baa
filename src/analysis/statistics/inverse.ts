/**
 * The x at which an increasing distribution function with median 0 reaches a probability, by bisection to the last bit.
 *
 * @param probability in (0.5, 1)
 */
export function upperQuantile(cdf: (x: number) => number, probability: number): number {
  let low = 0;
  let high = 1;
  while (cdf(high) < probability) high *= 2;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (cdf(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}
