import type { RandomKey } from "../../core/random.ts";
import { type Norm, projectOnto, steepest, uniformIn } from "./ball.ts";
import type { Look, Victim } from "./victim.ts";

export interface ProjectedGradientOptions {
  readonly norm: Norm;
  /** Steps of each run, >= 1. */
  readonly steps: number;
  /** Runs, >= 1: the first from the end of a full steepest step, the others from points drawn in the ball. */
  readonly restarts: number;
  /** Key of the starts of a restart. */
  key(restart: number): RandomKey;
  /** Brings an input back to what is allowed, in place. */
  clip(input: Float64Array): void;
}

/**
 * The strongest input that projected gradient ascent of the loss meets in a ball about the clean one.
 *
 *     x <- clip(project(x + (2.5 radius / steps) steepest(gradient)))
 *
 * The step is that of madry2018: it crosses the ball even if every second step is lost. Strongest is, first, decided
 * rightly in the fewest noise draws, then of the largest loss; every point visited counts, the clean one too. The first
 * run starts where the fast gradient sign method (linf) or its l2 form ends, so the result is at least as strong.
 *
 * Cost: restarts (steps + 1) + 1 forward passes, most with a reverse pass, per noise draw.
 *
 * @param radius of each trial's ball, `[batch]`, >= 0
 * @returns an input within the balls, `[batch, time, inputSize]`, fresh
 */
export function projectedGradient(
  victim: Victim,
  radius: Float64Array,
  { norm, steps, restarts, key, clip }: ProjectedGradientOptions,
): Float64Array {
  const { clean, stride, counts } = victim;
  const first = victim.slope(clean);
  const best = clean.slice();
  const bestLosses = first.losses.slice();
  const bestRight = first.right?.slice();
  const keepBetter = (input: Float64Array, { losses, right }: Look): void => {
    for (const row of counts.keys()) {
      const gained = (bestRight?.[row] ?? 0) - (right?.[row] ?? 0);
      if (gained < 0 || (gained === 0 && !(losses[row] > bestLosses[row]))) continue;
      best.set(input.subarray(row * stride, (row + 1) * stride), row * stride);
      bestLosses[row] = losses[row];
      if (bestRight !== undefined && right !== undefined) bestRight[row] = right[row];
    }
  };
  const moved = (from: Float64Array, gradient: Float64Array, lengths: Float64Array): Float64Array => {
    const step = steepest(victim, norm, gradient, lengths);
    const input = from.map((value, i) => value + step[i]);
    projectOnto(victim, norm, input, clean, radius);
    clip(input);
    return input;
  };
  const stepLength = radius.map((length) => (2.5 * length) / steps);
  for (let restart = 0; restart < restarts; restart++) {
    let input: Float64Array;
    if (restart === 0) input = moved(clean, first.gradient, radius);
    else {
      input = uniformIn(victim, norm, clean, radius, key(restart));
      clip(input);
    }
    for (let step = 0; step < steps; step++) {
      const slope = victim.slope(input);
      keepBetter(input, slope);
      input = moved(input, slope.gradient, stepLength);
    }
    keepBetter(input, victim.look(input));
  }
  return best;
}
