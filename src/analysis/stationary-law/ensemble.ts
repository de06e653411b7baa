/** Many copies of a network under one constant input: what their noise makes of them in the long run. */

import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, NoiseKey, NoiseLevel, Weights } from "../../network/contract.ts";
import { cellStates } from "../cell-states.ts";
import { mean, variance } from "../statistics/descriptive.ts";
import { type Lags, laggedProducts } from "./autocorrelation.ts";

export interface EnsembleCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  /** `[inputSize]`. */
  readonly input: ArrayLike<number>;
  readonly level: NoiseLevel;
  readonly key: NoiseKey;
  /** Independent copies, >= 2; copy i has the noise of trial i. */
  readonly copies: number;
  /** Steps from the initial state 0 that are not looked at. */
  readonly burnIn: number;
  /** Steps that are, >= 2. */
  readonly steps: number;
  /** Lags of the autocorrelation, 0..steps-1. */
  readonly lags: number;
  /** Whether the covariance of the states is wanted, which takes products of all pairs of units; default false. */
  readonly withCovariance?: boolean;
  /** Asked before every piece of work. */
  readonly before?: (share: number) => void;
}

/**
 * Averages over copies and steps. Variables are the units of the state and, after them, the outputs.
 *
 * Standard errors come from the spread of the copies' own averages over time: copies are independent, so correlation
 * in time needs no model.
 */
export interface Ensemble {
  readonly stateSize: number;
  readonly outputSize: number;
  /** `[variable]` each. */
  readonly mean: Float64Array;
  readonly meanError: Float64Array;
  readonly variance: Float64Array;
  readonly varianceError: Float64Array;
  /** Of the states, `[stateSize, stateSize]`; undefined unless asked for. */
  readonly covariance: Float64Array | undefined;
  /** `[variable][lag]`. */
  readonly autocorrelation: readonly Float64Array[];
  /** Smallest and largest value, `[variable]`. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly histograms: readonly Histogram[];
  /**
   * Largest difference between the means of the two halves of the steps, in standard errors: is it stationary? Variables
   * that move a thousand times less than others do not count.
   */
  readonly drift: number;
}

export interface Histogram {
  readonly from: number;
  readonly width: number;
  /** Share of the samples per bin; those outside count in the outermost. */
  readonly shares: Float64Array;
}

/** Numbers of state trajectories in one call of the kernel. */
const numbersPerCall = 2 ** 21;
const binCount = 80;
/** Half-width of a histogram in standard deviations. */
const histogramReach = 5;

export function ensemble(
  call: EnsembleCall & { readonly withCovariance: true },
): Ensemble & { readonly covariance: Float64Array };
export function ensemble(call: EnsembleCall): Ensemble;
export function ensemble(call: EnsembleCall): Ensemble {
  const { network, copies, burnIn, steps } = call;
  const { outputSize } = network.spec;
  const perCopy = (burnIn + steps + 1) * Object.values(network.states).reduce((sum, size) => sum + size, 0);
  const chunk = Math.max(2, Math.min(copies, Math.floor(numbersPerCall / perCopy)));
  let sums: Sums | undefined;
  for (let first = 0; first < copies; first += chunk) {
    call.before?.(first / copies);
    const piece = trajectories(call, first, Math.min(chunk, copies - first));
    sums ??= emptySums(piece, call);
    addPiece(sums, piece, first, call);
  }
  return summary(sums as Sums, call, outputSize);
}

/** Series of each variable, `[variable][copy * steps + step]`. */
interface Piece {
  readonly copies: number;
  readonly stateSize: number;
  readonly series: readonly Float64Array[];
}

function trajectories(call: EnsembleCall, first: number, copies: number): Piece {
  const { network, kernel, weights, input, level, key, burnIn, steps } = call;
  const { inputSize, outputSize } = network.spec;
  const stepCount = burnIn + steps;
  const inputs = new Float64Array(copies * stepCount * inputSize);
  for (let i = 0; i < inputs.length; i++) inputs[i] = input[i % inputSize];
  const trials = Uint32Array.from({ length: copies }, (_, copy) => first + copy);
  const forward = kernel.forward({
    weights,
    batchSize: copies,
    stepCount,
    input: inputs,
    trials,
    level,
    key,
    outputFrom: burnIn,
  });
  const { names, stateSize } = cellStates(network);
  const states = forward.states();
  const series = [
    ...names.flatMap((name) =>
      unitSeries(states[name], network.states[name], copies, stepCount + 1, burnIn + 1, steps),
    ),
    ...unitSeries(forward.output, outputSize, copies, stepCount, burnIn, steps),
  ];
  return { copies, stateSize, series };
}

/** Series of each unit of `[copy, entry, size]`, `count` entries from `first` on: `[unit][copy * count + step]`. */
function unitSeries(
  values: RealArray,
  size: number,
  copies: number,
  entries: number,
  first: number,
  count: number,
): Float64Array[] {
  return Array.from({ length: size }, (_, unit) => {
    const series = new Float64Array(copies * count);
    for (let copy = 0; copy < copies; copy++) {
      const from = (copy * entries + first) * size + unit;
      for (let t = 0; t < count; t++) series[copy * count + t] = values[from + t * size];
    }
    return series;
  });
}

/** Sums of deviations from `centre`, a first guess of the mean, so that no large numbers cancel. */
interface Sums {
  readonly stateSize: number;
  readonly centre: Float64Array;
  /** Averages over time of the deviation, its square, and of the difference between the halves, `[variable][copy]`. */
  readonly first: readonly Float64Array[];
  readonly second: readonly Float64Array[];
  readonly halves: readonly Float64Array[];
  readonly products: Float64Array;
  readonly lags: readonly Lags[];
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly from: Float64Array;
  readonly width: Float64Array;
  readonly counts: readonly Float64Array[];
}

