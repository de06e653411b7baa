import { Matrix, solve } from "ml-matrix";

export interface FixedVector {
  readonly vector: Float64Array;
  /** Sum of |P x - x|. */
  readonly residual: number;
  readonly isConverged: boolean;
}

const memory = 8;

/**
 * A vector that a linear map leaves alone, by iteration with Anderson's acceleration.
 *
 *     f_k = P x_k - x_k,   x_{k+1} = x_k + f_k - (dX + dF) g,   g = argmin |f_k - dF g|
 *
 * with the last differences of x and f in dX and dF: what GMRES does for (I - P) x = 0, without P as a matrix. The
 * coefficients sum to 1, so what P conserves is conserved.
 *
 * @param apply x -> P x, fresh
 */
export function fixedVector(
  apply: (vector: Float64Array) => Float64Array,
  start: Float64Array,
  { tolerance, mostSteps }: { readonly tolerance: number; readonly mostSteps: number },
): FixedVector {
  let x = start;
  let previous: { readonly x: Float64Array; readonly f: Float64Array } | undefined;
  const dX: Float64Array[] = [];
  const dF: Float64Array[] = [];
  let residual = Number.POSITIVE_INFINITY;
  for (let k = 0; k < mostSteps; k++) {
    const next = apply(x);
    const f = next.map((value, i) => value - x[i]);
    residual = f.reduce((sum, value) => sum + Math.abs(value), 0);
    if (residual <= tolerance) return { vector: next, residual, isConverged: true };
    if (previous !== undefined) {
      const { x: oldX, f: oldF } = previous;
      dX.push(x.map((value, i) => value - oldX[i]));
      dF.push(f.map((value, i) => value - oldF[i]));
      if (dX.length > memory) {
        dX.shift();
        dF.shift();
      }
    }
    previous = { x, f };
    const g = dF.length === 0 ? [] : leastSquares(dF, f);
    const moved = next.slice();
    for (const [column, weight] of g.entries()) {
      for (let i = 0; i < moved.length; i++) moved[i] -= weight * (dX[column][i] + dF[column][i]);
    }
    x = moved;
  }
  return { vector: x, residual, isConverged: false };
}

/** Coefficients of the columns that come nearest to `f`; columns are scaled, and nearly dependent ones damped. */
function leastSquares(columns: readonly Float64Array[], f: Float64Array): number[] {
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);
  const norms = columns.map((column) => Math.sqrt(dot(column, column)) || 1);
  const gram = Matrix.zeros(columns.length, columns.length);
  for (let i = 0; i < columns.length; i++) {
    for (let j = 0; j <= i; j++) {
      const value = dot(columns[i], columns[j]) / (norms[i] * norms[j]) + (i === j ? 1e-14 : 0);
      gram.set(i, j, value);
      gram.set(j, i, value);
    }
  }
  const right = Matrix.columnVector(columns.map((column, i) => dot(column, f) / norms[i]));
  return solve(gram, right, true)
    .to1DArray()
    .map((value, i) => value / norms[i]);
}
