import { studentCdf } from "./student.ts";

/**
 * One-sided t-test that the mean lies above 0.
 *
 * @param values one per independent unit, finite; at least 2
 * @returns p in [0, 1]; 1 when the values are equal and not above 0, 0 when they are equal and above
 */
export function tTestAboveZero(values: readonly number[]): number {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  if (variance === 0) return mean > 0 ? 0 : 1;
  return 1 - studentCdf(mean / Math.sqrt(variance / count), count - 1);
}
