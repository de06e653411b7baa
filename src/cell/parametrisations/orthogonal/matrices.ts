/** Square matrices in float64, row-major. */
import { ParameterError } from "../../../core/errors.ts";

export type Matrix = Float64Array;

export function identityMatrix(size: number): Matrix {
  const result = new Float64Array(size * size);
  for (let n = 0; n < size; n++) result[n * size + n] = 1;
  return result;
}

export function transposed(a: Matrix, size: number): Matrix {
  return a.map((_, at) => a[(at % size) * size + Math.floor(at / size)]);
}

/** Adds a b to `sum`. Cost: size^3 multiplications; four rows of b at a time, so that the sum is loaded a quarter as often. */
export function addProduct(sum: Matrix, a: Matrix, b: Matrix, size: number): void {
  const whole = size - (size % 4);
  for (let i = 0; i < size; i++) {
    const row = i * size;
    for (let k = 0; k < whole; k += 4) {
      const [a0, a1, a2, a3] = [a[row + k], a[row + k + 1], a[row + k + 2], a[row + k + 3]];
      const b0 = k * size;
      const b1 = b0 + size;
      const b2 = b1 + size;
      const b3 = b2 + size;
      for (let j = 0; j < size; j++) {
        sum[row + j] += a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
      }
    }
    for (let k = whole; k < size; k++) {
      const factor = a[row + k];
      for (let j = 0; j < size; j++) sum[row + j] += factor * b[k * size + j];
    }
  }
}

/** Solves m x = b for the columns of b. */
export type Solver = (b: Matrix) => Matrix;

/**
 * Gaussian elimination with partial pivoting. Cost: size^3 / 3 multiplications, and size^3 for each call of the solver.
 *
 * @throws ParameterError when m is singular
 */
export function solver(m: Matrix, size: number): Solver {
  const lu = m.slice();
  const order = Uint32Array.from({ length: size }, (_, i) => i);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(lu[order[i] * size + k]) > Math.abs(lu[order[pivot] * size + k])) pivot = i;
    }
    [order[k], order[pivot]] = [order[pivot], order[k]];
    const above = order[k] * size;
    if (!(Math.abs(lu[above + k]) > 0)) {
      throw new ParameterError({
        place: "orthogonal matrix",
        rule: `a matrix must be invertible, got a pivot of ${lu[above + k]}`,
        remedy: "start from finite weights; a base must be near an orthogonal matrix",
      });
    }
    for (let i = k + 1; i < size; i++) {
      const row = order[i] * size;
      const factor = lu[row + k] / lu[above + k];
      lu[row + k] = factor;
      for (let j = k + 1; j < size; j++) lu[row + j] -= factor * lu[above + j];
    }
  }
  return (b) => {
    const x = new Float64Array(size * size);
    for (let i = 0; i < size; i++) {
      const row = x.subarray(i * size, (i + 1) * size);
      row.set(b.subarray(order[i] * size, (order[i] + 1) * size));
      for (let k = 0; k < i; k++) subtract(row, lu[order[i] * size + k], x, k * size);
    }
    for (let i = size - 1; i >= 0; i--) {
      const row = x.subarray(i * size, (i + 1) * size);
      for (let k = i + 1; k < size; k++) subtract(row, lu[order[i] * size + k], x, k * size);
      const pivot = lu[order[i] * size + i];
      for (let j = 0; j < size; j++) row[j] /= pivot;
    }
    return x;
  };
}

function subtract(row: Matrix, factor: number, from: Matrix, offset: number): void {
  for (let j = 0; j < row.length; j++) row[j] -= factor * from[offset + j];
}

/**
 * The nearest orthogonal matrix, U V' of the singular value decomposition U S V', by Newton's iteration
 * X' = (X + X^-T) / 2.
 *
 * Accuracy: |X'X - I| below 1e-14 (test/unit/orthogonal.test.ts). Cost: from rounding errors of float32 three solves.
 */
export function nearestOrthogonal(a: Matrix, size: number): Matrix {
  let x = a;
  for (let round = 0; round < 60; round++) {
    const inverse = transposed(solver(x, size)(identityMatrix(size)), size);
    let change = 0;
    const next = x.map((value, at) => {
      const mean = (value + inverse[at]) / 2;
      change = Math.max(change, Math.abs(mean - value));
      return mean;
    });
    x = next;
    // the iteration squares its error, so what is left after a change of 1e-8 is rounding
    if (change < 1e-8) break;
  }
  return x;
}
