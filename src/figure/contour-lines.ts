/** Values on a rectangular grid. */
export interface Grid {
  /** Ascending. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** At column i and row j; NaN where there is none. */
  value(i: number, j: number): number;
}

/** A piece of a contour line. */
export interface Segment {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly x2: number;
  readonly y2: number;
}

/**
 * Contour lines by marching triangles: each cell of the grid is four triangles about the mean of its corners, and in a
 * triangle the values are linear, so that a line crosses two of its sides or none.
 *
 * Cells with a corner without a value have no lines.
 */
export function contourLines({ x, y, value }: Grid, levels: readonly number[]): Segment[] {
  const segments: Segment[] = [];
  for (let j = 0; j + 1 < y.length; j++) {
    for (let i = 0; i + 1 < x.length; i++) {
      const corners: Corner[] = [
        [x[i], y[j], value(i, j)],
        [x[i + 1], y[j], value(i + 1, j)],
        [x[i + 1], y[j + 1], value(i + 1, j + 1)],
        [x[i], y[j + 1], value(i, j + 1)],
      ];
      const mean = corners.reduce((sum, [, , z]) => sum + z / 4, 0);
      if (!Number.isFinite(mean)) continue;
      const centre: Corner = [(x[i] + x[i + 1]) / 2, (y[j] + y[j + 1]) / 2, mean];
      for (const level of levels) {
        for (let side = 0; side < 4; side++) {
          const crossings = sidesOf(corners[side], corners[(side + 1) % 4], centre).flatMap((ends) =>
            crossing(...ends, level),
          );
          if (crossings.length !== 2) continue;
          const [from, to] = crossings;
          segments.push({ level, x: from.x, y: from.y, x2: to.x, y2: to.y });
        }
      }
    }
  }
  return segments;
}

/** x, y, value. */
type Corner = readonly [number, number, number];

const sidesOf = (a: Corner, b: Corner, c: Corner): [Corner, Corner][] => [
  [a, b],
  [b, c],
  [c, a],
];

function crossing(a: Corner, b: Corner, level: number): { readonly x: number; readonly y: number }[] {
  // a corner on the level counts as above it, so that a line crosses two sides of a triangle or none
  if (a[2] < level === b[2] < level) return [];
  const share = (level - a[2]) / (b[2] - a[2]);
  return [{ x: a[0] + share * (b[0] - a[0]), y: a[1] + share * (b[1] - a[1]) }];
}
