/**
 * Matrix functions with their first and second derivatives: the function is written once, over matrices that carry
 * perturbations.
 *
 * A jet is x = x0 + e1 x1 + e2 x2 + e1 e2 x12 with e1^2 = e2^2 = 0; part k holds the products of the e in the bits of k.
 * What f(x0 + e1 d) carries at e1 is the derivative of f at x0 along d, and what f(x0 + e1 d + e2 c) carries at e1 e2 is
 * the second derivative along both.
 */
import { addProduct, type Matrix, type Solver, solver } from "./matrices.ts";

/** Parts by their bits; an absent part is zero. */
export type Jet = readonly (Matrix | undefined)[];

export interface JetAlgebra {
  readonly size: number;
  product(a: Jet, b: Jet): Jet;
  /** The x of m x = b. */
  solved(m: Jet, b: Jet): Jet;
}

/** A function of a matrix by products, solves and sums; which of them may depend on the value, not on perturbations. */
export type MatrixFunction = (x: Jet, algebra: JetAlgebra) => Jet;

export interface MatrixFunctionPoint {
  readonly value: Matrix;
  /** Along a direction. */
  derivative(direction: Matrix): Matrix;
  /** Along two directions. */
  secondDerivative(direction: Matrix, other: Matrix): Matrix;
}

/** Sum of jets times numbers. */
export function combined(...terms: readonly (readonly [number, Jet])[]): Jet {
  const parts = Math.max(...terms.map(([, jet]) => jet.length));
  return Array.from({ length: parts }, (_, part) => {
    let sum: Matrix | undefined;
    for (const [factor, jet] of terms) {
      const matrix = jet[part];
      if (matrix === undefined) continue;
      sum ??= new Float64Array(matrix.length);
      for (let at = 0; at < sum.length; at++) sum[at] += factor * matrix[at];
    }
    return sum;
  });
}

/**
 * A function at a matrix, with its derivatives there.
 *
 * Products and factorisations of the value are made once: every run of the function makes the same ones in the same order.
 */
export function matrixFunctionAt(f: MatrixFunction, x: Matrix, size: number): MatrixFunctionPoint {
  const products: Matrix[] = [];
  const solutions: { readonly solve: Solver; readonly value: Matrix }[] = [];
  const run = (jet: Jet): Jet => {
    let productsMade = 0;
    let solutionsMade = 0;
    return f(jet, {
      size,
      product: (a, b) => {
        const at = productsMade++;
        products[at] ??= sumOfProducts([[a[0], b[0]]], size) as Matrix;
        return parts(jet.length, (k) => (k === 0 ? products[at] : sumOfProducts(splits(k, a, b), size)));
      },
      solved: (m, b) => {
        const at = solutionsMade++;
        if (solutions[at] === undefined) {
          const solve = solver(m[0] as Matrix, size);
          solutions[at] = { solve, value: solve(b[0] as Matrix) };
        }
        const { solve, value } = solutions[at];
        const found: (Matrix | undefined)[] = [];
        for (let k = 0; k < jet.length; k++) {
          // m0 xk = bk - sum of mi xj over the other ways to split the bits of k
          const rest = k === 0 ? undefined : sumOfProducts(splits(k, m, found), size);
          const right = rest === undefined ? b[k] : combined([1, [b[k]]], [-1, [rest]])[0];
          found.push(k === 0 ? value : right && solve(right));
        }
        return found;
      },
    });
  };
  const value = run([x])[0] as Matrix;
  const zeros = (part: Matrix | undefined): Matrix => part ?? new Float64Array(size * size);
  return {
    value,
    derivative: (direction) => zeros(run([x, direction])[1]),
    secondDerivative: (direction, other) => zeros(run([x, direction, other, undefined])[3]),
  };
}

const parts = (count: number, make: (part: number) => Matrix | undefined): Jet =>
  Array.from({ length: count }, (_, part) => make(part));

/** Pairs of parts whose bits together are those of k. */
function splits(k: number, a: Jet, b: Jet): readonly (readonly [Matrix | undefined, Matrix | undefined])[] {
  const pairs: (readonly [Matrix | undefined, Matrix | undefined])[] = [];
  for (let i = 0; i <= k; i++) if ((i & k) === i) pairs.push([a[i], b[k ^ i]]);
  return pairs;
}

function sumOfProducts(
  pairs: readonly (readonly [Matrix | undefined, Matrix | undefined])[],
  size: number,
): Matrix | undefined {
  let sum: Matrix | undefined;
  for (const [a, b] of pairs) {
    if (a === undefined || b === undefined) continue;
    sum ??= new Float64Array(size * size);
    addProduct(sum, a, b, size);
  }
  return sum;
}
