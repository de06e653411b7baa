/** Maps from skew-symmetric to orthogonal matrices. */
import { combined, type Jet, type MatrixFunction } from "./jets.ts";
import { identityMatrix, type Matrix } from "./matrices.ts";

/** Coefficients of the numerators of Padé's approximants to exp by degree, and the largest 1-norm each is taken for. */
const approximants: readonly { readonly largest: number; readonly b: readonly number[] }[] = [
  { largest: 1.08e-2, b: [120, 60, 12, 1] },
  { largest: 2.0e-1, b: [30240, 15120, 3360, 420, 30, 1] },
  { largest: 7.83e-1, b: [17297280, 8648640, 1995840, 277200, 25200, 1512, 56, 1] },
  {
    largest: 1.78,
    b: [17643225600, 8821612800, 2075673600, 302702400, 30270240, 2162160, 110880, 3960, 90, 1],
  },
];
const highest = {
  largest: 4.74,
  b: [
    64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
    670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
  ],
};

/**
 * exp(x) by Padé approximation of degree 3 to 13, with scaling and squaring above a 1-norm of 4.74.
 *
 * Accuracy: value and first derivative equal PyTorch's to 1e-12 of their size (test/oracle/cells.test.ts).
 * Cost: 4 products and a solve at a norm of 1, 8 and a solve at 4.7, each doubling of the norm one more; derivatives
 * along a direction twice the products.
 * Source: Higham 2005; the norms up to which derivatives are exact in float64, Al-Mohy & Higham 2009, table 6.1.
 */
export const exponential: MatrixFunction = (x, algebra) => {
  const { size, product, solved } = algebra;
  const norm = largestColumnSum(x[0] as Matrix, size);
  const one: Jet = [identityMatrix(size)];
  const known = approximants.find(({ largest }) => norm <= largest);
  const doublings = known === undefined ? Math.max(0, Math.ceil(Math.log2(norm / highest.largest))) : 0;
  const a = combined([2 ** -doublings, x]);
  const square = product(a, a);
  let odd: Jet;
  let even: Jet;
  if (known !== undefined) {
    const { b } = known;
    const powers = [one, square];
    while (powers.length < b.length / 2) powers.push(product(powers[powers.length - 1], square));
    odd = product(a, combined(...powers.map((power, k) => [b[2 * k + 1], power] as const)));
    even = combined(...powers.map((power, k) => [b[2 * k], power] as const));
  } else {
    const { b } = highest;
    const fourth = product(square, square);
    const sixth = product(fourth, square);
    const half = (from: 0 | 1): Jet =>
      combined(
        [1, product(sixth, combined([b[12 + from], sixth], [b[10 + from], fourth], [b[8 + from], square]))],
        [b[6 + from], sixth],
        [b[4 + from], fourth],
        [b[2 + from], square],
        [b[from], one],
      );
    odd = product(a, half(1));
    even = half(0);
  }
  let result = solved(combined([1, even], [-1, odd]), combined([1, even], [1, odd]));
  for (let k = 0; k < doublings; k++) result = product(result, result);
  return result;
};

/**
 * Cayley's map (I + x)^-1 (I - x), orthogonal for skew-symmetric x; no eigenvalue of the result is -1.
 *
 * Cost: one solve; derivatives along a direction one product and one solve more.
 */
export const cayley: MatrixFunction = (x, { size, solved }) => {
  const one: Jet = [identityMatrix(size)];
  return solved(combined([1, one], [1, x]), combined([1, one], [-1, x]));
};

function largestColumnSum(a: Matrix, size: number): number {
  const sums = new Float64Array(size);
  for (let at = 0; at < a.length; at++) sums[at % size] += Math.abs(a[at]);
  return Math.max(0, ...sums);
}
