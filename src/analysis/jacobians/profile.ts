/** How strongly the end of a trial depends on each of its earlier states. */
import { normals, type RandomKey } from "../../core/random.ts";
import { batchNorms, matrixNorms, rowLengths } from "./norms.ts";
import type { Trajectories } from "./trajectory.ts";

/** Norms of one trial for one distance from its end. */
export interface LagNorms {
  /** Steps from the state to the end, 1 for the state before the last step. */
  readonly lag: number;
  /** Largest singular value of Phi, `[trials]`. */
  readonly spectral: Float64Array;
  /** Root of the sum of squares of Phi, `[trials]`. */
  readonly frobenius: Float64Array;
}

export interface Profile {
  readonly products: readonly LagNorms[];
  /** Norm of d loss / d state at every lag, from 1 on, `[lag - 1][trials]`. */
  readonly gradients: readonly Float64Array[];
  /** Norms that power iteration did not settle. */
  readonly unsettled: number;
}

export interface ProfileCall {
  readonly trajectories: Trajectories;
  /** Last step that counts, the same in all trials. */
  readonly end: number;
  /** Gradient of the loss of each trial with respect to its outputs, `[trials, time, outputSize]`. */
  readonly lossGradient: Float64Array;
  /** Matrices up to this size are carried whole. */
  readonly largestDense: number;
  /** Lags that are looked at beyond that size, and random vectors for the Frobenius norm there. */
  readonly lags: number;
  readonly key: RandomKey;
  before(share: number): void;
}

/** Relative change at which a norm by passes through the network counts as settled, and the most iterations. */
const settled = { relative: 1e-4, iterations: 100 } as const;
const probes = 16;

/**
 * Norms of Phi_{M,m} = J_{M-1} ... J_m and of d loss / d h_m for every m before the end M, in one sweep from the end.
 *
 *     Phi_{M,m} = Phi_{M,m+1} J_m,   g_m = J_m' g_{m+1} + (d output_m / d h_m)' (d loss / d output_m)
 *
 * Up to `largestDense` states the rows of Phi are pulled back together, exactly. Beyond, at some lags only, by power
 * iteration (spectral norm, 1e-4) and 16 random vectors (Frobenius norm, unbiased in its square, within about 20 %).
 *
 * Cost: a pullback per state, step and trial; or about 100 passes per lag.
 */
export function profileOf(call: ProfileCall): Profile {
  const { stateSize } = call.trajectories;
  const isDense = stateSize <= call.largestDense;
  const swept = sweep(call, isDense ? stateSize : 0);
  return isDense ? { ...swept, unsettled: 0 } : { gradients: swept.gradients, ...iterated(call) };
}

/** @param rows of Phi that are carried */
function sweep(call: ProfileCall, rows: number): Pick<Profile, "products" | "gradients"> {
  const { trajectories, end, lossGradient, key } = call;
  const { batch, stateSize } = trajectories;
  const { batchSize, stepCount, outputSize } = batch;
  const vectors = rows + 1;
  const products: LagNorms[] = [];
  const gradients: Float64Array[] = [];
  let state = new Float64Array(batchSize * vectors * stateSize);
  for (let b = 0; b < batchSize; b++) {
    for (let i = 0; i < rows; i++) state[(b * vectors + i) * stateSize + i] = 1;
  }
  const leading = normals(new Float64Array(batchSize * stateSize), key);
  for (let step = end; step >= 0; step--) {
    call.before((end - step) / (end + 1));
    const output = new Float64Array(batchSize * vectors * outputSize);
    for (let b = 0; b < batchSize; b++) {
      const at = (b * stepCount + step) * outputSize;
      output.set(lossGradient.subarray(at, at + outputSize), (b * vectors + rows) * outputSize);
    }
    state = Float64Array.from(trajectories.pullStep(step, vectors, { state, output }));
    gradients.push(rowLengths(part(state, batchSize, vectors, rows, 1, stateSize), batchSize));
    if (rows === 0) continue;
    const phi = part(state, batchSize, vectors, 0, rows, stateSize);
    const frobenius = rowLengths(phi, batchSize);
    products.push({ lag: end + 1 - step, spectral: matrixNorms(phi, leading, batchSize), frobenius });
  }
  return { products, gradients };
}

/** Some vectors of every trial, `[trials, count, size]`. */
function part(
  values: Float64Array,
  trials: number,
  vectors: number,
  first: number,
  count: number,
  size: number,
): Float64Array {
  const result = new Float64Array(trials * count * size);
  for (let b = 0; b < trials; b++) {
    const at = (b * vectors + first) * size;
    result.set(values.subarray(at, at + count * size), b * count * size);
  }
  return result;
}

function iterated({ trajectories, end, lags, key, before }: ProfileCall): Pick<Profile, "products" | "unsettled"> {
  const { batchSize: count } = trajectories.batch;
  const length = count * trajectories.stateSize;
  const to = end + 1;
  let unsettled = 0;
  const chosen = [...new Set(Array.from({ length: lags }, (_, i) => Math.max(1, Math.round(((i + 1) * to) / lags))))];
  const products = chosen.map((lag, index): LagNorms => {
    before(index / chosen.length);
    const from = to - lag;
    const found = batchNorms(
      (v) => trajectories.push(from, to, v),
      (u) => trajectories.pull(from, to, u),
      { start: normals(new Float64Array(length), key), count, ...settled },
    );
    unsettled += found.unsettled;
    const squares = new Float64Array(count);
    for (let probe = 0; probe < probes; probe++) {
      const z = normals(new Float64Array(length), key, { trial: 1 + probe, step: lag });
      for (const [b, size] of rowLengths(trajectories.push(from, to, z), count).entries())
        squares[b] += size ** 2 / probes;
    }
    return { lag, spectral: found.norms, frobenius: squares.map(Math.sqrt) };
  });
  return { products, unsettled };
}
