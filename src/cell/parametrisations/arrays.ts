import type { RealArray, WeightMap } from "./contract.ts";

/** Zeros of the same length and precision. */
export function zerosLike(array: RealArray): RealArray {
  return array instanceof Float32Array ? new Float32Array(array.length) : new Float64Array(array.length);
}

/** A fresh array of `value(i)`, in the precision of `like`. */
export function filledLike(like: RealArray, value: (i: number) => number): RealArray {
  const out = zerosLike(like);
  for (let i = 0; i < out.length; i++) out[i] = value(i);
  return out;
}

/** Numbers in the precision of `like`. */
export function inPrecisionOf(like: RealArray, values: Float64Array): RealArray {
  return like instanceof Float32Array ? Float32Array.from(values) : values;
}

/** A map whose derivative is the same everywhere. */
export function affineMap(
  shape: readonly number[],
  freeCount: number,
  functions: {
    readonly forward: (raw: RealArray) => RealArray;
    readonly tangent: (direction: RealArray) => RealArray;
    readonly pullback: (cotangent: RealArray) => RealArray;
  },
): WeightMap {
  const { forward, tangent, pullback } = functions;
  return {
    rawShape: shape,
    freeCount,
    at: (raw) => ({ effective: forward(raw), tangent, pullback, pullbackTangent: () => undefined }),
  };
}
