/** A fixed point followed over a parameter of its map. */
import type { Dynamics } from "../dynamics/contract.ts";
import { type Crossing, crossingsBetween } from "./crossings.ts";
import { type Complex, distance, dot, eigenvaluesOf, length, minusIdentity, solved } from "./linear.ts";

/** Maps by a parameter, e.g. the noise level. Asked for neighbouring values in turn. */
export type Family = (parameter: number) => Dynamics;

export type BranchEvent =
  | "fold"
  | "branch-point"
  | "flip"
  | "neimark-sacker"
  | "boundary-collision"
  /** Why the branch ends here. */
  | BranchEnd;
export type BranchEnd =
  /** At the end of the range of the parameter. */
  | "end-of-range"
  /** Farther from its start than the outlier distance. */
  | "far-away"
  /** No next point could be found, however short the step. */
  | "lost"
  /** More points than allowed. */
  | "too-long"
  /** Back where it began. */
  | "closed";

export interface BranchPoint {
  readonly parameter: number;
  readonly xStar: Float64Array;
  /** q = |F(x*) - x*|^2 / 2. */
  readonly speed: number;
  /** Length of the branch from its start, in (x / spread, parameter). */
  readonly arclength: number;
  readonly eigenvalues: readonly Complex[];
  readonly events: readonly BranchEvent[];
}

export interface ContinuationOptions {
  readonly from: number;
  readonly to: number;
  /** Values of the parameter at which the branch is to have points, ascending. */
  readonly grid: readonly number[];
  /** Size of the states. */
  readonly spread: number;
  /** |F(x) - x| at which a point counts as fixed, in spreads. */
  readonly tolerance: number;
  /** Distance from the start at which the branch is given up, in spreads. */
  readonly outlierDistance: number;
  /** Most points of a branch in one direction; default 400. */
  readonly mostPoints?: number;
}

/** A point in (x / spread, parameter) with the direction of the branch there. */
export interface CurvePoint {
  readonly x: Float64Array;
  readonly parameter: number;
  readonly speed: number;
  /** Unit vector, `[stateSize + 1]`, the parameter last. */
  readonly tangent: Float64Array;
  readonly jacobian: Float64Array;
}

/** Corrects a guess in the plane through it that is normal to `direction`. */
export type Corrector = (x: Float64Array, parameter: number, direction: Float64Array) => CurvePoint | undefined;

const stepRange = { first: 0.05, least: 1e-5, most: 0.25, over: 0.01 } as const;
const corrections = 8;
/** Last correction of a point, in (x / spread, parameter). */
const settled = 1e-8;
const growth = 1.6;
/** Cosine between the tangents of neighbours: 18 degrees. */
const leastCosine = 0.95;
/** Step of the difference quotient in the parameter. */
const parameterStep = 1e-6;

/**
 * Follows a fixed point by pseudo-arclength continuation.
 *
 * Predictor: a step s along the tangent of (x / spread, parameter). Corrector: Newton on
 *
 *     [ F(x, p) - x ;  tangent . (y - y_predicted) ] = 0
 *
 * which passes folds. A step that would pass a value of the grid ends on it, with the parameter held instead of the
 * plane. The step grows while corrections are easy and halves when they fail or the branch turns by more than 18 degrees.
 *
 * @param start a fixed point at `parameter`
 * @param direction +1 or -1: where the parameter goes first
 * @returns points in order, the start first
 *
 * Cost: per point some 3 Jacobians, linear systems of N + 1 and an eigenvalue decomposition; about one point per value of
 * the grid where the branch is smooth. Source: allgower1990.
 */
