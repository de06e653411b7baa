/** A readout fitted anew to a network that runs without noise. */
import { CholeskyDecomposition, Matrix } from "ml-matrix";
import type { activations } from "../../cell/expression.ts";
import { CapabilityError } from "../../core/errors.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";
import { firstCountedStep, trialsOf } from "../../train/batches.ts";
import { activationFunction, type ScalarFunction } from "../dynamics/smoothing/scalar-function.ts";
import type { ControlSetting } from "./setting.ts";

/** Steps of trials that the fit uses at most, evenly spaced. */
const mostSamples = 8192;
/** Gauss-Newton steps where the readout has an activation. */
const mostSteps = 12;
/** Halvings of a step that does not lower the error. */
const mostHalvings = 8;

export interface Refit {
  /** Outputs of the silent network with the new readout, `[batch, time, outputSize]`. */
  outputs(batch: TrialBatch): RealArray;
  close(): void;
}

/**
 * Fits wOut and bOut to the states of the silent network, the rest of the network as it is.
 *
 *     minimise per output   sum_t m_t (f(w x_t + b) - target_t)^2 + lambda |w|^2,   lambda = ridge * mean_t m_t |x_t|^2 / K
 *
 * x are the K numbers that the readout reads, at the steps that count. A linear readout has one solution, by Cholesky. With
 * an activation f, Gauss-Newton steps go on from the trained readout until the error falls no more (at most 12).
 *
 * @param trials that it is fitted to; not those that it is judged on
 * @throws CapabilityError for class targets, which squares do not fit
 */
export async function readoutRefit(
  { network, weights, kernel, loss }: ControlSetting,
  trials: readonly TrialBatch[],
  ridge: number,
): Promise<Refit> {
  if (loss.target !== "values") {
    throw new CapabilityError({
      place: "controls, readout refit",
      rule: `ridge regression needs targets that are values, got ${loss.target}`,
      remedy: "the other controls need none",
    });
  }
  const reader = await featureReader(network, weights, kernel);
  const readout = fitted(network, weights, samplesOf(reader, trials), ridge);
  const f = outputFunction(network);
  return {
    outputs: (batch) => {
      const features = reader.features(batch);
      const { outputSize } = batch;
      const { size } = reader;
      const count = features.length / size;
      const outputs = new Float64Array(count * outputSize);
      for (let row = 0; row < count; row++) {
        for (let o = 0; o < outputSize; o++) {
          outputs[row * outputSize + o] = f.value(project(readout[o], features, row * size, size), none);
        }
      }
      return outputs;
    },
    close: reader.close,
  };
}

interface FeatureReader {
  /** How many numbers the readout reads. */
  readonly size: number;
  /** At the steps that count and later, `[batch, time, size]`, without noise. */
  features(batch: TrialBatch): RealArray;
  close(): void;
}

/** The same network with the unit matrix as its readout. */
async function featureReader(network: Network, weights: Weights, kernel: NetworkKernel): Promise<FeatureReader> {
  const { spec } = network;
  const [, size] = network.shapes.wOut;
  const without = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> =>
    Object.fromEntries(Object.entries(record).filter(([name]) => name !== "wOut" && name !== "bOut"));
  const reader = network.changed({
    outputSize: size,
    parametrisations: without(spec.parametrisations),
    initialisers: without(spec.initialisers),
    readout: { from: spec.readout.from, bias: false, activation: "linear" },
  });
  const unit = new Float64Array(size * size);
  for (let i = 0; i < size; i++) unit[i * size + i] = 1;
  const given = { ...without(weights), wOut: unit };
  const own = await reader.kernel({ precision: "float64", backend: kernel.backend });
  return {
    size,
    features: (batch) => {
      const outputFrom = firstCountedStep(batch, spec.readout);
      const call = { weights: given, level: "zero", key: { seed: 0, stream: 0 }, outputFrom } as const;
      return own.forward({ ...trialsOf(reader, batch), ...call }).output;
    },
    close: () => own.close(),
  };
}

interface Sample {
  readonly features: Float64Array;
  readonly target: Float64Array;
  readonly weight: number;
}

