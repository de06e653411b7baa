/** Eigenvalues of a real matrix without eigenvectors, which would take most of the time. */
import type { Complex } from "./linear.ts";

const precision = 2 ** -52;
/** Iterations without a new eigenvalue after which a shift is tried that breaks cycles, and after which it is given up. */
const patience = { unusualShift: 10, most: 300 } as const;

/**
 * Eigenvalues by reduction to Hessenberg form and the QR iteration with double shifts.
 *
 * Accuracy: those of a matrix within a few roundings of the given one (test/unit/eigenvalues.test.ts). Cost: about 10 N^3
 * multiply-adds. Source: golub1996, sections 7.4 and 7.5.
 *
 * @param matrix `[size, size]`, finite
 * @returns in no order; NaN for those that the iteration did not find
 */
export function eigenvalues(matrix: Float64Array, size: number): Complex[] {
  const rows = Array.from({ length: size }, (_, i) => matrix.slice(i * size, (i + 1) * size));
  reduceToHessenberg(rows);
  return hessenbergEigenvalues(rows);
}

/** Householder reflections from both sides: all below the first subdiagonal becomes 0. */
function reduceToHessenberg(rows: readonly Float64Array[]): void {
  const size = rows.length;
  const v = new Float64Array(size);
  const sums = new Float64Array(size);
  for (let k = 0; k < size - 2; k++) {
    let largest = 0;
    for (let i = k + 2; i < size; i++) largest = Math.max(largest, Math.abs(rows[i][k]));
    if (largest === 0) continue;
    largest = Math.max(largest, Math.abs(rows[k + 1][k]));
    let square = 0;
    for (let i = k + 1; i < size; i++) {
      v[i] = rows[i][k] / largest;
      square += v[i] * v[i];
    }
    const norm = v[k + 1] >= 0 ? Math.sqrt(square) : -Math.sqrt(square);
    const factor = 1 / (square + norm * v[k + 1]);
    v[k + 1] += norm;
    sums.fill(0, k + 1);
    for (let i = k + 1; i < size; i++) {
      for (let j = k + 1; j < size; j++) sums[j] += v[i] * rows[i][j];
    }
    for (let i = k + 1; i < size; i++) {
      const share = factor * v[i];
      for (let j = k + 1; j < size; j++) rows[i][j] -= share * sums[j];
      rows[i][k] = 0;
    }
    rows[k + 1][k] = -norm * largest;
    for (const row of rows) {
      let sum = 0;
      for (let j = k + 1; j < size; j++) sum += row[j] * v[j];
      sum *= factor;
      for (let j = k + 1; j < size; j++) row[j] -= sum * v[j];
    }
  }
}

function hessenbergEigenvalues(h: readonly Float64Array[]): Complex[] {
  const found: Complex[] = [];
  let whole = 0;
  for (const row of h) for (const value of row) whole += Math.abs(value);
  let shifted = 0;
  let iterations = 0;
  for (let end = h.length - 1; end >= 0; ) {
    const begin = beginOfBlock(h, end, whole);
    const x = h[end][end];
    if (begin === end) {
      found.push({ real: x + shifted, imaginary: 0 });
      end -= 1;
      iterations = 0;
      continue;
    }
    const y = h[end - 1][end - 1];
    const w = h[end][end - 1] * h[end - 1][end];
    if (begin === end - 1) {
      found.push(...pair(x, y, w, shifted));
      end -= 2;
      iterations = 0;
      continue;
    }
    if (iterations === patience.most) {
      return [...found, ...Array.from({ length: end + 1 }, () => ({ real: Number.NaN, imaginary: 0 }))];
    }
    iterations++;
    if (iterations % patience.unusualShift > 0) {
      sweep(h, begin, end, x, y, w);
      continue;
    }
    shifted += x;
    for (let i = 0; i <= end; i++) h[i][i] -= x;
    const s = Math.abs(h[end][end - 1]) + Math.abs(h[end - 1][end - 2]);
    sweep(h, begin, end, 0.75 * s, 0.75 * s, -0.4375 * s * s);
  }
  return found;
}

