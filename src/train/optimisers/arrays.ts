import type { RealArray } from "../../engine/contract.ts";
import type { Weights } from "../../network/contract.ts";

/** Zeros of the same length and precision. */
export function zerosLike(array: RealArray): RealArray {
  return array instanceof Float32Array ? new Float32Array(array.length) : new Float64Array(array.length);
}

/** One array of zeros per weight array. */
export function zeroSlot(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).map(([name, array]) => [name, zerosLike(array)]));
}
