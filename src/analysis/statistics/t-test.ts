import { mean, variance } from "./descriptive.ts";
import { studentCdf } from "./student.ts";

/**
 * One-sided t-test that the mean lies above 0.
 *
 * @param values one per independent unit, finite; at least 2
 * @returns p in [0, 1]; 1 when the values are equal and not above 0, 0 when they are equal and above
 */
export function tTestAboveZero(values: readonly number[]): number {
  const t = tStatistic(values);
  if (t === undefined) return values[0] > 0 ? 0 : 1;
  return 1 - studentCdf(t, values.length - 1);
}

/**
 * Two-sided t-test that the mean is 0.
 *
 * Accuracy: absolute error below 1e-14, so that a smaller p says no more than that.
 *
 * @param values one per independent unit, finite; at least 2
 * @returns p in [0, 1]; where the values are equal, 1 when they are 0 and else 0
 */
export function tTest(values: readonly number[]): number {
  const t = tStatistic(values);
  if (t === undefined) return values[0] === 0 ? 1 : 0;
  return 2 * (1 - studentCdf(Math.abs(t), values.length - 1));
}

/** undefined when the values are equal. */
function tStatistic(values: readonly number[]): number | undefined {
  const square = variance(values);
  return square === 0 ? undefined : mean(values) / Math.sqrt(square / values.length);
}