/** First row of the block that ends at `end` and has no negligible subdiagonal entry. */
function beginOfBlock(h: readonly Float64Array[], end: number, whole: number): number {
  for (let row = end; row > 0; row--) {
    const size = Math.abs(h[row - 1][row - 1]) + Math.abs(h[row][row]);
    if (Math.abs(h[row][row - 1]) <= precision * (size === 0 ? whole : size)) {
      h[row][row - 1] = 0;
      return row;
    }
  }
  return 0;
}

/** Eigenvalues of a block of two, x and y on its diagonal and w the product of the others. */
function pair(x: number, y: number, w: number, shifted: number): Complex[] {
  const p = (y - x) / 2;
  const q = p * p + w;
  const z = Math.sqrt(Math.abs(q));
  const real = x + shifted;
  if (q < 0) return [1, -1].map((sign) => ({ real: real + p, imaginary: sign * z }));
  const root = p + (p >= 0 ? z : -z);
  return [real + root, root === 0 ? real : real - w / root].map((value) => ({ real: value, imaginary: 0 }));
}

/** A QR step with two shifts at once on rows begin..end, the shifts given by x + y and x y - w. */
function sweep(h: readonly Float64Array[], begin: number, end: number, x: number, y: number, w: number): void {
  let [p, q, r] = [0, 0, 0];
  let first = end - 2;
  for (; ; first--) {
    const z = h[first][first];
    const [a, b] = [x - z, y - z];
    p = (a * b - w) / h[first + 1][first] + h[first][first + 1];
    q = h[first + 1][first + 1] - z - a - b;
    r = h[first + 2][first + 1];
    const scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
    p /= scale;
    q /= scale;
    r /= scale;
    if (first === begin) break;
    const before = Math.abs(h[first][first - 1]) * (Math.abs(q) + Math.abs(r));
    const around = Math.abs(h[first - 1][first - 1]) + Math.abs(z) + Math.abs(h[first + 1][first + 1]);
    if (before <= precision * Math.abs(p) * around) break;
  }
  for (let i = first + 2; i <= end; i++) {
    h[i][i - 2] = 0;
    if (i > first + 2) h[i][i - 3] = 0;
  }
  for (let k = first; k < end; k++) {
    const isLast = k === end - 1;
    let scale = 1;
    if (k > first) {
      [p, q, r] = [h[k][k - 1], h[k + 1][k - 1], isLast ? 0 : h[k + 2][k - 1]];
      scale = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (scale === 0) continue;
      p /= scale;
      q /= scale;
      r /= scale;
    }
    const root = Math.sqrt(p * p + q * q + r * r);
    const s = p < 0 ? -root : root;
    if (s === 0) continue;
    if (k > first) h[k][k - 1] = -s * scale;
    else if (begin < first) h[k][k - 1] = -h[k][k - 1];
    p += s;
    reflect(h, { begin, end, k, isLast }, [p / s, q / s, r / s], [q / p, r / p]);
  }
}

/** The reflection of rows and columns k to k + 2 (k + 1 at the end). */
function reflect(
  h: readonly Float64Array[],
  { begin, end, k, isLast }: { begin: number; end: number; k: number; isLast: boolean },
  [x, y, z]: readonly [number, number, number],
  [q, r]: readonly [number, number],
): void {
  const [upper, middle] = [h[k], h[k + 1]];
  if (isLast) {
    for (let j = k; j <= end; j++) {
      const sum = upper[j] + q * middle[j];
      middle[j] -= sum * y;
      upper[j] -= sum * x;
    }
    for (let i = begin; i <= end; i++) {
      const row = h[i];
      const sum = x * row[k] + y * row[k + 1];
      row[k + 1] -= sum * q;
      row[k] -= sum;
    }
    return;
  }
  const lower = h[k + 2];
  for (let j = k; j <= end; j++) {
    const sum = upper[j] + q * middle[j] + r * lower[j];
    lower[j] -= sum * z;
    middle[j] -= sum * y;
    upper[j] -= sum * x;
  }
  const last = Math.min(end, k + 3);
  for (let i = begin; i <= last; i++) {
    const row = h[i];
    const sum = x * row[k] + y * row[k + 1] + z * row[k + 2];
    row[k + 2] -= sum * r;
    row[k + 1] -= sum * q;
    row[k] -= sum;
  }
}
