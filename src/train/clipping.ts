import type { RealArray } from "../engine/contract.ts";
import type { Weights } from "../network/contract.ts";

/**
 * Euclidean norm over all arrays together.
 *
 * @returns >= 0, finite when every element is (scaled by the largest element, so that squares neither overflow nor vanish)
 */
export function globalNorm(gradient: Weights): number {
  let largest = 0;
  for (const array of Object.values(gradient)) {
    for (let i = 0; i < array.length; i++) {
      const size = Math.abs(array[i]);
      if (!(size <= largest)) largest = size;
      if (Number.isNaN(size)) return Number.NaN;
    }
  }
  if (largest === 0 || largest === Number.POSITIVE_INFINITY) return largest;
  let sum = 0;
  for (const array of Object.values(gradient)) {
    for (let i = 0; i < array.length; i++) sum += (array[i] / largest) ** 2;
  }
  return largest * Math.sqrt(sum);
}

/**
 * The gradient with every element limited to [-limit, limit]; fresh arrays.
 *
 * @param limit > 0
 */
export function clippedByValue(gradient: Weights, limit: number): Weights {
  return mapped(gradient, (x) => Math.max(-limit, Math.min(limit, x)));
}

/**
 * The gradient scaled down to norm `limit` when its norm is larger; fresh arrays, or the gradient itself.
 *
 * The scale is exactly limit / norm; PyTorch divides by norm + 1e-6.
 *
 * @param norm the gradient's global norm
 * @param limit > 0
 */
export function clippedByNorm(gradient: Weights, norm: number, limit: number): Weights {
  if (norm <= limit) return gradient;
  const scale = limit / norm;
  return mapped(gradient, (x) => scale * x);
}

function mapped(arrays: Weights, map: (x: number) => number): Weights {
  const result: Record<string, RealArray> = {};
  for (const [name, array] of Object.entries(arrays)) result[name] = array.map(map);
  return result;
}
