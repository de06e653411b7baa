/** Dense linear algebra on flat row-major arrays. */
import { eigenvalues } from "./eigenvalues.ts";

/** A complex number. */
export interface Complex {
  readonly real: number;
  readonly imaginary: number;
}

/** A pivot below this part of the largest entry is 0. */
const negligible = 1e-15;

/**
 * Solves `matrix x = right` by elimination with partial pivoting.
 *
 * By hand because it is most of the work of a search, and the library copies every matrix several times.
 *
 * @returns undefined when the matrix is singular to working precision
 */
export function solved(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const size = right.length;
  const rows = Array.from({ length: size }, (_, i) => matrix.slice(i * size, (i + 1) * size));
  const x = right.slice();
  const least = negligible * matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  for (let k = 0; k < size; k++) {
    let lead = k;
    for (let i = k + 1; i < size; i++) if (Math.abs(rows[i][k]) > Math.abs(rows[lead][k])) lead = i;
    [rows[k], rows[lead]] = [rows[lead], rows[k]];
    [x[k], x[lead]] = [x[lead], x[k]];
    const row = rows[k];
    if (!(Math.abs(row[k]) > least)) return undefined;
    for (let i = k + 1; i < size; i++) {
      const other = rows[i];
      const factor = other[k] / row[k];
      if (factor === 0) continue;
      for (let j = k + 1; j < size; j++) other[j] -= factor * row[j];
      x[i] -= factor * x[k];
    }
  }
  for (let k = size - 1; k >= 0; k--) {
    const row = rows[k];
    let sum = x[k];
    for (let j = k + 1; j < size; j++) sum -= row[j] * x[j];
    x[k] = sum / row[k];
  }
  return x.every(Number.isFinite) ? x : undefined;
}

/** Eigenvalues, largest modulus first, of a complex pair the one above the real axis first. */
export function eigenvaluesOf(matrix: Float64Array): Complex[] {
  const size = Math.sqrt(matrix.length);
  if (!matrix.every(Number.isFinite)) return Array.from({ length: size }, () => ({ real: Number.NaN, imaginary: 0 }));
  return eigenvalues(matrix, size).sort(
    (a, b) => modulus(b) - modulus(a) || b.real - a.real || b.imaginary - a.imaginary,
  );
}

export const modulus = ({ real, imaginary }: Complex): number => Math.hypot(real, imaginary);

/** `a b`, all `[size, size]`. */
export function multiplied(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) {
      const factor = a[i * size + k];
      if (factor === 0) continue;
      for (let j = 0; j < size; j++) result[i * size + j] += factor * b[k * size + j];
    }
  }
  return result;
}

export function transposed(a: Float64Array, size: number): Float64Array {
  const result = new Float64Array(size * size);
  for (let i = 0; i < size; i++) for (let j = 0; j < size; j++) result[j * size + i] = a[i * size + j];
  return result;
}

/** `J - 1`: derivative of F(x) - x. */
export function minusIdentity(jacobian: Float64Array): Float64Array {
  const size = Math.sqrt(jacobian.length);
  return jacobian.map((value, i) => (i % (size + 1) === 0 ? value - 1 : value));
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export const length = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a));

export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
