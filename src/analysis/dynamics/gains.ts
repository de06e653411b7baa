/** How the fluctuation of a vector follows from sources of randomness: x - E x = sum_k L_k z_k. */
import { InternalError } from "../../core/errors.ts";

/** L, `[size, source size]`: a diagonal matrix by its diagonal, or a full one. */
export type Gain =
  | { readonly kind: "diagonal"; readonly values: Float64Array }
  | { readonly kind: "full"; readonly columns: number; readonly values: Float64Array };

/** Covariance of a source: its diagonal, or all of it. */
export type SourceCovariance =
  | { readonly kind: "diagonal"; readonly values: Float64Array }
  | { readonly kind: "full"; readonly values: Float64Array };

export const diagonal = (values: Float64Array): Gain => ({ kind: "diagonal", values });

const rowsOfGain = (gain: Gain): number =>
  gain.kind === "diagonal" ? gain.values.length : gain.columns === 0 ? 0 : gain.values.length / gain.columns;

/** A gain as a full matrix. */
export function full(gain: Gain): Extract<Gain, { kind: "full" }> {
  if (gain.kind === "full") return gain;
  const size = gain.values.length;
  const values = new Float64Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = gain.values[i];
  return { kind: "full", columns: size, values };
}

/** diag(factors) L; one factor, or one row of L, is repeated. */
export function scaled(gain: Gain, factors: Float64Array): Gain {
  const rows = rowsOfGain(gain);
  if (factors.length === 1 && rows !== 1) return { ...gain, values: gain.values.map((value) => value * factors[0]) };
  if (factors.length !== rows) return scaled(repeatedGain(gain, factors.length), factors);
  if (gain.kind === "diagonal") return diagonal(gain.values.map((value, i) => value * factors[i]));
  const { columns } = gain;
  return { kind: "full", columns, values: gain.values.map((value, at) => value * factors[Math.floor(at / columns)]) };
}

/** One row, the same for every unit. */
export function repeatedGain(gain: Gain, size: number): Gain {
  const rows = rowsOfGain(gain);
  if (rows === size) return gain;
  if (rows !== 1) throw new InternalError("gains", `${rows} rows cannot be repeated to ${size}`);
  const { columns, values: row } = full(gain);
  const values = new Float64Array(size * columns);
  for (let i = 0; i < size; i++) values.set(row, i * columns);
  return { kind: "full", columns, values };
}

export function added(a: Gain, b: Gain): Gain {
  if (a.kind === "diagonal" && b.kind === "diagonal") return diagonal(a.values.map((value, i) => value + b.values[i]));
  const [left, right] = [full(a), full(b)];
  return { ...left, values: left.values.map((value, at) => value + right.values[at]) };
}

/** W L, W `[size, rows of L]`. */
export function multiplied(matrix: Float64Array, size: number, gain: Gain): Gain {
  if (gain.kind === "diagonal") {
    const columns = gain.values.length;
    return { kind: "full", columns, values: matrix.map((value, at) => value * gain.values[at % columns]) };
  }
  const { columns } = gain;
  const inner = rowsOfGain(gain);
  return { kind: "full", columns, values: matrixProduct(matrix, gain.values, size, inner, columns) };
}

/** A B, `[rows, inner]` times `[inner, columns]`. */
export function matrixProduct(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    const to = i * columns;
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k];
      if (factor === 0) continue;
      const from = k * columns;
      for (let j = 0; j < columns; j++) result[to + j] += factor * b[from + j];
    }
  }
  return result;
}

/** A B', `[rows, inner]` times the transpose of `[columns, inner]`. */
export function productWithTransposed(
  a: Float64Array,
  b: Float64Array,
  rows: number,
  inner: number,
  columns: number,
): Float64Array {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let total = 0;
      for (let k = 0; k < inner; k++) total += a[i * inner + k] * b[j * inner + k];
      result[i * columns + j] = total;
    }
  }
  return result;
}

export function slicedGain(gain: Gain, offset: number, size: number): Gain {
  const { columns, values } = full(gain);
  return { kind: "full", columns, values: values.slice(offset * columns, (offset + size) * columns) };
}

/** Gains of parts of a vector, one after the other; `undefined` for a part without the source. */
export function stacked(
  parts: readonly { readonly gain: Gain | undefined; readonly size: number }[],
  columns: number,
): Gain {
  const size = parts.reduce((total, part) => total + part.size, 0);
  const values = new Float64Array(size * columns);
  let offset = 0;
  for (const part of parts) {
    if (part.gain !== undefined) values.set(full(repeatedGain(part.gain, part.size)).values, offset * columns);
    offset += part.size;
  }
  return { kind: "full", columns, values };
}

/** Gain of the sum over units. */
export function summedGain(gain: Gain): Gain {
  const { columns, values } = full(gain);
  const total = new Float64Array(columns);
  for (let at = 0; at < values.length; at++) total[at % columns] += values[at];
  return { kind: "full", columns, values: total };
}

/** L C. */
function timesCovariance(gain: Gain, covariance: SourceCovariance): Gain {
  if (covariance.kind === "diagonal") {
    if (gain.kind === "diagonal") return diagonal(gain.values.map((value, i) => value * covariance.values[i]));
    const { columns } = gain;
    return { ...gain, values: gain.values.map((value, at) => value * covariance.values[at % columns]) };
  }
  const left = full(gain);
  const { columns } = left;
  const rows = rowsOfGain(left);
  return { kind: "full", columns, values: matrixProduct(left.values, covariance.values, rows, columns, columns) };
}

/** Diagonal of A C B'. */
export function unitCovariance(a: Gain, b: Gain, covariance: SourceCovariance): Float64Array {
  const left = timesCovariance(a, covariance);
  if (left.kind === "diagonal" && b.kind === "diagonal") return left.values.map((value, i) => value * b.values[i]);
  const [x, y] = [full(left), full(b)];
  const rows = rowsOfGain(x);
  const result = new Float64Array(rows);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < x.columns; k++) result[i] += x.values[i * x.columns + k] * y.values[i * x.columns + k];
  }
  return result;
}

/** A C A' added to a matrix `[size, size]`. */
export function addCovariance(to: Float64Array, gain: Gain, covariance: SourceCovariance): void {
  const left = timesCovariance(gain, covariance);
  const size = rowsOfGain(gain);
  if (left.kind === "diagonal" && gain.kind === "diagonal") {
    for (let i = 0; i < size; i++) to[i * size + i] += left.values[i] * gain.values[i];
    return;
  }
  const [x, y] = [full(left), full(gain)];
  const product = productWithTransposed(x.values, y.values, size, x.columns, size);
  for (let at = 0; at < to.length; at++) to[at] += product[at];
}
