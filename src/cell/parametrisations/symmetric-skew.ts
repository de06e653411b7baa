import { elementCount } from "../../core/tensor.ts";
import { affineMap, filledLike } from "./arrays.ts";
import type { Parametrisation, RealArray } from "./contract.ts";
import { squareSize } from "./triangle.ts";

/**
 * Symmetric and skew parts mixed, and damped; the matrices of the Lipschitz RNN.
 *
 * W = beta (B - B') + (1 - beta)(B + B') - gamma I = B + (1 - 2 beta) B' - gamma I,   B = raw
 *
 * beta = 1 is skew-symmetric but for the damping; gamma shifts every eigenvalue of the symmetric part left by gamma.
 * At beta = 1 and beta = 1/2 different B give the same W; the number of raw weights is n^2 throughout.
 */
export const symmetricSkew: Parametrisation = {
  name: "symmetric-skew",
  summary: "a mix of symmetric and skew-symmetric part with damping, as in the Lipschitz RNN",
  references: ["erichson2021"],
  options: {
    beta: { type: "number", default: 0.75, from: 0, to: 1, remedy: "0.5 to 1 is usual; 1 is skew-symmetric" },
    gamma: { type: "number", default: 0.001, from: 0, remedy: "it is the damping, for example 0.001" },
  },
  map: (place, { beta, gamma }) => {
    const { shape } = place;
    const size = squareSize("symmetric-skew", place, "has symmetric and skew parts");
    const mirrored = 1 - 2 * (beta as number);
    // symmetric as a map: its own transpose, so pullback and tangent are the same
    const linear = (values: RealArray): RealArray =>
      filledLike(values, (i) => values[i] + mirrored * values[(i % size) * size + Math.floor(i / size)]);
    const forward = (raw: RealArray): RealArray => {
      const matrix = linear(raw);
      for (let n = 0; n < size; n++) matrix[n * size + n] -= gamma as number;
      return matrix;
    };
    return affineMap(shape, elementCount(shape), { forward, tangent: linear, pullback: linear });
  },
};
