/** Integrals of functions with kinks, to a tolerance. */
import { legendreRule } from "./gauss-rules.ts";
import type { ScalarFunction, Surroundings } from "./scalar-function.ts";

const { nodes, weights } = legendreRule(16);
const deepest = 24;

/**
 * Integral of f from `low` to `high`, where f is smooth between the breaks.
 *
 * 16 Gauss-Legendre nodes on a panel against those on its two halves, halved until the two agree.
 *
 * @param tolerance absolute, of the whole integral
 */
export function integral(
  f: (x: number) => number,
  low: number,
  high: number,
  breaks: readonly number[],
  tolerance: number,
): number {
  const inner = breaks.filter((x) => x > low && x < high).sort((a, b) => a - b);
  const edges = [low, ...inner, high];
  let total = 0;
  for (let k = 0; k + 1 < edges.length; k++) {
    total += refined(f, edges[k], edges[k + 1], panel(f, edges[k], edges[k + 1]), tolerance, deepest);
  }
  return total;
}

function refined(
  f: (x: number) => number,
  low: number,
  high: number,
  coarse: number,
  tolerance: number,
  depth: number,
): number {
  const middle = (low + high) / 2;
  const left = panel(f, low, middle);
  const right = panel(f, middle, high);
  // the halves are more accurate than the difference by many digits, so the tolerance is not shared out among panels
  if (Math.abs(left + right - coarse) <= tolerance || depth === 0) return left + right;
  return refined(f, low, middle, left, tolerance, depth - 1) + refined(f, middle, high, right, tolerance, depth - 1);
}

function panel(f: (x: number) => number, low: number, high: number): number {
  const centre = (low + high) / 2;
  const half = (high - low) / 2;
  let total = 0;
  for (let k = 0; k < nodes.length; k++) total += weights[k] * f(centre + half * nodes[k]);
  return total * (high - low);
}

/** Cells among which a change of branch is looked for; two changes within one of them are missed. */
const searchCells = 128;

/** Where a function changes its branch: two neighbouring numbers, one on each side. */
export interface Kink {
  readonly before: number;
  readonly after: number;
}

/** Changes of branch between two points, in order. */
export function kinksBetween({ switches }: ScalarFunction, c: Surroundings, low: number, high: number): Kink[] {
  const kinks = new Map<number, Kink>();
  for (const branch of switches) {
    let from = low;
    let isUp = branch(low, c) > 0;
    for (let cell = 1; cell <= searchCells; cell++) {
      const to = low + ((high - low) * cell) / searchCells;
      const isUpAfter = branch(to, c) > 0;
      if (isUpAfter !== isUp) {
        const kink = changeBetween((x) => branch(x, c) > 0 === isUpAfter, from, to);
        kinks.set(kink.after, kink);
      }
      [from, isUp] = [to, isUpAfter];
    }
  }
  return [...kinks.values()].sort((a, b) => a.after - b.after);
}

/** Bisection to the last bit. */
function changeBetween(isAfter: (x: number) => boolean, low: number, high: number): Kink {
  let [before, after] = [low, high];
  for (;;) {
    const middle = before / 2 + after / 2;
    if (middle <= before || middle >= after) return { before, after };
    if (isAfter(middle)) after = middle;
    else before = middle;
  }
}
