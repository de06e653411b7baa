/** The law of a state of one or two units under noise, without sampling: its transfer operator on a grid. */
import { fixedVector } from "./fixed-vector.ts";
import { type Axis, type GridLaw, lawOfCurve, lawOfLines, probes, quadrature, twoLines } from "./unit-law.ts";

/** One step with its draws given, in deviations: the next value of a unit depends on the draw of that unit alone. */
export interface DrawnStep {
  readonly stateSize: number;
  /** Next states, `[count, stateSize]`, from states, `[count, stateSize]`, and one draw for all units of each, `[count]`. */
  next(states: Float64Array, draws: Float64Array): Float64Array;
}

export interface StationaryGrid {
  /** One per unit. */
  readonly axes: readonly Axis[];
  /** Probability of each node; the last unit varies fastest. */
  readonly probability: Float64Array;
  /** Sum of |P p - p|. */
  readonly residual: number;
  readonly isConverged: boolean;
  /** Sum of the probabilities less 1. */
  readonly lost: number;
  /** Probability per step that a unit's draw leaves no trace in its next value, mean over units. */
  readonly atomShare: number;
  /** Probability per step of ending beyond the ends of each axis, where it is counted. */
  readonly beyond: readonly { readonly below: number; readonly above: number }[];
}

/** A box per unit. */
export type Domain = readonly { readonly from: number; readonly to: number }[];

const residualTolerance = 1e-13;

/**
 * The stationary law on a grid.
 *
 * The kernel of a node is the product over units of the law of the unit's next value, a mixture of hat functions with the
 * mass and mean of the true law (`lawOfLines`, `lawOfCurve`); the law is the vector that the kernel leaves alone.
 *
 * Accuracy: a hat spreads what lies between two nodes, so variances are off by about dy^2 / (6 (1 - lambda^2)), with
 * lambda the correlation from step to step: second order in the spacing, which `refined` makes use of.
 * Cost: nodes times the nodes that one step reaches, per iteration.
 */
export function stationaryGrid(step: DrawnStep, domain: Domain, count: number, start?: StationaryGrid): StationaryGrid {
  const axes = domain.map(({ from, to }): Axis => ({ from, step: (to - from) / (count - 1), count }));
  const laws = gridLaws(step, axes);
  const nodes = count ** axes.length;
  const first = start === undefined ? new Float64Array(nodes).fill(1 / nodes) : resampled(start, axes);
  const apply = axes.length === 1 ? pushOne(laws, count) : pushTwo(laws, count);
  const { vector, residual, isConverged } = fixedVector(apply, first, {
    tolerance: residualTolerance,
    mostSteps: 3000,
  });
  const probability = vector.map((value) => Math.max(0, value));
  const total = probability.reduce((sum, value) => sum + value, 0);
  const flow = (end: "below" | "above" | "atom", unit: number): number =>
    laws.reduce((sum, law, node) => sum + probability[node] * law[unit][end], 0);
  const beyond = axes.map((_, unit) => ({ below: flow("below", unit), above: flow("above", unit) }));
  const atomShare = axes.reduce((sum, _, unit) => sum + flow("atom", unit), 0) / axes.length;
  return { axes, probability, residual, isConverged, lost: total - 1, atomShare, beyond };
}

/** Law of the next value from each node, `[node][unit]`. */
function gridLaws(step: DrawnStep, axes: readonly Axis[]): readonly (readonly GridLaw[])[] {
  const states = nodeStates(axes);
  const nodes = states.length / axes.length;
  return Array.from({ length: nodes }, (_, node) => {
    const state = states.subarray(node * axes.length, (node + 1) * axes.length);
    const at = valuesAt(step, state, probes);
    let curves: readonly Float64Array[] | undefined;
    return axes.map((axis, unit) => {
      const lines = twoLines(at[unit]);
      if (lines !== undefined) return lawOfLines(lines, axis);
      curves ??= valuesAt(step, state, quadrature);
      return lawOfCurve(curves[unit], axis);
    });
  });
}

/** Next values of one state at several draws, `[unit][draw]`. */
function valuesAt(step: DrawnStep, state: Float64Array, draws: Float64Array): readonly Float64Array[] {
  const size = step.stateSize;
  const states = new Float64Array(draws.length * size);
  for (let d = 0; d < draws.length; d++) states.set(state, d * size);
  const next = step.next(states, draws);
  return Array.from({ length: size }, (_, unit) => draws.map((_draw, d) => next[d * size + unit]));
}

