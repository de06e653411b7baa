/** Bounds of the contraction rate of a drift in several norms: a negative one certifies contraction in that norm. */
import { CholeskyDecomposition, inverse, Matrix } from "ml-matrix";
import { centred, spectralAbscissa, symmetricRange } from "./certificate.ts";
import { norm2, type StepStructure } from "./structure.ts";

export interface ContractionBound {
  readonly metric: "identity" | "weighted-maximum" | "solved";
  /** Largest matrix measure of the Jacobian over all slopes: |e| grows at most by e^(rate t) in this norm. */
  readonly rate: number;
}

/**
 * Matrix measures of the Jacobian in three norms, over every slope that the structure allows.
 *
 *     identity            lambda_max of the symmetric part
 *     weighted-maximum    max_i |e_i| / w_i with the best weights: the Perron root of the matrix of largest entries
 *     solved              |e|_P, P from  (A_c - m I)' P + P (A_c - m I) = -I,  A_c the Jacobian at the middle slopes
 *
 * They hold without noise, and under noise that adds to the state or is inside an activation. Source: lohmiller1998.
 */
export function contractionBounds(drift: StepStructure): ContractionBound[] {
  const { middle, half } = centred(drift);
  const [, identity] = symmetricRange(middle);
  const width = (inOf: (into: Matrix) => Matrix, outOf: (out: Matrix) => Matrix): number =>
    half.reduce((sum, { radius, out, into }) => sum + radius * norm2(outOf(out)) * norm2(inOf(into)), 0);
  const same = (x: Matrix): Matrix => x;
  const bounds: ContractionBound[] = [{ metric: "identity", rate: identity + width(same, same) + drift.rest }];
  // nested parts are bounded in the Euclidean norm alone
  if (drift.rest > 0) return bounds;
  bounds.push({ metric: "weighted-maximum", rate: spectralAbscissa(largestEntries(drift)) });
  const root = metricRoot(middle);
  if (root === undefined) return bounds;
  const back = inverse(root);
  const [, solved] = symmetricRange(root.mmul(middle).mmul(back));
  const rate =
    solved +
    width(
      (into) => into.mmul(back),
      (out) => root.mmul(out),
    );
  return [...bounds, { metric: "solved", rate }];
}

/** Largest diagonal entries and largest moduli of the others over all slopes. */
function largestEntries({ linear, terms }: StepStructure): Matrix {
  const size = linear.rows;
  const low = linear.clone();
  const high = linear.clone();
  for (const { out, into, low: least, high: most } of terms) {
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < out.columns; k++) {
        const left = out.get(i, k);
        if (left === 0) continue;
        for (let j = 0; j < size; j++) {
          const entry = left * into.get(k, j);
          const [a, b] = [entry * least, entry * most];
          low.set(i, j, low.get(i, j) + Math.min(a, b));
          high.set(i, j, high.get(i, j) + Math.max(a, b));
        }
      }
    }
  }
  const result = high.clone();
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      if (i !== j) result.set(i, j, Math.max(Math.abs(low.get(i, j)), Math.abs(high.get(i, j))));
    }
  }
  return result;
}

/** Part of the norm by which the matrix is moved beyond its spectral abscissa, so that an integral converges. */
const margin = 0.05;

/**
 * R with P = R' R, P = integral of exp(B' t) exp(B t), B = A - m I stable: the norm in which A shrinks best, nearly.
 *
 * By Smith's doubling: P = 2 (sum of X^k' Y' Y X^k), X = (I - B)^-1 (I + B), Y = (I - B)^-1.
 *
 * @returns undefined where P is not positive definite to working precision
 */
function metricRoot(matrix: Matrix): Matrix | undefined {
  const size = matrix.rows;
  const shift = spectralAbscissa(matrix) + margin * Math.max(norm2(matrix), 1e-12);
  const stable = Matrix.sub(matrix, Matrix.eye(size).mul(shift)).div(Math.max(norm2(matrix), 1e-12));
  const back = inverse(Matrix.sub(Matrix.eye(size), stable));
  let step = back.mmul(Matrix.add(Matrix.eye(size), stable));
  let p = back.transpose().mmul(back).mul(2);
  for (let k = 0; k < 40; k++) {
    const change = step.transpose().mmul(p).mmul(step);
    p = Matrix.add(p, change);
    if (change.norm() <= 1e-14 * p.norm()) break;
    step = step.mmul(step);
  }
  const factor = new CholeskyDecomposition(Matrix.add(p, p.transpose()).mul(0.5));
  return factor.isPositiveDefinite() ? factor.lowerTriangularMatrix.transpose() : undefined;
}
