/** Functions of u given as points: linear between them. */
import { FormatError } from "../../core/errors.ts";
import { shapeText, toFloat64 } from "../../core/tensor.ts";
import { decodeColumns } from "../../io/formats.ts";

/**
 * The function through the points of a file, linear between neighbours.
 *
 *     z(u) = z_k + (z_{k+1} - z_k) (u - u_k) / (u_{k+1} - u_k),   u_k <= u <= u_{k+1}
 *
 * @param bytes of a file with the columns or arrays `u` and `z`, equally long; rows in any order
 * @param file its path; the ending says the format
 * @returns a function of u in [-1, 1]
 * Cost: one binary search a value.
 * @throws FormatError when a column is missing, a value is not finite, a u comes twice, or the u do not reach from -1 to 1
 */
export function tabulatedTarget(bytes: Uint8Array, file: string): (u: number) => number {
  const { arrays, lines } = decodeColumns(bytes, file);
  const column = (name: string): Float64Array => {
    const values = arrays[name];
    if (values === undefined) {
      const found = Object.keys(arrays).join(", ") || "none";
      throw fault(file, `a column of numbers ${name} is needed, found ${found}`, "name the columns u and z");
    }
    if (values.shape.length !== 1) {
      throw fault(file, `${name} must have one axis, got ${shapeText(values.shape)}`, "save one number per point");
    }
    return toFloat64(values);
  };
  const points = { u: column("u"), z: column("z") };
  if (points.u.length !== points.z.length) {
    throw fault(file, `u and z are equally long, got ${points.u.length} and ${points.z.length}`, "pair them");
  }
  const at = (row: number): string => (lines === undefined ? `point ${row}` : `line ${lines[row]}`);
  for (const [name, values] of Object.entries(points)) {
    const wrong = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
    if (wrong < 0) continue;
    throw fault(file, `every value must be finite, got ${values[wrong]} in ${name}, ${at(wrong)}`, "fill it in");
  }
  const order = [...points.u.keys()].sort((a, b) => points.u[a] - points.u[b]);
  const u = order.map((row) => points.u[row]);
  const z = order.map((row) => points.z[row]);
  const twice = u.findIndex((value, k) => k > 0 && value === u[k - 1]);
  if (twice >= 0) {
    throw fault(file, `each u stands once, got ${u[twice]} again in ${at(order[twice])}`, "keep one of the points");
  }
  const last = u.length - 1;
  if (last < 1 || u[0] > -1 || u[last] < 1) {
    const found = last < 0 ? "no point" : `points from ${u[0]} to ${u[last]}`;
    throw fault(file, `u must reach from -1 to 1, got ${found}`, "rescale u, or add points at both ends");
  }
  return (value) => {
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (u[middle] <= value) low = middle;
      else high = middle;
    }
    const share = (value - u[low]) / (u[high] - u[low]);
    return z[low] * (1 - share) + z[high] * share;
  };
}

function fault(file: string, rule: string, remedy: string): FormatError {
  return new FormatError({ file, offset: -1, rule, remedy });
}
