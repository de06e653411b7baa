import { ParameterError } from "../../core/errors.ts";
import { shapeText } from "../../core/tensor.ts";
import { inPrecisionOf } from "./arrays.ts";
import type { Parametrisation, RealArray } from "./contract.ts";

/**
 * A matrix of low rank: W = L R', L `[post, rank]`, R `[pre, rank]`; raw holds the rows of L and then those of R.
 *
 * With the initialiser `normal` of gain 1 the entries of both factors have variance 1 / n, which is the usual m n' / n
 * of vectors with entries of variance 1; gain g gives g^2 times that. Source: Mastrogiuseppe & Ostojic 2018.
 */
export const lowRank: Parametrisation = {
  name: "low-rank",
  summary: "a product of two thin matrices",
  references: ["mastrogiuseppe2018"],
  options: {
    rank: {
      type: "number",
      from: 1,
      integer: true,
      remedy: "it is the number of columns of the factors, for example 2",
    },
  },
  map: ({ parameter, shape }, { rank: given }) => {
    const rank = given as number;
    const [rows, columns] = shape;
    if (shape.length !== 2 || rank > Math.min(rows, columns)) {
      throw new ParameterError({
        place: `low-rank for ${parameter}`,
        rule: `a rank is at most the smaller side of a matrix, got rank ${rank} of ${shapeText(shape)}`,
        remedy: "lower the rank, or leave the matrix dense",
      });
    }
    const split = rows * rank;
    /** L R' of the first factor in `left` and the second in `right`, added to `sum`. */
    const addProduct = (sum: Float64Array, left: RealArray, right: RealArray): Float64Array => {
      for (let at = 0; at < sum.length; at++) {
        const row = Math.floor(at / columns) * rank;
        const column = split + (at % columns) * rank;
        for (let k = 0; k < rank; k++) sum[at] += left[row + k] * right[column + k];
      }
      return sum;
    };
    const zeros = (): Float64Array => new Float64Array(rows * columns);
    /** G R and G' L of the factors in `raw`. */
    const pulledBack = (cotangent: RealArray, raw: RealArray): RealArray => {
      const out = new Float64Array(raw.length);
      for (let at = 0; at < cotangent.length; at++) {
        const row = Math.floor(at / columns) * rank;
        const column = split + (at % columns) * rank;
        for (let k = 0; k < rank; k++) {
          out[row + k] += cotangent[at] * raw[column + k];
          out[column + k] += cotangent[at] * raw[row + k];
        }
      }
      return inPrecisionOf(cotangent, out);
    };
    return {
      rawShape: [rows + columns, rank],
      freeCount: (rows + columns) * rank,
      at: (raw) => ({
        effective: inPrecisionOf(raw, addProduct(zeros(), raw, raw)),
        tangent: (direction) =>
          inPrecisionOf(direction, addProduct(addProduct(zeros(), direction, raw), raw, direction)),
        pullback: (cotangent) => pulledBack(cotangent, raw),
        pullbackTangent: (direction, cotangent) => pulledBack(cotangent, direction),
      }),
    };
  },
};
