export interface FittedOptimum {
  /** Where the curve is lowest, within the grid. */
  readonly at: number;
  /** Index of the lowest grid point. */
  readonly index: number;
  /** The lowest grid point is the last: the optimum may lie beyond. */
  readonly isAtUpperEnd: boolean;
}

/** Grid points on either side of the lowest that the parabola is fitted to. */
const reach = 2;

/**
 * Minimum of a curve known on a grid.
 *
 * The lowest grid point and up to two neighbours on either side are fitted by a parabola (least squares). Its vertex,
 * limited to those neighbours, is the optimum; where the parabola does not open upwards the lowest grid point is. At the
 * left end this means: the end itself when the fitted slope there is >= 0, else a point between it and its neighbours.
 *
 * Accuracy: exact for a parabola; for a cubic term c (x - x0)^3 beside a (x - x0)^2 the vertex is off by
 * 1.7 c h^2 / a with grid spacing h.
 *
 * @param grid ascending
 * @param values one per grid point; points that are not finite are never the lowest and never fitted
 * @returns undefined when no value is finite; the first of equally low points
 */
export function fittedOptimum(grid: ArrayLike<number>, values: ArrayLike<number>): FittedOptimum | undefined {
  let index = -1;
  for (let i = 0; i < grid.length; i++) {
    if (Number.isFinite(values[i]) && (index === -1 || values[i] < values[index])) index = i;
  }
  if (index === -1) return undefined;
  let first = index;
  while (first > Math.max(0, index - reach) && Number.isFinite(values[first - 1])) first--;
  let last = index;
  while (last < Math.min(grid.length - 1, index + reach) && Number.isFinite(values[last + 1])) last++;
  const vertex = parabolaVertex(grid, values, first, last, index);
  const at = vertex === undefined ? grid[index] : Math.max(grid[first], Math.min(grid[last], vertex));
  return { at, index, isAtUpperEnd: index === grid.length - 1 && grid.length > 1 };
}

/** Least squares on points first..last, in coordinates centred on `centre`; undefined without an upward parabola. */
function parabolaVertex(
  grid: ArrayLike<number>,
  values: ArrayLike<number>,
  first: number,
  last: number,
  centre: number,
): number | undefined {
  const count = last - first + 1;
  if (count < 3) return undefined;
  const unit = (grid[last] - grid[first]) / 2;
  const x = Array.from({ length: count }, (_, i) => (grid[first + i] - grid[centre]) / unit);
  const y = Array.from({ length: count }, (_, i) => values[first + i] - values[centre]);
  const moment = (power: number): number => x.reduce((sum, xi) => sum + xi ** power, 0) / count;
  const product = (power: number): number => x.reduce((sum, xi, i) => sum + xi ** power * y[i], 0) / count;
  const [m1, m2, m3, m4] = [moment(1), moment(2), moment(3), moment(4)];
  const [p0, p1, p2] = [product(0), product(1), product(2)];
  // Normal equations of y = c + b x + a x^2 with the constant eliminated.
  const [s11, s12, s22] = [m2 - m1 * m1, m3 - m1 * m2, m4 - m2 * m2];
  const [r1, r2] = [p1 - m1 * p0, p2 - m2 * p0];
  const determinant = s11 * s22 - s12 * s12;
  const b = (r1 * s22 - r2 * s12) / determinant;
  const a = (r2 * s11 - r1 * s12) / determinant;
  return a > 0 ? grid[centre] - (unit * b) / (2 * a) : undefined;
}
