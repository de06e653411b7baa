/** All fixed points of a map that starting states lead to. */
import { normals, stream, uniforms } from "../../core/random.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import { type Candidate, descend } from "./descent.ts";
import { descendJointly } from "./joint-descent.ts";
import { distance, length } from "./linear.ts";
import { describedPoint, type FixedPoint } from "./point.ts";

/** States that the network visits: where searches start, and what lengths are measured by. */
export interface VisitedStates {
  /** `[count, stateSize]`. */
  readonly states: Float64Array;
  /** Their mean, `[stateSize]`. */
  readonly centre: Float64Array;
  /** Root mean squared distance from the mean; 1 when they do not differ. */
  readonly spread: number;
}

export interface SearchOptions {
  /** "joint": all starts of a round in one batch by Adam, then Newton; "one-by-one": Newton from each start. */
  readonly method: "joint" | "one-by-one";
  /** Starts of a round. */
  readonly starts: number;
  /** Most rounds; a round that finds nothing new is the last. */
  readonly rounds: number;
  /** Normal noise on each start, in spreads. */
  readonly jitter: number;
  /** |F(x) - x| at which a point is fixed, in spreads. */
  readonly tolerance: number;
  /** |F(x) - x| below which a local minimum of the speed is a slow point, in spreads. */
  readonly slowTolerance: number;
  /** Points nearer than this are one, in spreads. */
  readonly uniqueDistance: number;
  /** Points farther from the mean of the states than this are left out, in spreads. */
  readonly outlierDistance: number;
  readonly seed: number;
}

export interface FoundPoints {
  /** By their first output that differs, then by their distance from the origin. */
  readonly points: readonly FixedPoint[];
  /** The last round found nothing new. */
  readonly isComplete: boolean;
  readonly rounds: number;
  /** Candidates that ended too far out. */
  readonly outliers: number;
}

const iterations = { joint: 500, each: 100 } as const;
/** Where Adam hands over to Newton, in spreads. */
const handOver = 1e-3;

/** Mean and spread of states. @param states `[count, stateSize]` */
export function visitedStates(states: Float64Array, stateSize: number): VisitedStates {
  const count = states.length / stateSize;
  const centre = new Float64Array(stateSize);
  for (let k = 0; k < states.length; k++) centre[k % stateSize] += states[k] / count;
  let square = 0;
  for (let k = 0; k < states.length; k++) square += (states[k] - centre[k % stateSize]) ** 2 / count;
  return { states, centre, spread: square > 0 ? Math.sqrt(square) : 1 };
}

/**
 * Fixed and slow points of a map at a constant input.
 *
 * Rounds of starts (visited states with jitter) are brought down to minima of the speed; what is new is kept, and rounds
 * are repeated until one finds nothing new. sussillo2013, golub2018.
 *
 * @param known states that are tried first, before the first round
 * @param onStart told before each start is followed
 */
export function findFixedPoints(
  dynamics: Dynamics,
  input: Float64Array,
  visited: VisitedStates,
  options: SearchOptions,
  known: readonly Float64Array[] = [],
  onStart?: () => void,
): FoundPoints {
  const { spread } = visited;
  const { tolerance, slowTolerance } = options;
  const each = { spread, tolerance, slowTolerance, iterations: iterations.each };
  const kept: { candidate: Candidate; kind: FixedPoint["kind"] }[] = [];
  let outliers = 0;
  const take = (start: Float64Array): boolean => {
    onStart?.();
    const candidate = descend(dynamics, input, start, each);
    const kind = kindOf(candidate, options, spread);
    if (kind === undefined) return false;
    if (!(distance(candidate.state, visited.centre) <= options.outlierDistance * spread)) {
      outliers++;
      return false;
    }
    const twin = kept.findIndex(
      (other) => distance(other.candidate.state, candidate.state) <= options.uniqueDistance * spread,
    );
    if (twin < 0) kept.push({ candidate, kind });
    else if (candidate.speed < kept[twin].candidate.speed) kept[twin] = { candidate, kind };
    return twin < 0;
  };
  for (const state of known) take(state);
  let isComplete = false;
  let round = 0;
  while (!isComplete && round < options.rounds) {
    const starts = startsOfRound(visited, options, round++);
    const candidates =
      options.method === "joint"
        ? rowsOf(
            descendJointly(dynamics, input, starts, { spread, tolerance: handOver, iterations: iterations.joint }),
            dynamics.stateSize,
          )
        : rowsOf(starts, dynamics.stateSize);
    let isNew = false;
    for (const start of candidates) isNew = take(start) || isNew;
    isComplete = !isNew;
  }
  const points = kept.map(({ candidate, kind }) => describedPoint(dynamics, input, candidate, kind, spread));
  return { points: points.sort(byOutput), isComplete, rounds: round, outliers };
}

function kindOf(candidate: Candidate, options: SearchOptions, spread: number): FixedPoint["kind"] | undefined {
  if (candidate.ended === "step") return "fixed";
  const isSlow = Math.sqrt(2 * candidate.speed) <= options.slowTolerance * spread;
  return candidate.ended === "minimum" && isSlow ? "slow" : undefined;
}

function startsOfRound({ states, centre, spread }: VisitedStates, options: SearchOptions, round: number): Float64Array {
  const size = centre.length;
  const count = states.length / size;
  const key = (index: number) => ({ seed: options.seed, stream: stream("perturbation", index) });
  const chosen = uniforms(new Float64Array(options.starts), key(0), { trial: round });
  const jitter = normals(new Float64Array(options.starts * size), key(1), { trial: round });
  const scale = (options.jitter * spread) / Math.sqrt(size);
  return jitter.map((z, k) => states[Math.floor(chosen[Math.floor(k / size)] * count) * size + (k % size)] + scale * z);
}

export function rowsOf(states: Float64Array, size: number): Float64Array[] {
  return Array.from({ length: states.length / size }, (_, row) => states.slice(row * size, (row + 1) * size));
}

/** Outputs that differ by rounding alone must not decide an order: a permutation of the units keeps it. */
const sameOutput = 1e-7;

export function byOutput(a: FixedPoint, b: FixedPoint): number {
  for (let o = 0; o < a.output.length; o++) {
    const difference = a.output[o] - b.output[o];
    if (Math.abs(difference) > sameOutput * (1 + Math.abs(a.output[o]))) return difference;
  }
  return length(a.xStar) - length(b.xStar);
}
