/** Norms of linear maps that are known as a matrix, or only by what they do to vectors. */
import { length } from "../fixed-points/linear.ts";

export interface BatchNorms {
  /** `[count]`. */
  readonly norms: Float64Array;
  /** Maps whose norm still moved by more than the tolerance. */
  readonly unsettled: number;
}

export interface PowerIteration {
  /** Directions to begin with, `[count, columns]`, not orthogonal to the leading ones; these on return. */
  readonly start: Float64Array;
  readonly count: number;
  /** Most iterations. */
  readonly iterations: number;
  /** Change of a norm at which it counts as settled. */
  readonly relative: number;
}

/**
 * Largest singular values of several maps at once, by power iteration on M' M; all iterate until the slowest has settled.
 *
 * Norms come from below: what is not settled is too small.
 *
 * @param apply `[count, columns]` to `[count, rows]`
 * @param transpose back
 */
export function batchNorms(
  apply: (v: Float64Array) => Float64Array,
  transpose: (u: Float64Array) => Float64Array,
  { start: v, count, iterations, relative }: PowerIteration,
): BatchNorms {
  let norms = new Float64Array(count);
  let unsettled = count;
  for (let k = 0; k < iterations && unsettled > 0; k++) {
    normaliseRows(v, count);
    const image = apply(v);
    const next = rowLengths(image, count);
    unsettled = next.reduce((sum, norm, i) => sum + (Math.abs(norm - norms[i]) > relative * norm ? 1 : 0), 0);
    norms = next;
    // to length 1 in between, so that small norms are not squared away
    normaliseRows(image, count);
    v.set(transpose(image));
  }
  return { norms, unsettled };
}

/**
 * Spectral norms of matrices, `[count, rows, size]`.
 *
 * @param start directions to begin with, `[count, size]`, not orthogonal to the leading ones; these on return
 */
export function matrixNorms(matrices: Float64Array, start: Float64Array, count: number): Float64Array {
  const size = start.length / count;
  const rows = matrices.length / count / size;
  const at = (c: number, r: number): number => (c * rows + r) * size;
  const apply = (v: Float64Array): Float64Array => {
    const result = new Float64Array(count * rows);
    for (let k = 0; k < result.length; k++) {
      const c = Math.floor(k / rows);
      let sum = 0;
      for (let i = 0; i < size; i++) sum += matrices[k * size + i] * v[c * size + i];
      result[k] = sum;
    }
    return result;
  };
  const transpose = (u: Float64Array): Float64Array => {
    const result = new Float64Array(count * size);
    for (let c = 0; c < count; c++) {
      for (let r = 0; r < rows; r++) {
        const factor = u[c * rows + r];
        for (let i = 0; i < size; i++) result[c * size + i] += factor * matrices[at(c, r) + i];
      }
    }
    return result;
  };
  return batchNorms(apply, transpose, { start, count, iterations: 100, relative: 1e-8 }).norms;
}

export function rowLengths(values: Float64Array, count: number): Float64Array<ArrayBuffer> {
  const size = values.length / count;
  return Float64Array.from({ length: count }, (_, r) => length(values.subarray(r * size, (r + 1) * size)));
}

function normaliseRows(values: Float64Array, count: number): void {
  const size = values.length / count;
  for (const [r, norm] of rowLengths(values, count).entries()) {
    for (let i = 0; norm > 0 && i < size; i++) values[r * size + i] /= norm;
  }
}