function samplesOf({ size, features }: FeatureReader, trials: readonly TrialBatch[]): Sample[] {
  const counted = trials.reduce((sum, { mask }) => sum + mask.filter((m) => m > 0).length, 0);
  const every = Math.max(1, Math.ceil(counted / mostSamples));
  const samples: Sample[] = [];
  let place = 0;
  for (const batch of trials) {
    const read = features(batch);
    const { mask, outputSize, target } = batch;
    if (target.kind !== "values") continue;
    for (const [index, weight] of mask.entries()) {
      if (weight === 0 || place++ % every !== 0) continue;
      samples.push({
        features: Float64Array.from(read.subarray(index * size, (index + 1) * size)),
        target: Float64Array.from(target.values.subarray(index * outputSize, (index + 1) * outputSize)),
        weight,
      });
    }
  }
  return samples;
}

const none: readonly number[] = [];

function outputFunction({ spec }: Network): ScalarFunction {
  return activationFunction(spec.readout.activation as keyof typeof activations);
}

/** Weights of each output, its bias last: 0 where the readout has none. */
function fitted(network: Network, weights: Weights, samples: readonly Sample[], ridge: number): Float64Array[] {
  const { outputSize, readout } = network.spec;
  const { wOut, bOut } = network.effectiveWeights(weights);
  const [, size] = network.shapes.wOut;
  const f = outputFunction(network);
  const power = samples.reduce(
    (sum, { features, weight }) => sum + weight * features.reduce((total, x) => total + x * x, 0),
    0,
  );
  const lambda = (ridge * power) / size;
  return Array.from({ length: outputSize }, (_, o) => {
    const error = (w: Float64Array): number =>
      samples.reduce(
        (sum, { features, target, weight }) =>
          sum + weight * (f.value(project(w, features, 0, size), none) - target[o]) ** 2,
        lambda * w.subarray(0, size).reduce((total, x) => total + x * x, 0),
      );
    let current: Float64Array = Float64Array.from([...wOut.subarray(o * size, (o + 1) * size), bOut?.[o] ?? 0]);
    let least = error(current);
    for (let step = 0; step < (readout.activation === "linear" ? 1 : mostSteps); step++) {
      const change = gaussNewtonStep(samples, o, current, f, lambda, readout.bias);
      let next: Float64Array | undefined;
      for (let halving = 0; halving < mostHalvings && next === undefined; halving++) {
        const tried = current.map((w, i) => w + change[i] / 2 ** halving);
        if (error(tried) < least) next = tried;
      }
      if (next === undefined) break;
      const before = least;
      current = next;
      least = error(current);
      if (before - least < 1e-9 * before) break;
    }
    return current;
  });
}

function gaussNewtonStep(
  samples: readonly Sample[],
  output: number,
  w: Float64Array,
  f: ScalarFunction,
  lambda: number,
  hasBias: boolean,
): Float64Array {
  const size = w.length - 1;
  const all = hasBias ? size + 1 : size;
  const normal = new Float64Array(all * all);
  const right = new Float64Array(all);
  const row = new Float64Array(all).fill(1);
  for (const { features, target, weight } of samples) {
    const drive = project(w, features, 0, size);
    const slope = f.slope(drive, none);
    row.set(features);
    const residual = weight * slope * (target[output] - f.value(drive, none));
    const factor = weight * slope * slope;
    for (let i = 0; i < all; i++) {
      right[i] += residual * row[i];
      const scaled = factor * row[i];
      for (let j = 0; j <= i; j++) normal[i * all + j] += scaled * row[j];
    }
  }
  for (let i = 0; i < all; i++) {
    for (let j = 0; j < i; j++) normal[j * all + i] = normal[i * all + j];
    if (i >= size) continue;
    normal[i * all + i] += lambda;
    right[i] -= lambda * w[i];
  }
  const solved = new CholeskyDecomposition(Matrix.from1DArray(all, all, normal)).solve(Matrix.columnVector(right));
  const change = new Float64Array(size + 1);
  change.set(solved.to1DArray());
  return change;
}

function project(w: Float64Array, features: RealArray, at: number, size: number): number {
  let sum = w[size];
  for (let i = 0; i < size; i++) sum += w[i] * features[at + i];
  return sum;
}