function emptySums({ series, stateSize }: Piece, { copies, steps, lags }: EnsembleCall): Sums {
  const count = series.length;
  const centre = Float64Array.from(series, (values) => values.reduce((sum, x) => sum + x, 0) / values.length);
  const deviation = series.map((values, v) =>
    Math.sqrt(values.reduce((sum, x) => sum + (x - centre[v]) ** 2, 0) / values.length),
  );
  const perCopy = () => Array.from({ length: count }, () => new Float64Array(copies));
  // a silent network has no width: any will do
  const width = Float64Array.from(deviation, (s) => (2 * histogramReach * (s > 0 ? s : 1e-6)) / binCount);
  return {
    stateSize,
    centre,
    first: perCopy(),
    second: perCopy(),
    halves: perCopy(),
    products: new Float64Array(stateSize * stateSize),
    lags: Array.from(centre, () => laggedProducts(steps, lags, count)),
    lowest: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    highest: new Float64Array(count).fill(Number.NEGATIVE_INFINITY),
    from: centre.map((c, v) => c - (width[v] * binCount) / 2),
    width,
    counts: Array.from({ length: count }, () => new Float64Array(binCount)),
  };
}

function addPiece(
  sums: Sums,
  { copies, series, stateSize }: Piece,
  firstCopy: number,
  { steps, withCovariance }: EnsembleCall,
): void {
  for (const [v, values] of series.entries()) {
    addSeries(sums, v, values, copies, firstCopy, steps);
    sums.lags[v].add(values, copies);
  }
  if (withCovariance !== true) return;
  for (let i = 0; i < stateSize; i++) {
    for (let j = 0; j <= i; j++) {
      const [left, right] = [series[i], series[j]];
      let sum = 0;
      for (let at = 0; at < left.length; at++) sum += left[at] * right[at];
      sums.products[i * stateSize + j] += sum;
    }
  }
}

/** Adds one variable's values, and leaves their deviations from its centre in their place. */
function addSeries(
  sums: Sums,
  v: number,
  values: Float64Array,
  copies: number,
  firstCopy: number,
  steps: number,
): void {
  const half = Math.floor(steps / 2);
  const [centre, from, width, counts] = [sums.centre[v], sums.from[v], sums.width[v], sums.counts[v]];
  let [lowest, highest] = [sums.lowest[v], sums.highest[v]];
  for (let copy = 0; copy < copies; copy++) {
    let early = 0;
    let late = 0;
    let squares = 0;
    for (let t = 0; t < steps; t++) {
      const at = copy * steps + t;
      const x = values[at];
      if (x < lowest) lowest = x;
      if (x > highest) highest = x;
      counts[Math.max(0, Math.min(binCount - 1, Math.floor((x - from) / width)))]++;
      const deviation = x - centre;
      values[at] = deviation;
      if (t < half) early += deviation;
      else late += deviation;
      squares += deviation * deviation;
    }
    sums.first[v][firstCopy + copy] = (early + late) / steps;
    sums.second[v][firstCopy + copy] = squares / steps;
    sums.halves[v][firstCopy + copy] = late / (steps - half) - early / half;
  }
  sums.lowest[v] = lowest;
  sums.highest[v] = highest;
}

function summary(sums: Sums, { copies, steps, withCovariance }: EnsembleCall, outputSize: number): Ensemble {
  const { stateSize, centre, first, second, halves } = sums;
  const count = copies * steps;
  const offset = Float64Array.from(first, mean);
  const meanError = Float64Array.from(first, errorOf);
  const variance = Float64Array.from(second, (values, v) => mean(values) - offset[v] ** 2);
  // (x - m)^2 averaged over the steps of a copy, m the mean over all copies
  const varianceError = Float64Array.from(second, (values, v) =>
    errorOf(values.map((square, copy) => square - 2 * offset[v] * first[v][copy])),
  );
  const covariance = new Float64Array(stateSize * stateSize);
  for (let i = 0; i < stateSize; i++) {
    for (let j = 0; j <= i; j++) {
      const value = sums.products[i * stateSize + j] / count - offset[i] * offset[j];
      covariance[i * stateSize + j] = value;
      covariance[j * stateSize + i] = value;
    }
  }
  // a unit that noise hardly ever reaches moves by rare events, whose errors mean nothing
  const least = 1e-3 * Math.sqrt(Math.max(...variance));
  const drift = Math.max(
    ...halves.map((values, v) => {
      const error = errorOf(values);
      return error > 0 && Math.sqrt(variance[v]) > least ? Math.abs(mean(values)) / error : 0;
    }),
  );
  return {
    stateSize,
    outputSize,
    mean: offset.map((value, v) => centre[v] + value),
    meanError,
    variance,
    varianceError,
    covariance: withCovariance === true ? covariance : undefined,
    autocorrelation: sums.lags.map((lags, v) => lags.correlation(offset[v])),
    lowest: sums.lowest,
    highest: sums.highest,
    histograms: sums.counts.map((counts, v) => ({
      from: sums.from[v],
      width: sums.width[v],
      shares: counts.map((samples) => samples / count),
    })),
    drift,
  };
}

/** Standard error of the mean of independent values. */
function errorOf(values: Float64Array): number {
  return Math.sqrt(variance(values) / values.length);
}
