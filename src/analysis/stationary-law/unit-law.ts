/** Law of the next value of one unit, given the state before, as weights on the nodes of a grid. */
import { elementwise } from "../../cell/operations.ts";

/** Equally spaced nodes. */
export interface Axis {
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

/** Weights of the nodes from `first` on; they sum to 1. */
export interface GridLaw {
  readonly first: number;
  readonly weights: Float64Array;
  /** Probability beyond the two ends, which counts at the ends. */
  readonly below: number;
  readonly above: number;
  /** Probability that the draw leaves no trace in the value: an atom. */
  readonly atom: number;
}

/** Draws, in deviations, at which a step is asked what it does: the outer ones give its lines, the others check them. */
const outer = [-11, -10, 10, 11] as const;
const inner = [-8, -6, -4, -2.6, -1.7, -0.9, -0.3, 0.4, 1.1, 1.9, 2.7, 4, 6, 8] as const;
/** Quadrature nodes of a step that is not made of two lines, in deviations. The trapezoidal rule is exact to 1e-15 on smooth functions. */
const quadratureReach = 8.5;
const quadratureCount = 341;

export const probes: Float64Array = Float64Array.of(...outer, ...inner);
export const quadrature: Float64Array = Float64Array.from(
  { length: quadratureCount },
  (_, q) => quadratureReach * ((2 * q) / (quadratureCount - 1) - 1),
);
const quadratureWeights = normalised(quadrature.map((x) => Math.exp((-x * x) / 2)));

/** Next value as a function of a draw x in deviations: two lines that meet at `kink`. */
export interface TwoLines {
  readonly kink: number;
  /** Value at the kink. */
  readonly value: number;
  readonly left: number;
  readonly right: number;
}

/** Largest departure from two lines that counts as rounding, relative to what the draws do to the value. */
const tolerance = 1e-9;

/**
 * The two lines that a step follows as its draw varies, as for relu, leaky-relu, abs and linear activations and for
 * noise that is not bent at all.
 *
 * @param at values at `probes`
 * @returns undefined when the values lie on other curves
 */
export function twoLines(at: Float64Array): TwoLines | undefined {
  const left = (at[1] - at[0]) / (outer[1] - outer[0]);
  const right = (at[3] - at[2]) / (outer[3] - outer[2]);
  const scale = Math.max(...at.map((value) => Math.abs(value - at[0])), Math.abs(at[0]) * Number.EPSILON);
  // the lines are value_0 + left (x - x_0) and value_3 + right (x - x_3)
  const isOne = Math.abs(right - left) * outer[3] <= tolerance * scale;
  const kink = isOne ? 0 : (at[0] - at[3] - left * outer[0] + right * outer[3]) / (right - left);
  const lines = { kink, value: at[0] + left * (kink - outer[0]), left, right };
  const fits = inner.every((x, i) => Math.abs(valueOn(lines, x) - at[outer.length + i]) <= tolerance * scale);
  return fits ? lines : undefined;
}

const valueOn = ({ kink, value, left, right }: TwoLines, x: number): number =>
  value + (x < kink ? left : right) * (x - kink);

/**
 * Weights of a standard normal draw through two lines, exact.
 *
 *     w_j = E hat_j(Y) = [G(y_{j-1}) - 2 G(y_j) + G(y_{j+1})] / dy,   G(y) = E max(0, Y - y)
 *
 * hat_j is 1 at node j and falls linearly to 0 at its neighbours, so that mass and mean are kept; an atom (a line without
 * slope) lands on the two nodes around it, or on one when it lies there. What lies beyond an end counts at the end.
 */
export function lawOfLines(lines: TwoLines, axis: Axis): GridLaw {
  const { from, step, count } = axis;
  const ends = [-quadratureReach, lines.kink, quadratureReach].filter((x) => Math.abs(x) <= quadratureReach);
  const values = ends.map((x) => valueOn(lines, x));
  const place = (value: number): number => Math.max(0, Math.min(count - 1, (value - from) / step));
  const first = Math.max(0, Math.floor(place(Math.min(...values))) - 1);
  const last = Math.min(count - 1, Math.ceil(place(Math.max(...values))) + 1);
  const above = expectedExcess(lines);
  const beyond = above(from + (count - 1) * step);
  const excess = Float64Array.from({ length: last - first + 3 }, (_, i) => {
    const node = Math.max(0, Math.min(count - 1, first - 1 + i));
    return above(from + node * step) - beyond;
  });
  const weights = new Float64Array(last - first + 1);
  for (let j = first; j <= last; j++) {
    const i = j - first + 1;
    const fallingFrom = j === 0 ? 1 : (excess[i - 1] - excess[i]) / step;
    const fallingTo = j === count - 1 ? 0 : (excess[i] - excess[i + 1]) / step;
    // differences of nearly equal numbers: rounding may leave less than nothing
    weights[j - first] = Math.max(0, fallingFrom - fallingTo);
  }
  return {
    first,
    weights: normalised(weights),
    below: shareBelow(lines, from),
    above: shareBelow(mirrored(lines), -(from + (count - 1) * step)),
    atom: (lines.left === 0 ? distribution(lines.kink) : 0) + (lines.right === 0 ? 1 - distribution(lines.kink) : 0),
  };
}

const mirrored = ({ kink, value, left, right }: TwoLines): TwoLines => ({
  kink,
  value: -value,
  left: -left,
  right: -right,
});

/** P(Y < y). */
function shareBelow({ kink, value, left, right }: TwoLines, y: number): number {
  const half = (slope: number, low: number, high: number): number => {
    if (slope === 0) return value < y ? distribution(high) - distribution(low) : 0;
    const crossing = Math.max(low, Math.min(high, kink + (y - value) / slope));
    return slope > 0 ? distribution(crossing) - distribution(low) : distribution(high) - distribution(crossing);
  };
  return half(left, -farthest, kink) + half(right, kink, farthest);
}

/** E max(0, Y - y) as a function of y. */
function expectedExcess({ kink, value, left, right }: TwoLines): (y: number) => number {
  /** Integral of (start + slope x) over the draws between two ends. */
  const integral = (start: number, slope: number, low: number, high: number): number =>
    high <= low ? 0 : start * (distribution(high) - distribution(low)) + slope * (density(low) - density(high));
  const half = (y: number, slope: number, low: number, high: number): number => {
    const start = value - y - slope * kink;
    if (slope === 0) return Math.max(0, value - y) * (distribution(high) - distribution(low));
    const crossing = -start / slope;
    return slope > 0
      ? integral(start, slope, Math.max(low, crossing), high)
      : integral(start, slope, low, Math.min(high, crossing));
  };
  return (y) => half(y, left, -farthest, kink) + half(y, right, kink, farthest);
}

/**
 * Weights of a standard normal draw through any curve.
 *
 * @param values next values at `quadrature`
 */
export function lawOfCurve(values: Float64Array, { from, step, count }: Axis): GridLaw {
  const exact = values.map((value) => (value - from) / step);
  const places = exact.map((place) => Math.max(0, Math.min(count - 1, place)));
  const first = Math.floor(Math.min(...places));
  const last = Math.min(count - 1, Math.floor(Math.max(...places)) + 1);
  const weights = new Float64Array(last - first + 1);
  for (const [q, place] of places.entries()) {
    const node = Math.min(Math.floor(place), count - 1);
    const share = place - node;
    weights[node - first] += (1 - share) * quadratureWeights[q];
    if (share > 0) weights[node - first + 1] += share * quadratureWeights[q];
  }
  const share = (holds: (place: number) => boolean): number =>
    exact.reduce((sum, place, q) => sum + (holds(place) ? quadratureWeights[q] : 0), 0);
  return { first, weights, below: share((place) => place < 0), above: share((place) => place > count - 1), atom: 0 };
}

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Where a normal draw has ended. */
const farthest = 40;
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const distribution = (x: number): number => 0.5 * (1 + elementwise.erf.value(x * Math.SQRT1_2));
