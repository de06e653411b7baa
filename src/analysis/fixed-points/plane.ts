/** The plane of the two directions in which visited states vary most. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { dot } from "./linear.ts";
import type { VisitedStates } from "./search.ts";

export interface Plane {
  /** Unit vectors; the second is 0 for a state of one number. The largest entry of each is positive. */
  readonly axes: readonly [Float64Array, Float64Array];
  /** Part of the variance along each. */
  readonly shares: readonly [number, number];
  /** Coordinates of a state, from the mean of the visited states. */
  coordinates(state: Float64Array): readonly [number, number];
}

/** Principal components of visited states. */
export function principalPlane({ states, centre }: VisitedStates): Plane {
  const size = centre.length;
  const covariance = Matrix.zeros(size, size);
  const away = new Float64Array(size);
  for (let first = 0; first < states.length; first += size) {
    for (let i = 0; i < size; i++) away[i] = states[first + i] - centre[i];
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) covariance.set(i, j, covariance.get(i, j) + away[i] * away[j]);
    }
  }
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) covariance.set(j, i, covariance.get(i, j));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const total = realEigenvalues.reduce((sum, value) => sum + value, 0);
  const axis = (rank: number): Float64Array => {
    if (rank >= size) return new Float64Array(size);
    const vector = Float64Array.from(eigenvectorMatrix.getColumn(order[rank]));
    const lead = vector.reduce((best, value) => (Math.abs(value) > Math.abs(best) + 1e-9 ? value : best), 0);
    return lead < 0 ? vector.map((value) => -value) : vector;
  };
  const share = (rank: number): number => (total > 0 && rank < size ? realEigenvalues[order[rank]] / total : 0);
  const axes = [axis(0), axis(1)] as const;
  const origin = axes.map((vector) => dot(vector, centre));
  return {
    axes,
    shares: [share(0), share(1)],
    coordinates: (state) => [dot(axes[0], state) - origin[0], dot(axes[1], state) - origin[1]],
  };
}
