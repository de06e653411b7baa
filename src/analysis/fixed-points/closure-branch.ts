/** Means of stationary closures followed over the noise level. */
import type { MomentDynamics, Moments } from "../dynamics/contract.ts";
import type { BranchPoint } from "./continuation.ts";
import { distance, eigenvaluesOf } from "./linear.ts";

/** Moments of the state by the noise level. */
export type MomentFamily = (level: number) => MomentDynamics;

/** Shortest step, in parts of one of the grid: how near the end of a branch is placed. */
const shortest = 1 / 256;
/** A mean that moves farther than this in one step has left its branch, in spreads. */
const jump = 0.1;

/**
 * Follows a stable closure point from level to level, each from the mean and covariance of the one before.
 *
 * There is no pseudo-arclength here: an unstable point has no stationary covariance, so a branch ends ("lost") where it
 * loses stability, placed to 1/256 of a step of the grid. Eigenvalues are those of the mean at a fixed covariance.
 *
 * @param levels where to look, the first being that of `start`
 * @param spread size of the states
 */
export function followClosure(
  family: MomentFamily,
  input: Float64Array,
  start: Moments,
  levels: readonly number[],
  spread: number,
): BranchPoint[] {
  const points = [closureBranchPoint(family(levels[0]), input, start, levels[0])];
  let at = start;
  let [level] = levels;
  const finish = (event: "end-of-range" | "lost"): BranchPoint[] =>
    points.map((point, index) => (index === points.length - 1 ? { ...point, events: [event] } : point));
  for (const target of levels.slice(1)) {
    const least = Math.abs(target - level) * shortest;
    let step = target - level;
    while (level !== target) {
      const next = Math.abs(step) >= Math.abs(target - level) ? target : level + step;
      const moments = family(next);
      const found = moments.stationary(input, at);
      if (!found.isConverged || distance(found.mean, at.mean) > jump * spread) {
        step /= 2;
        if (Math.abs(step) < least) return finish("lost");
        continue;
      }
      const last = points[points.length - 1];
      const length = Math.hypot(distance(found.mean, at.mean) / spread, next - level);
      points.push({ ...closureBranchPoint(moments, input, found, next), arclength: last.arclength + length });
      at = found;
      level = next;
    }
  }
  return finish("end-of-range");
}

function closureBranchPoint(
  moments: MomentDynamics,
  input: Float64Array,
  { mean, covariance }: Moments,
  parameter: number,
): BranchPoint {
  const dynamics = moments.meanDynamics(covariance);
  const move = dynamics.step(mean, input).map((value, i) => value - mean[i]);
  return {
    parameter,
    xStar: mean,
    speed: move.reduce((sum, value) => sum + value * value, 0) / 2,
    arclength: 0,
    eigenvalues: eigenvaluesOf(dynamics.jacobian(mean, input)),
    events: [],
  };
}
