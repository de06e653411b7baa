/** Minimisation of the speed from one state: Newton, with Levenberg-Marquardt where Newton does not descend. */
import type { Dynamics } from "../dynamics/contract.ts";
import { distance, dot, length, minusIdentity, multiplied, solved, transposed } from "./linear.ts";

/** A state where the search ended. */
export interface Candidate {
  readonly state: Float64Array;
  /** q = |F(x) - x|^2 / 2. */
  readonly speed: number;
  /**
   * "step": |F(x) - x| fell below the tolerance; "minimum": no direction descends any more; "limit": out of iterations,
   * or hardly coming down while still fast.
   */
  readonly ended: "step" | "minimum" | "limit";
}

export interface DescentOptions {
  /** Size of the states: lengths below are in units of it. */
  readonly spread: number;
  /** |F(x) - x| at which a point counts as fixed, in spreads. */
  readonly tolerance: number;
  /** |F(x) - x| below which a minimum is worth its iterations, in spreads. */
  readonly slowTolerance: number;
  /** Most iterations. */
  readonly iterations: number;
}

/** Newton steps are cut to this length, in spreads: farther away the Jacobian says nothing. */
const longestStep = 2;
const halvings = 10;
/** Least and largest mu / largest diagonal entry of (J - 1)^T (J - 1). */
const damping = { least: 1e-9, most: 1e6, first: 1e-4 } as const;
/** Above the slow tolerance the speed must halve in so many iterations. */
const patience = 6;
/** Moves below these, in spreads, are none: of a point that is fixed, of one that is slow. */
const stillStep = { fixed: 1e-9, slow: 1e-6 } as const;

/**
 * Goes down the speed q(x) = |F(x) - x|^2 / 2 from one state.
 *
 *     (J - 1) d = -(F(x) - x),   x <- x + t d   with t halved until q falls
 *
 * Where J - 1 is singular or its step does not descend: ((J - 1)^T (J - 1) + mu D) d = -(J - 1)^T (F(x) - x) with growing
 * mu. In a region where F is affine (ReLU) one step is exact. Near a regular fixed point convergence is quadratic.
 *
 * Cost: per iteration a Jacobian, N^3 / 3 multiply-adds and a few steps of the dynamics; 2 N^3 more for each damped one.
 */
export function descend(
  dynamics: Dynamics,
  input: Float64Array,
  start: Float64Array,
  { spread, tolerance, slowTolerance, iterations }: DescentOptions,
): Candidate {
  let at = motion(dynamics, input, start);
  let mark = at.speed;
  const memory: { damping: number } = { damping: damping.first };
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (!Number.isFinite(at.speed)) return { state: at.state, speed: at.speed, ended: "limit" };
    if (iteration > 0 && iteration % patience === 0) {
      if (at.speed > mark / 2 && length(at.move) > slowTolerance * spread) break;
      mark = at.speed;
    }
    if (at.speed === 0) return { ...at, ended: "step" };
    const slope = minusIdentity(dynamics.jacobian(at.state, input));
    const next = newtonStep(dynamics, input, at, slope, spread);
    if (length(at.move) <= tolerance * spread) {
      // Beyond the tolerance Newton goes on while it moves the point: small speeds are found far from a degenerate point.
      if (next === undefined || distance(at.state, next.state) <= stillStep.fixed * spread) {
        return { ...(next ?? at), ended: "step" };
      }
      at = next;
      continue;
    }
    const lower = next ?? dampedStep(dynamics, input, at, slope, memory);
    if (lower === undefined) return { ...at, ended: "minimum" };
    const isStill = distance(at.state, lower.state) <= stillStep.slow * spread;
    at = lower;
    if (isStill && length(at.move) > tolerance * spread) return { ...at, ended: "minimum" };
  }
  return { ...at, ended: length(at.move) <= tolerance * spread ? "step" : "limit" };
}

interface Motion {
  readonly state: Float64Array;
  /** F(x) - x. */
  readonly move: Float64Array;
  readonly speed: number;
}

function motion(dynamics: Dynamics, input: Float64Array, state: Float64Array): Motion {
  const move = dynamics.step(state, input).map((next, i) => next - state[i]);
  return { state, move, speed: dot(move, move) / 2 };
}

function newtonStep(
  dynamics: Dynamics,
  input: Float64Array,
  at: Motion,
  slope: Float64Array,
  spread: number,
): Motion | undefined {
  const direction = solved(
    slope,
    at.move.map((value) => -value),
  );
  if (direction === undefined) return undefined;
  const cut = Math.min(1, (longestStep * spread) / length(direction));
  for (let halving = 0, share = cut; halving <= halvings; halving++, share /= 2) {
    const next = motion(
      dynamics,
      input,
      at.state.map((x, i) => x + share * direction[i]),
    );
    // Along a Newton direction dq/dt = -2 q.
    if (next.speed < at.speed * (1 - 2e-4 * share)) return next;
  }
  return undefined;
}

/** @param memory damping that was good enough the last time */
function dampedStep(
  dynamics: Dynamics,
  input: Float64Array,
  at: Motion,
  slope: Float64Array,
  memory: { damping: number },
): Motion | undefined {
  const size = at.state.length;
  const transpose = transposed(slope, size);
  const normal = multiplied(transpose, slope, size);
  const gradient = new Float64Array(size);
  for (let i = 0; i < size; i++) gradient[i] = -dot(transpose.subarray(i * size, (i + 1) * size), at.move);
  let scale = 0;
  for (let i = 0; i < size; i++) scale = Math.max(scale, normal[i * size + i]);
  for (let factor = Math.max(memory.damping / 10, damping.least); factor <= damping.most; factor *= 10) {
    const direction = solved(
      normal.map((value, i) => (i % (size + 1) === 0 ? value + factor * scale : value)),
      gradient,
    );
    if (direction === undefined) continue;
    const next = motion(
      dynamics,
      input,
      at.state.map((x, i) => x + direction[i]),
    );
    if (next.speed < at.speed * (1 - 1e-12)) {
      memory.damping = factor;
      return next;
    }
  }
  return undefined;
}
