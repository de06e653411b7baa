import { zerosLike } from "../cell/parametrisations/arrays.ts";
import type { RealArray } from "../engine/contract.ts";
import type { Weights } from "../network/contract.ts";

/**
 * Euclidean norm over all arrays together.
 *
 * Squares are added in double in an order that is part of the definition: element i of an array goes to partial sum
 * i mod 8, and the eight, s0 .. s7, add up as ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7)).
 *
 * @returns >= 0, finite when every element is: squares that would overflow or vanish are scaled by a power of two
 */
export function globalNorm(gradient: Weights): number {
  const square = sumOfSquares(gradient, 1);
  // In float32 neither branch is taken: squares lie between 2^-298 and 2^256, or are 0.
  if (square === Number.POSITIVE_INFINITY) return Math.sqrt(sumOfSquares(gradient, 2 ** -600)) * 2 ** 600;
  if (square < 2 ** -400) return Math.sqrt(sumOfSquares(gradient, 2 ** 600)) * 2 ** -600;
  return Math.sqrt(square);
}

function sumOfSquares(arrays: Weights, scale: number): number {
  const sums = new Float64Array(8);
  for (const array of Object.values(arrays)) addSquares(sums, array, scale);
  const [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
  return s0 + s1 + (s2 + s3) + (s4 + s5 + (s6 + s7));
}

function addSquares(sums: Float64Array, array: RealArray, scale: number): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
  const whole = array.length - (array.length % 8);
  for (let i = 0; i < whole; i += 8) {
    const x0 = array[i] * scale;
    const x1 = array[i + 1] * scale;
    const x2 = array[i + 2] * scale;
    const x3 = array[i + 3] * scale;
    const x4 = array[i + 4] * scale;
    const x5 = array[i + 5] * scale;
    const x6 = array[i + 6] * scale;
    const x7 = array[i + 7] * scale;
    s0 += x0 * x0;
    s1 += x1 * x1;
    s2 += x2 * x2;
    s3 += x3 * x3;
    s4 += x4 * x4;
    s5 += x5 * x5;
    s6 += x6 * x6;
    s7 += x7 * x7;
  }
  sums.set([s0, s1, s2, s3, s4, s5, s6, s7]);
  for (let i = whole; i < array.length; i++) {
    const x = array[i] * scale;
    sums[i - whole] += x * x;
  }
}

/** Whether every element of every array is finite. */
export function areFinite(arrays: Weights): boolean {
  for (const array of Object.values(arrays)) if (!isFiniteArray(array)) return false;
  return true;
}

function isFiniteArray(array: RealArray): boolean {
  // Sums of finite numbers are finite or overflow, which the slower search clears. Four, as one would wait for itself.
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = array.length - (array.length % 4);
  for (let i = 0; i < whole; i += 4) {
    s0 += array[i];
    s1 += array[i + 1];
    s2 += array[i + 2];
    s3 += array[i + 3];
  }
  for (let i = whole; i < array.length; i++) s0 += array[i];
  return Number.isFinite(s0 + s1 + s2 + s3) || array.every(Number.isFinite);
}

/**
 * The gradient with every element limited to [-limit, limit]; fresh arrays.
 *
 * @param limit > 0
 */
export function clippedByValue(gradient: Weights, limit: number): Weights {
  return mapped(gradient, (array, to) => {
    for (let i = 0; i < array.length; i++) to[i] = Math.max(-limit, Math.min(limit, array[i]));
  });
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
  return mapped(gradient, (array, to) => {
    for (let i = 0; i < array.length; i++) to[i] = scale * array[i];
  });
}

function mapped(arrays: Weights, write: (array: RealArray, to: RealArray) => void): Weights {
  const result: Record<string, RealArray> = {};
  for (const [name, array] of Object.entries(arrays)) {
    const to = zerosLike(array);
    write(array, to);
    result[name] = to;
  }
  return result;
}
