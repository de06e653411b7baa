import { dot } from "../fixed-points/linear.ts";

/** `into += factor * vector`. */
export function addScaled(into: Float64Array, vector: Float64Array, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] += factor * vector[i];
}

/**
 * Removes from a vector, in place, what lies along orthonormal ones.
 *
 * Twice: once leaves a part of the size of the rounding error over what remains, the second time none that matters
 * ("twice is enough").
 *
 * @returns norm of what remains
 */
export function orthogonalised(vector: Float64Array, basis: readonly Float64Array[]): number {
  for (let pass = 0; pass < 2; pass++) for (const one of basis) addScaled(vector, one, -dot(one, vector));
  return Math.sqrt(dot(vector, vector));
}

/** Divides a vector by a number, in place. */
export function divide(vector: Float64Array, by: number): Float64Array {
  for (let i = 0; i < vector.length; i++) vector[i] /= by;
  return vector;
}