export function followBranch(
  family: Family,
  input: Float64Array,
  start: Pick<BranchPoint, "xStar" | "speed" | "parameter">,
  direction: 1 | -1,
  options: ContinuationOptions,
): BranchPoint[] {
  const { spread, from, to, grid, mostPoints = 400 } = options;
  const size = start.xStar.length;
  const correct = corrector(family, input, options);
  const first = correct(start.xStar, start.parameter, parameterAxis(size, direction));
  const startPoint = (events: readonly BranchEvent[]): BranchPoint => ({
    parameter: start.parameter,
    xStar: start.xStar,
    speed: start.speed,
    arclength: 0,
    eigenvalues: eigenvaluesOf(family(start.parameter).jacobian(start.xStar, input)),
    events,
  });
  const outward = direction > 0 ? start.parameter >= to : start.parameter <= from;
  if (outward) return [startPoint(["end-of-range"])];
  if (first === undefined) return [startPoint(["lost"])];
  const points: BranchPoint[] = [startPoint([])];
  let at: CurvePoint = first;
  let eigenvalues = points[0].eigenvalues;
  let arclength = 0;
  let step: number = stepRange.first;
  const finish = (event: BranchEnd): BranchPoint[] => {
    const last = points.pop() as BranchPoint;
    points.push({ ...last, events: [...last.events, event] });
    return points;
  };
  for (;;) {
    if (points.length >= mostPoints) return finish("too-long");
    const next = nextPoint(at, step, grid, { from, to }, correct, spread);
    if (next === undefined) {
      if (step <= stepRange.least) return finish("lost");
      step = Math.max(step / 2, stepRange.least);
      continue;
    }
    const turn = dot(at.tangent, next.tangent);
    if (turn < leastCosine && step > stepRange.least) {
      step = Math.max(Math.min(step, curveDistance(at, next, spread)) / 2, stepRange.least);
      continue;
    }
    const nextEigenvalues = eigenvaluesOf(next.jacobian);
    const crossings = crossingsBetween({ family, input, spread, correct }, at, eigenvalues, next, nextEigenvalues);
    for (const crossing of crossings) points.push(crossingPoint(crossing, at, arclength, spread));
    arclength += curveDistance(at, next, spread);
    points.push({
      parameter: next.parameter,
      xStar: next.x,
      speed: next.speed,
      arclength,
      eigenvalues: nextEigenvalues,
      events: [],
    });
    if (distance(next.x, start.xStar) > options.outlierDistance * spread) return finish("far-away");
    const reach = curveDistance(first, next, spread);
    if (points.length > 3 && reach < stepRange.first / 4 && dot(first.tangent, next.tangent) > leastCosine) {
      return finish("closed");
    }
    if ((next.parameter >= to && next.tangent[size] > 0) || (next.parameter <= from && next.tangent[size] < 0)) {
      return finish("end-of-range");
    }
    at = next;
    eigenvalues = nextEigenvalues;
    step = Math.min(step * growth, stepRange.most);
  }
}

const parameterAxis = (size: number, sign: number): Float64Array =>
  new Float64Array(size + 1).map((_, i) => (i === size ? sign : 0));

function crossingPoint(crossing: Crossing, from: CurvePoint, arclength: number, spread: number): BranchPoint {
  const { point, eigenvalues, event } = crossing;
  return {
    parameter: point.parameter,
    xStar: point.x,
    speed: point.speed,
    arclength: arclength + curveDistance(from, point, spread),
    eigenvalues,
    events: [event],
  };
}

function curveDistance(a: CurvePoint, b: CurvePoint, spread: number): number {
  return Math.hypot(distance(a.x, b.x) / spread, a.parameter - b.parameter);
}

/** One step along the tangent; on a value of the grid when it would pass one. */
function nextPoint(
  at: CurvePoint,
  step: number,
  grid: readonly number[],
  range: { readonly from: number; readonly to: number },
  correct: Corrector,
  spread: number,
): CurvePoint | undefined {
  const size = at.x.length;
  const rise = at.tangent[size];
  const predicted = at.parameter + step * rise;
  const stops = [...grid, range.from, range.to].filter((stop) =>
    rise > 0 ? stop > at.parameter && stop <= predicted : stop < at.parameter && stop >= predicted,
  );
  const stop = stops.length === 0 ? undefined : rise > 0 ? Math.min(...stops) : Math.max(...stops);
  const reached = (length: number, parameter: number, direction: Float64Array): CurvePoint | undefined => {
    const guess = at.x.map((x, i) => x + length * at.tangent[i] * spread);
    const next = correct(guess, parameter, direction);
    // A corrector that went far from the guess has found another branch.
    if (next === undefined || distance(next.x, guess) / spread > Math.max(length, stepRange.least)) return undefined;
    if (dot(next.tangent, at.tangent) >= 0) return next;
    return { ...next, tangent: next.tangent.map((value) => -value) };
  };
  if (stop === undefined) return reached(step, predicted, at.tangent);
  const onStop = reached((stop - at.parameter) / rise, stop, parameterAxis(size, Math.sign(rise)));
  // A branch point on the grid has no tangent: it is stepped over.
  return onStop ?? (step <= stepRange.over ? reached(step, predicted, at.tangent) : undefined);
}

