import type { RandomKey } from "../../core/random.ts";
import { deepFool, type MinimalChange, shortened } from "../attacks/deep-fool.ts";
import { projectedGradient } from "../attacks/projected-gradient.ts";
import type { Victim } from "../attacks/victim.ts";

export interface NearestOptions {
  /** Linearisations of DeepFool, and steps of each run of PGD. */
  readonly steps: number;
  /** Runs of PGD at each radius. */
  readonly restarts: number;
  /** Radii at which PGD tries to find something nearer, >= 0. */
  readonly rounds: number;
  key(restart: number): RandomKey;
}

/** Halvings of a segment: the length of a change is known to 2^-20 of it. */
const bisections = 20;

const anywhere = (): void => {};

/**
 * The smallest l2 change of the input that was found to change the decision: an upper bound of the margin.
 *
 * DeepFool first. Then PGD in balls of radius r: where it finds a change, that is shortened along its segment and is the
 * new upper end; where it finds none, r is the new lower end of the search (which proves nothing); r is the middle of the
 * two, or the double of the lower end while nothing is known. Inputs are not clipped.
 *
 * @param first radius to begin with where DeepFool found nothing, `[batch]`
 * @returns norms of 0 for trials that are decided wrongly without any change, infinite where nothing was found
 */
export function nearestChange(victim: Victim, first: Float64Array, options: NearestOptions): MinimalChange {
  const { steps, restarts, rounds, key } = options;
  const { stride } = victim;
  const found = deepFool(victim, { steps, bisections, clip: anywhere });
  const input = found.input.slice();
  const norms = found.norms.slice();
  const low = new Float64Array(norms.length);
  for (let round = 0; round < rounds; round++) {
    const radius = norms.map((high, row) => {
      if (high < Number.POSITIVE_INFINITY) return (low[row] + high) / 2;
      // where no gradient is known, nowhere is a place to begin
      if (low[row] === 0) return first[row] < Number.POSITIVE_INFINITY ? first[row] : 0;
      return 2 * low[row];
    });
    const near = projectedGradient(victim, radius, { norm: "l2", steps, restarts, key, clip: anywhere });
    const change = shortened(victim, near, bisections);
    for (const [row, length] of change.norms.entries()) {
      if (length < norms[row]) {
        norms[row] = length;
        input.set(change.input.subarray(row * stride, (row + 1) * stride), row * stride);
      } else low[row] = radius[row];
    }
  }
  return { input, norms };
}
