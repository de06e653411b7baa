/** P and Q exactly, by the covariance recursion read backwards. */
import type { TrialBatch } from "../../task/contract.ts";
import { matrixProduct, productWithTransposed } from "../dynamics/gains.ts";
import { rowsOf } from "../dynamics/rows.ts";
import type { LossCurvature } from "./loss-curvature.ts";
import type { GraphState, NoiseGraph, WhiteNoise } from "./noise-graph.ts";
import { type DifferentiatedGraph, differentiated, type Movement, split } from "./step-derivatives.ts";

/** The two second-order terms, or a part of them. */
export interface Terms {
  /** Through the curvature of the dynamics: the mean state moves, and the loss has a slope there. */
  p: number;
  /** Through the curvature of the loss: the state spreads. */
  q: number;
}

/** What noise that enters at one step through one unit adds to the terms of one trial. */
export interface Entry extends Terms {
  readonly row: number;
  /** Step at which it enters; -1: before the first, in the state that coloured noise starts from; null: in all alike. */
  readonly step: number | null;
  readonly site: string;
  readonly unit: number;
}

/**
 * P and Q of the loss of a batch, from white and coloured noise, by where and when the noise enters.
 *
 *     V(h): loss of the noise-free network from h on;   g = dV/dh, and its Hessian in two parts, Hp and Hq
 *     after the last step g = 0, Hp = Hq = 0;   before each readout z(h): g += z' l',  Hq += z' l'' z'^T + l' . z''
 *     noise of unit j enters the step F:   Q += s_j^2 F_j' Hq F_j,   P += s_j^2 (F_j' Hp F_j + g . F_jj)
 *     then back over the step:   g = J' g,   Hq = J' Hq J,   Hp = J' Hp J + g . F''
 *
 * This is the adjoint of C' = J C J' + S S' and E w' = J E w + (F'' C + F_jj) / 2: the same numbers, and with them the
 * share of every step and unit. Test: test/oracle/regulariser.test.ts against the forward recursion in numpy.
 *
 * Cost: O(d^3) per step and trial.
 *
 * @param visit sees every share, of the batch's loss
 */
export function exactTerms(
  graph: NoiseGraph,
  batch: TrialBatch,
  curvature: LossCurvature,
  visit: (entry: Entry) => void,
  onTrial: (row: number) => void,
): void {
  const steps = stepDerivatives(graph);
  for (let row = 0; row < batch.batchSize; row++) {
    onTrial(row);
    exactTrial(graph, steps, batch, row, curvature, visit);
  }
}

interface StepDerivatives {
  readonly step: DifferentiatedGraph;
  readonly readout: DifferentiatedGraph;
  readonly loud: readonly Loud[];
}

/** White noise of one draw per unit, wherever it enters. */
type Loud = Movement & { readonly site: string };

function stepDerivatives(graph: NoiseGraph): StepDerivatives {
  const { states, outputSize, noises } = graph;
  const at = (node: (state: GraphState) => number) => states.map((state) => ({ ...state, id: node(state) }));
  const loud = noises.filter(({ deviation }) => deviation > 0);
  return {
    loud: [...groups(loud).values()].map((members) => ({
      site: members.map(({ site }) => site).join(" and "),
      size: members[0].size,
      leaves: members.map(({ leaf, deviation }) => ({ id: leaf, scale: deviation })),
    })),
    step: differentiated(
      graph.step,
      graph,
      at(({ next }) => next),
      at(({ leaf }) => leaf),
      loud.map(({ leaf }) => leaf),
    ),
    readout: differentiated(
      graph.readout,
      graph,
      [{ id: graph.output, size: outputSize, offset: 0 }],
      at(({ next }) => next),
    ),
  };
}

function exactTrial(
  graph: NoiseGraph,
  { step: dynamics, readout, loud }: StepDerivatives,
  { stepCount, inputSize, input, initialState, mask }: TrialBatch,
  row: number,
  curvature: LossCurvature,
  visit: (entry: Entry) => void,
): void {
  const { states, stateSize: size, outputSize } = graph;
  const leaves = states.map((state) => ({ ...state, id: state.leaf }));
  const after = states.map((state) => ({ ...state, id: state.next }));
  const boundAt = (state: Float64Array, step: number) => {
    const at = (row * stepCount + step) * inputSize;
    const held = rowsOf(Float64Array.from(input.subarray(at, at + inputSize)), inputSize);
    return new Map([...split(leaves, state), [graph.input, held] as const]);
  };
  const path: Float64Array[] = [new Float64Array(size)];
  if (initialState !== undefined) path[0].fill(initialState[row], 0, states[0].size);
  let last = stepCount;
  while (last > 0 && mask[row * stepCount + last - 1] === 0) last--;
  for (let step = 0; step < last; step++) path.push(dynamics.value(boundAt(path[step], step)));

  let gradient: Float64Array = new Float64Array(size);
  let ofDynamics: Float64Array = new Float64Array(size * size);
  let ofLoss: Float64Array = new Float64Array(size * size);
  for (let step = last - 1; step >= 0; step--) {
    if (mask[row * stepCount + step] !== 0) {
      const { slope, hessian } = curvature.at(row, step);
      const read = readout.derivatives(new Map(split(after, path[step + 1])), slope);
      add(gradient, read.gradient);
      add(ofLoss, read.hessian);
      add(ofLoss, sandwiched(read.jacobian, hessian, size, outputSize));
    }
    const bound = boundAt(path[step], step);
    for (const { site, ...movement } of loud) {
      const { size: units } = movement;
      const { jacobian, hessianDiagonal } = dynamics.diagonal(bound, gradient, movement);
      const ofSpread = quadraticForms(jacobian, ofLoss, units, size);
      const ofCurve = quadraticForms(jacobian, ofDynamics, units, size);
      for (let unit = 0; unit < units; unit++) {
        visit({ row, step, site, unit, p: ofCurve[unit] + hessianDiagonal[unit], q: ofSpread[unit] });
      }
    }
    const back = dynamics.derivatives(bound, gradient);
    gradient = back.gradient;
    ofLoss = sandwiched(back.jacobian, ofLoss, size, size);
    ofDynamics = sandwiched(back.jacobian, ofDynamics, size, size);
    add(ofDynamics, back.hessian);
  }
  for (const { site, initialDeviation, offset, size: units } of states) {
    if (site === undefined || initialDeviation === 0) continue;
    for (let unit = 0; unit < units; unit++) {
      const at = (offset + unit) * (size + 1);
      const variance = initialDeviation * initialDeviation;
      visit({ row, step: -1, site, unit, p: variance * ofDynamics[at], q: variance * ofLoss[at] });
    }
  }
}

/** Noise with the same draws, together. */
function groups(noises: readonly WhiteNoise[]): Map<number, WhiteNoise[]> {
  const found = new Map<number, WhiteNoise[]>();
  for (const noise of noises) found.set(noise.number, [...(found.get(noise.number) ?? []), noise]);
  return found;
}

/** A M A' for A `[rows, columns]`. */
function sandwiched(a: Float64Array, m: Float64Array, rows: number, columns: number): Float64Array {
  return productWithTransposed(matrixProduct(a, m, rows, columns, columns), a, rows, columns, rows);
}

/** a M a' for every row of A. */
function quadraticForms(a: Float64Array, m: Float64Array, rows: number, columns: number): Float64Array {
  const left = matrixProduct(a, m, rows, columns, columns);
  return new Float64Array(rows).map((_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += left[i] * a[i];
    return sum;
  });
}

function add(into: Float64Array, values: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i] += values[i];
}