/** States of the nodes, `[node, unit]`. */
export function nodeStates(axes: readonly Axis[]): Float64Array {
  const { count } = axes[0];
  const nodes = count ** axes.length;
  const states = new Float64Array(nodes * axes.length);
  for (let node = 0; node < nodes; node++) {
    for (const [unit, { from, step }] of axes.entries()) {
      const place = unit === axes.length - 1 ? node % count : Math.floor(node / count);
      states[node * axes.length + unit] = from + place * step;
    }
  }
  return states;
}

function pushOne(laws: readonly (readonly GridLaw[])[], count: number): (p: Float64Array) => Float64Array {
  return (p) => {
    const out = new Float64Array(count);
    for (const [node, [{ first, weights }]] of laws.entries()) {
      for (let j = 0; j < weights.length; j++) out[first + j] += p[node] * weights[j];
    }
    return out;
  };
}

function pushTwo(laws: readonly (readonly GridLaw[])[], count: number): (p: Float64Array) => Float64Array {
  return (p) => {
    const out = new Float64Array(count * count);
    for (const [node, [rows, columns]] of laws.entries()) {
      if (p[node] === 0) continue;
      for (let a = 0; a < rows.weights.length; a++) {
        const share = p[node] * rows.weights[a];
        const from = (rows.first + a) * count + columns.first;
        for (let b = 0; b < columns.weights.length; b++) out[from + b] += share * columns.weights[b];
      }
    }
    return out;
  };
}

/** A law on other nodes of the same or a wider box, by linear interpolation of its density. */
function resampled({ axes: known, probability }: StationaryGrid, axes: readonly Axis[]): Float64Array {
  const states = nodeStates(axes);
  const { count } = known[0];
  const values = new Float64Array(states.length / axes.length);
  for (let node = 0; node < values.length; node++) {
    let terms: { at: number; weight: number }[] = [{ at: 0, weight: 1 }];
    for (const [unit, { from, step }] of known.entries()) {
      const place = (states[node * axes.length + unit] - from) / step;
      const low = Math.floor(place);
      const pairs = [
        { place: low, weight: 1 - (place - low) },
        { place: low + 1, weight: place - low },
      ].filter((pair) => pair.place >= 0 && pair.place < count);
      terms = terms.flatMap(({ at, weight }) =>
        pairs.map((pair) => ({ at: at * count + pair.place, weight: weight * pair.weight })),
      );
    }
    for (const { at, weight } of terms) values[node] += weight * probability[at];
  }
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

/** Probability per step of leaving the box above which it is too small. */
const leak = 1e-10;

export interface RefinedLaw {
  /** The finest grid. */
  readonly grid: StationaryGrid;
  /** Expectations of the functions asked for, extrapolated to spacing 0. */
  readonly values: Float64Array;
  /** How far they are from what the two coarser grids give. */
  readonly errors: Float64Array;
}

/**
 * Expectations under the stationary law, from three grids of `count`, 2 `count` - 1 and 4 `count` - 3 nodes per axis.
 *
 *     q = (4 q_fine - q_coarse) / 3
 *
 * from the finer two, with the difference from the same of the coarser two as the error.
 *
 * Accuracy: 1e-6 of the mean and the variance of one rectified unit from 101 nodes; a linear unit to 1e-9
 * (test/unit/transfer-operator.test.ts).
 *
 * @param domain a first guess; it is widened until a step leaves it with a probability below 1e-10
 * @param quantities of a law on a grid
 */
export function refined(
  step: DrawnStep,
  domain: Domain,
  count: number,
  quantities: (grid: StationaryGrid) => Float64Array,
): RefinedLaw {
  let box = domain;
  let coarse = stationaryGrid(step, box, count);
  for (let round = 0; round < 8 && coarse.beyond.some(({ below, above }) => below + above > leak); round++) {
    const { beyond } = coarse;
    box = box.map(({ from, to }, unit) => ({
      from: beyond[unit].below > leak ? from - (to - from) / 4 : from,
      to: beyond[unit].above > leak ? to + (to - from) / 4 : to,
    }));
    coarse = stationaryGrid(step, box, count);
  }
  const middle = stationaryGrid(step, box, 2 * count - 1, coarse);
  const grid = stationaryGrid(step, box, 4 * count - 3, middle);
  const [first, second, third] = [coarse, middle, grid].map(quantities);
  const extrapolated = (rough: Float64Array, fine: Float64Array) => fine.map((value, i) => (4 * value - rough[i]) / 3);
  const before = extrapolated(first, second);
  const values = extrapolated(second, third);
  return { grid, values, errors: values.map((value, i) => Math.abs(value - before[i])) };
}
