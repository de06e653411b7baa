import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { dot, length } from "../fixed-points/linear.ts";
import type { ProbeVectors, SymmetricOperator } from "./contract.ts";
import { addScaled, divide, orthogonalised } from "./orthogonal.ts";

export interface LanczosOptions {
  /** Most products, >= 1. */
  readonly steps: number;
  /** Start vector 0; the others begin again where the vectors so far span a space that the matrix does not leave. */
  readonly starts: ProbeVectors;
  /** false: such a space ends the iteration. */
  readonly restarts: boolean;
  /** Ends the iteration early; asked now and then. */
  isEnough?(pairs: RitzPairs): boolean;
}

/** Approximate eigenvalues and vectors from a space of as many dimensions. */
export interface RitzPairs {
  /** Largest first. */
  readonly values: Float64Array;
  /** An eigenvalue of the matrix lies within so much of each value; rounding is included. */
  readonly errors: Float64Array;
  /** Square of the component of the start vector, of length 1, along each pair's vector. */
  readonly weights: Float64Array;
  /** The values are all eigenvalues of the matrix, with their multiplicities. */
  readonly isComplete: boolean;
  /** Unit vector of a pair, `[size]`. */
  vector(index: number): Float64Array;
}

/** Products after which `isEnough` is asked again. */
const askEvery = 5;

/** A next vector below this part of the largest number so far is rounding. */
const negligible = 1e-13;

/**
 * Lanczos iteration with full re-orthogonalisation.
 *
 *     A V = V T + beta v e_k',   T = S diag(theta) S',   |A (V s_i) - theta_i V s_i| = |beta s_ki|
 *
 * The norm of the residual bounds the distance to the nearest eigenvalue (not to the eigenvalue of the same rank: a
 * start vector without a part along an eigenvector does not see it). With restarts and as many steps as the matrix has
 * rows all eigenvalues are found, multiple ones too.
 *
 * Accuracy: test/unit/symmetric-operators.test.ts. Cost: `steps` products, O(size steps^2), memory size * steps.
 */
export function lanczos({ size, product }: SymmetricOperator, options: LanczosOptions): RitzPairs {
  const { steps, starts, restarts } = options;
  const most = Math.min(steps, size);
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const couplings: number[] = [];
  let scale = 0;
  let restart = 0;
  const first = starts(0);
  let next = divide(first.slice(), length(first));
  while (basis.length < most) {
    basis.push(next);
    const image = product(next);
    const alpha = dot(next, image);
    diagonal.push(alpha);
    const beta = orthogonalised(image, basis);
    scale = Math.max(scale, Math.abs(alpha), beta);
    const isSpanned = beta <= negligible * scale || basis.length === size;
    couplings.push(isSpanned ? 0 : beta);
    if (isSpanned && (!restarts || basis.length === most)) break;
    if (isSpanned) {
      next = starts(++restart).slice();
      divide(next, orthogonalised(next, basis));
    } else next = divide(image, beta);
    if (options.isEnough !== undefined && basis.length % askEvery === 0) {
      const pairs = ritzPairs(basis, diagonal, couplings, size);
      if (options.isEnough(pairs)) return pairs;
    }
  }
  return ritzPairs(basis, diagonal, couplings, size);
}

function ritzPairs(
  vectors: readonly Float64Array[],
  diagonal: readonly number[],
  couplings: readonly number[],
  size: number,
): RitzPairs {
  const basis = [...vectors];
  const count = basis.length;
  const tridiagonal = Matrix.zeros(count, count);
  for (let i = 0; i < count; i++) {
    tridiagonal.set(i, i, diagonal[i]);
    if (i + 1 === count) continue;
    tridiagonal.set(i, i + 1, couplings[i]);
    tridiagonal.set(i + 1, i, couplings[i]);
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(tridiagonal, { assumeSymmetric: true });
  const order = realEigenvalues.map((_, i) => i).sort((a, b) => realEigenvalues[b] - realEigenvalues[a]);
  const values = Float64Array.from(order, (i) => realEigenvalues[i]);
  const rounding = Number.EPSILON * count * Math.max(...values.map(Math.abs));
  const last = couplings[count - 1];
  return {
    values,
    errors: Float64Array.from(order, (i) => Math.abs(last * eigenvectorMatrix.get(count - 1, i)) + rounding),
    weights: Float64Array.from(order, (i) => eigenvectorMatrix.get(0, i) ** 2),
    isComplete: count === size,
    vector: (index) => {
      const result = new Float64Array(size);
      for (const [k, one] of basis.entries()) addScaled(result, one, eigenvectorMatrix.get(k, order[index]));
      return result;
    },
  };
}