function corrector(family: Family, input: Float64Array, options: ContinuationOptions): Corrector {
  const { spread, tolerance, from, to } = options;
  return (guess, guessedParameter, direction) => {
    const size = guess.length;
    const isHeld = direction.subarray(0, size).every((value) => value === 0);
    let x = guess;
    let parameter = guessedParameter;
    let slope: Float64Array | undefined;
    let lastChange = Number.POSITIVE_INFINITY;
    for (let iteration = 0; ; iteration++) {
      if (!(parameter >= from && parameter <= to)) return undefined;
      const dynamics = family(parameter);
      const move = dynamics.step(x, input).map((next, i) => next - x[i]);
      // Near a branch point small moves are found far from the point: what corrections still change must be small too.
      const isThere = length(move) <= tolerance * spread && lastChange <= settled;
      if (!isThere && iteration >= corrections) return undefined;
      const jacobian = dynamics.jacobian(x, input);
      // The tangent needs the slope of the point itself; corrections do with that of the guess, or with none.
      if (isThere || (slope === undefined && !isHeld)) slope = slopeInParameter(family, input, x, parameter, options);
      const system = bordered(jacobian, slope ?? new Float64Array(size), direction, spread);
      if (isThere) {
        const tangent = solved(system, parameterAxis(size, 1));
        if (tangent === undefined) return undefined;
        const norm = length(tangent);
        return { x, parameter, speed: dot(move, move) / 2, jacobian, tangent: tangent.map((value) => value / norm) };
      }
      const right = new Float64Array(size + 1);
      for (let i = 0; i < size; i++) right[i] = -move[i];
      // Distance from the plane: 0 after the first correction, since the system is linear in it.
      right[size] = isHeld ? 0 : planeGap(x, parameter, guess, guessedParameter, direction, spread);
      const change = solved(system, right);
      if (change === undefined) return undefined;
      lastChange = length(change);
      x = x.map((value, i) => value + change[i] * spread);
      if (!isHeld) parameter += change[size];
    }
  };
}

function planeGap(
  x: Float64Array,
  parameter: number,
  guess: Float64Array,
  guessedParameter: number,
  direction: Float64Array,
  spread: number,
): number {
  let gap = direction[x.length] * (guessedParameter - parameter);
  for (let i = 0; i < x.length; i++) gap += (direction[i] * (guess[i] - x[i])) / spread;
  return gap;
}

/** `[(J - 1) spread, dF/dp ; direction]`, `[size + 1, size + 1]`, for unknowns (x / spread, p). */
function bordered(jacobian: Float64Array, slope: Float64Array, direction: Float64Array, spread: number): Float64Array {
  const size = slope.length;
  const shifted = minusIdentity(jacobian);
  const system = new Float64Array((size + 1) ** 2);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) system[i * (size + 1) + j] = shifted[i * size + j] * spread;
    system[i * (size + 1) + size] = slope[i];
  }
  system.set(direction, size * (size + 1));
  return system;
}

/** dF/dp by a difference quotient to one side: tangents need no more. */
function slopeInParameter(
  family: Family,
  input: Float64Array,
  x: Float64Array,
  parameter: number,
  { to }: ContinuationOptions,
): Float64Array {
  const step = parameter + parameterStep <= to ? parameterStep : -parameterStep;
  const here = family(parameter).step(x, input);
  return family(parameter + step)
    .step(x, input)
    .map((value, i) => (value - here[i]) / step);
}
