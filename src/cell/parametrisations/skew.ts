import { affineMap, inPrecisionOf } from "./arrays.ts";
import type { Parametrisation } from "./contract.ts";
import { collectedTriangle, skewMatrix, squareSize, triangleCount } from "./triangle.ts";

/**
 * Skew-symmetric but for a damping: W = S - gamma I, S' = -S, raw = the n (n - 1) / 2 numbers above the diagonal of S.
 *
 * Every eigenvalue of W has the real part -gamma. Source: Chang et al. 2019.
 */
export const skew: Parametrisation = {
  name: "skew",
  summary: "skew-symmetric minus a damping, of the numbers above the diagonal",
  references: ["chang2019"],
  options: { gamma: { type: "number", default: 0.001, from: 0, remedy: "it is the damping, for example 0.001" } },
  map: (place, { gamma }) => {
    const size = squareSize("skew", place, "can be skew-symmetric");
    const count = triangleCount(size);
    return affineMap([count], count, {
      forward: (raw) => {
        const matrix = skewMatrix(raw, size);
        for (let n = 0; n < size; n++) matrix[n * size + n] = -(gamma as number);
        return inPrecisionOf(raw, matrix);
      },
      tangent: (direction) => inPrecisionOf(direction, skewMatrix(direction, size)),
      pullback: (cotangent) => inPrecisionOf(cotangent, collectedTriangle(cotangent, size)),
    });
  },
};
