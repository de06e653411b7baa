import { normals, type RandomKey, words } from "../../core/random.ts";
import type { ProbeVectors } from "./contract.ts";

/** Vectors of independent signs, +1 or -1 with equal probability. */
export function randomSigns(size: number, key: RandomKey): ProbeVectors {
  return (index) =>
    Float64Array.from(words(new Uint32Array(size), key, { trial: index }), (word) => (word & 1) * 2 - 1);
}

/** Vectors of independent standard normal numbers. */
export function randomNormals(size: number, key: RandomKey): ProbeVectors {
  return (index) => normals(new Float64Array(size), key, { trial: index });
}
