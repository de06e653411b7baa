/** What is known of a fixed point. */
import { normals, stream } from "../../core/random.ts";
import type { Dynamics } from "../dynamics/contract.ts";
import type { Candidate } from "./descent.ts";
import { type Complex, eigenvaluesOf, length, modulus } from "./linear.ts";

/** Where a map stands still, or nearly. */
export interface FixedPoint {
  /** `[stateSize]`. */
  readonly xStar: Float64Array;
  /** q = |F(x*) - x*|^2 / 2. */
  readonly speed: number;
  /** "slow": a local minimum of the speed that is not zero. */
  readonly kind: "fixed" | "slow";
  /** dF/dx at x*, `[stateSize, stateSize]`. */
  readonly jacobian: Float64Array;
  /** Of the Jacobian, largest modulus first. */
  readonly eigenvalues: readonly Complex[];
  /** All eigenvalues inside the unit circle; on a kink, those of both sides. */
  readonly isStable: boolean;
  /** How many eigenvalues lie outside the unit circle. */
  readonly unstableDirections: number;
  /** The Jacobian jumps here: the eigenvalues are those of one side. */
  readonly isOnKink: boolean;
  /** Readout there, `[outputSize]`. */
  readonly output: Float64Array;
}

/** Half the distance over which a jump of the Jacobian is looked for, in spreads. */
const kinkDistance = 1e-7;
/** Part of the largest entry by which the Jacobian of a smooth map cannot change over that distance. */
const kinkJump = 1e-3;
const probeStream = stream("probe-vectors", 1);

/** A point with its linearisation. Cost: three Jacobians and an eigenvalue decomposition (10 N^3). */
export function describedPoint(
  dynamics: Dynamics,
  input: Float64Array,
  { state, speed }: Pick<Candidate, "state" | "speed">,
  kind: FixedPoint["kind"],
  spread: number,
): FixedPoint {
  const jacobian = dynamics.jacobian(state, input);
  const eigenvalues = eigenvaluesOf(jacobian);
  const sides = sidesOf(dynamics, input, state, spread);
  const isOnKink = largestDifference(sides[0], sides[1]) > kinkJump * largest(jacobian);
  return {
    xStar: state,
    speed,
    kind,
    jacobian,
    eigenvalues,
    isStable: isInside(eigenvalues) && (!isOnKink || sides.every((side) => isInside(eigenvaluesOf(side)))),
    unstableDirections: unstableCount(eigenvalues),
    isOnKink,
    output: dynamics.readout(state),
  };
}

export const unstableCount = (eigenvalues: readonly Complex[]): number =>
  eigenvalues.filter((value) => !(modulus(value) < 1)).length;

const isInside = (eigenvalues: readonly Complex[]): boolean => unstableCount(eigenvalues) === 0;

/**
 * Time in which a mode decays (or grows) by e, in steps: 1 / |ln |lambda||.
 *
 * @returns 0 for a mode that is gone after one step, Infinity for one that stays
 */
export const timeConstant = (eigenvalue: Complex): number => 1 / Math.abs(Math.log(modulus(eigenvalue)));

function sidesOf(dynamics: Dynamics, input: Float64Array, state: Float64Array, spread: number): Float64Array[] {
  const direction = normals(new Float64Array(state.length), { seed: 0, stream: probeStream });
  const step = (kinkDistance * spread) / length(direction);
  return [step, -step].map((by) =>
    dynamics.jacobian(
      state.map((x, i) => x + by * direction[i]),
      input,
    ),
  );
}

export function largestDifference(a: Float64Array, b: Float64Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}

export const largest = (values: Float64Array): number => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
