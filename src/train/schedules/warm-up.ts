/**
 * Linear warm-up, a factor on top of any schedule.
 *
 *     factor(k) = min(1, (k + 1) / warmUp)
 *
 * @param index update, 0-based
 * @param warmUp updates until the full rate; 0 = none
 * @returns factor in (0, 1]
 */
export function warmUpFactor(index: number, warmUp: number): number {
  return index >= warmUp ? 1 : (index + 1) / warmUp;
}
