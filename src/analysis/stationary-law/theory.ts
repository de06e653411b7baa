/** The stationary law by calculation: Gaussian closure, and the transfer operator where the state is small. */
import { CapabilityError } from "../../core/errors.ts";
import type { Network, NoiseLevel, Weights } from "../../network/contract.ts";
import type { Dynamics, Moments } from "../dynamics/contract.ts";
import { silentDynamics } from "../dynamics/mean-dynamics.ts";
import { momentDynamics } from "../dynamics/moment-dynamics.ts";
import { drawnStep } from "./drawn-step.ts";
import type { Ensemble } from "./ensemble.ts";
import { nodeStates, refined, type StationaryGrid } from "./transfer-operator.ts";

/** Variables are the units of the state and, after them, the outputs. */
export interface TheoryMoments {
  /** `[variable]`. */
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  /** Of the states. */
  readonly covariance: Float64Array;
}

export interface ClosureLaw extends TheoryMoments {
  readonly isConverged: boolean;
}

/**
 * The stationary law of the Gaussian closure. Outputs: exact for a linear readout, else to first order around the mean.
 *
 * @returns undefined for a cell that the closure cannot be made of, with the reason
 */
export function closureLaw(
  network: Network,
  weights: Weights,
  level: NoiseLevel,
  input: Float64Array,
  start: Moments,
): ClosureLaw | CapabilityError {
  try {
    const { mean, covariance, isConverged } = momentDynamics(network, weights, level).stationary(input, start);
    const outputs = outputMoments(silentDynamics(network, weights), { mean, covariance });
    const size = mean.length;
    return {
      mean: Float64Array.of(...mean, ...outputs.mean),
      variance: Float64Array.of(...mean.map((_, i) => covariance[i * size + i]), ...outputs.variance),
      covariance,
      isConverged,
    };
  } catch (error) {
    if (error instanceof CapabilityError) return error;
    throw error;
  }
}

/** Mean and variance of the outputs of a gaussian state, by the slope of the readout at the mean. */
export function outputMoments(
  { readout, outputSize }: Dynamics,
  { mean, covariance }: Moments,
): { readonly mean: Float64Array; readonly variance: Float64Array } {
  const size = mean.length;
  const offsets = new Float64Array((2 * size + 1) * size);
  const width = mean.map((_, i) => Math.sqrt(covariance[i * size + i]) || 1e-4);
  for (let row = 0; row <= 2 * size; row++) offsets.set(mean, row * size);
  for (let i = 0; i < size; i++) {
    offsets[(2 * i + 1) * size + i] += width[i];
    offsets[(2 * i + 2) * size + i] -= width[i];
  }
  const outputs = readout(offsets);
  const variance = new Float64Array(outputSize);
  for (let o = 0; o < outputSize; o++) {
    const slope = width.map(
      (w, i) => (outputs[(2 * i + 1) * outputSize + o] - outputs[(2 * i + 2) * outputSize + o]) / (2 * w),
    );
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) variance[o] += slope[i] * covariance[i * size + j] * slope[j];
  }
  return { mean: outputs.slice(0, outputSize), variance };
}

export interface OperatorLaw extends TheoryMoments {
  /** What is left of the error after extrapolation to spacing 0, `[variable]`. */
  readonly meanError: Float64Array;
  readonly varianceError: Float64Array;
  readonly grid: StationaryGrid;
}

/** Nodes of the coarsest of three grids, per axis. */
const standardNodes = [101, 21] as const;

/**
 * The stationary law by the transfer operator.
 *
 * @param sampled says where the law is
 * @param nodes of the coarsest grid, per axis; 0 for 101 in one dimension, 21 in two
 * @returns the reason where there is none
 */
export function operatorLaw(
  network: Network,
  weights: Weights,
  level: NoiseLevel,
  input: Float64Array,
  sampled: Ensemble,
  nodes: number,
): OperatorLaw | CapabilityError {
  try {
    const step = drawnStep(network, weights, level, input);
    const { readout, outputSize } = silentDynamics(network, weights);
    const size = step.stateSize;
    const domain = Array.from({ length: size }, (_, i) => {
      const margin = 3 * Math.sqrt(sampled.variance[i]);
      const { [i]: low } = sampled.lowest;
      return { from: low >= 0 ? 0 : low - margin, to: sampled.highest[i] + margin };
    });
    const expectations = (grid: StationaryGrid): Float64Array => {
      const { mean, variance, covariance } = gridMoments(grid, readout, outputSize);
      return Float64Array.of(...mean, ...variance, ...covariance);
    };
    const { grid, values, errors } = refined(step, domain, nodes > 0 ? nodes : standardNodes[size - 1], expectations);
    const count = size + outputSize;
    return {
      mean: values.slice(0, count),
      variance: values.slice(count, 2 * count),
      covariance: values.slice(2 * count),
      meanError: errors.slice(0, count),
      varianceError: errors.slice(count, 2 * count),
      grid,
    };
  } catch (error) {
    if (error instanceof CapabilityError) return error;
    throw error;
  }
}

function gridMoments(
  { axes, probability }: StationaryGrid,
  readout: Dynamics["readout"],
  outputSize: number,
): TheoryMoments {
  const states = nodeStates(axes);
  const outputs = readout(states);
  const size = axes.length;
  const count = size + outputSize;
  const value = (node: number, v: number): number =>
    v < size ? states[node * size + v] : outputs[node * outputSize + v - size];
  const mean = new Float64Array(count);
  for (const [node, p] of probability.entries()) for (let v = 0; v < count; v++) mean[v] += p * value(node, v);
  const variance = new Float64Array(count);
  const covariance = new Float64Array(size * size);
  for (const [node, p] of probability.entries()) {
    for (let v = 0; v < count; v++) variance[v] += p * (value(node, v) - mean[v]) ** 2;
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        covariance[i * size + j] += p * (value(node, i) - mean[i]) * (value(node, j) - mean[j]);
  }
  return { mean, variance, covariance };
}

/** Probability of one unit between two values, from the probabilities of nodes: each stands for a hat of its own. */
export function marginalShare(
  { axes, probability }: StationaryGrid,
  unit: number,
): (from: number, to: number) => number {
  const { from: first, step, count } = axes[unit];
  const below = new Float64Array(count + 2);
  for (const [node, p] of probability.entries())
    below[(unit === axes.length - 1 ? node % count : Math.floor(node / count)) + 1] += p;
  for (let node = 1; node <= count; node++) below[node] += below[node - 1];
  below[count + 1] = below[count];
  /** Distribution function, a node's probability spread over half a step on either side. */
  const distribution = (value: number): number => {
    const place = Math.max(0, Math.min(count, (value - first) / step + 0.5));
    const low = Math.floor(place);
    return below[low] + (place - low) * (below[low + 1] - below[low]);
  };
  return (from, to) => distribution(to) - distribution(from);
}
