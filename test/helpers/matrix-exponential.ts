/**
 * Orthogonal matrices as exp of skew-symmetric ones: a parametrisation whose raw shape differs from the effective one
 * and whose second derivative is not zero. For small sizes only.
 */
import type { Parametrisation, RealArray } from "../../src/cell/parametrisations/contract.ts";

type Matrix = number[][];

const multiply = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0)));
const transpose = (a: Matrix): Matrix => a[0].map((_, j) => a.map((row) => row[j]));

/** Taylor series of exp(a / 2^8), squared eight times: rounding error about 2^8 epsilon. */
function exponential(a: Matrix): Matrix {
  const scaled = a.map((row) => row.map((x) => x / 256));
  let result: Matrix = a.map((row, i) => row.map((_, j) => (i === j ? 1 : 0)));
  let term = result;
  for (let k = 1; k <= 12; k++) {
    term = multiply(term, scaled).map((row) => row.map((x) => x / k));
    result = result.map((row, i) => row.map((x, j) => x + term[i][j]));
  }
  for (let k = 0; k < 8; k++) result = multiply(result, result);
  return result;
}

/** [[a, b], [0, a]]: its exponential holds the derivative of exp at a along b in the upper right. */
const block = (a: Matrix, b: Matrix): Matrix => [
  ...a.map((row, i) => [...row, ...b[i]]),
  ...a.map((row) => [...row.map(() => 0), ...row]),
];
const corner = (a: Matrix): Matrix => a.slice(0, a.length / 2).map((row) => row.slice(row.length / 2));
const along = (a: Matrix, b: Matrix): Matrix => corner(exponential(block(a, b)));

export const orthogonal: Parametrisation = {
  name: "orthogonal",
  summary: "exp of a skew-symmetric matrix",
  references: [],
  options: {},
  map: ({ shape: [n] }) => {
    const skew = (raw: RealArray): Matrix => {
      const matrix: Matrix = Array.from({ length: n }, () => new Array<number>(n).fill(0));
      let k = 0;
      for (let i = 0; i < n; i++) {
        for (let j = i + 1; j < n; j++, k++) {
          matrix[i][j] = raw[k];
          matrix[j][i] = -raw[k];
        }
      }
      return matrix;
    };
    const collect = (matrix: Matrix): Float64Array => {
      const raw: number[] = [];
      for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) raw.push(matrix[i][j] - matrix[j][i]);
      return Float64Array.from(raw);
    };
    const square = (values: RealArray): Matrix =>
      Array.from({ length: n }, (_, i) => [...values.slice(i * n, (i + 1) * n)]);
    const flat = (matrix: Matrix): Float64Array => Float64Array.from(matrix.flat());
    const size = (n * (n - 1)) / 2;
    return {
      rawShape: [size],
      freeCount: size,
      at: (raw) => {
        const s = skew(raw);
        const st = transpose(s);
        return {
          effective: flat(exponential(s)),
          tangent: (direction) => flat(along(s, skew(direction))),
          pullback: (cotangent) => collect(along(st, square(cotangent))),
          pullbackTangent: (direction, cotangent) => {
            const g = square(cotangent);
            const e = transpose(skew(direction));
            const zero = e.map((row) => row.map(() => 0));
            const both = [...e.map((row, i) => [...row, ...zero[i]]), ...e.map((row, i) => [...zero[i], ...row])];
            return collect(corner(along(block(st, g), both)));
          },
        };
      },
    };
  },
};
