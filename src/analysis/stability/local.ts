/** Stability of single steps, at states that a network visits in its trials without noise. */
import { EigenvalueDecomposition, Matrix, SVD } from "ml-matrix";
import { integers, stream } from "../../core/random.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { Task } from "../../task/contract.ts";
import { trialsOf } from "../../train/batches.ts";
import { cellStates, joinedStates } from "../cell-states.ts";
import { lengthOf } from "../fixed-points/inputs.ts";
import { networkTangents } from "../lyapunov/network-tangents.ts";
import { spreadTrials } from "../spread-trials.ts";
import { symmetricRange } from "./certificate.ts";
import type { Range } from "./structure.ts";

/** The Jacobian J of a step at one state, and (J - I) / dt in units of time (of a step for a map). */
export interface LocalStability {
  readonly trial: number;
  readonly step: number;
  /** Largest real part of the eigenvalues of (J - I) / dt. */
  readonly abscissa: number;
  /** Largest eigenvalue of its symmetric part. */
  readonly measure: number;
  /** Largest modulus |1 + dt lambda| of the eigenvalues of J: below 1, Euler's step is stable here. */
  readonly spectralRadius: number;
  /** Largest singular value of J. */
  readonly spectralNorm: number;
  /** Largest step at which Euler's method stays stable for these lambda; 0 where some lambda grow by themselves. */
  readonly largestStep: number;
}

export interface LocalCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly task: Task;
  readonly seed: number;
  /** How many states, of as many trials. */
  readonly samples: number;
}

/** @returns samples, and the range of all states that the trials visit */
export function localStability(call: LocalCall): {
  readonly samples: readonly LocalStability[];
  readonly visited: Range;
} {
  const { network, kernel, weights, task, seed } = call;
  const { inputSize } = network.spec;
  const batch = task.batch("test", spreadTrials(task, "test", call.samples), seed);
  const count = batch.batchSize;
  const key = { seed, stream: stream("tangent-noise", 3) };
  const forward = kernel.forward({
    ...trialsOf(network, batch),
    weights,
    level: "zero",
    key,
    outputFrom: batch.stepCount,
  });
  const all = forward.states();
  const { names, stateSize } = cellStates(network);
  const joined = joinedStates(network, all, count * (batch.stepCount + 1));
  const drawn = integers(new Uint32Array(count), 2 ** 31, key);
  const steps = Array.from(drawn, (word, b) => word % lengthOf(batch, b));
  const input = (): Float64Array =>
    Float64Array.from({ length: count * inputSize }, (_, k) => {
      const b = Math.floor(k / inputSize);
      return batch.input[(b * batch.stepCount + steps[b]) * inputSize + (k % inputSize)];
    });
  const map = networkTangents({ network, kernel, weights, level: "zero", key, trials: batch.trials, input });
  const initial = Object.fromEntries(
    names.map((name) => {
      const size = network.states[name];
      const values = new Float64Array(count * size);
      for (let b = 0; b < count; b++) {
        const at = (b * (batch.stepCount + 1) + steps[b]) * size;
        values.set(all[name].subarray(at, at + size), b * size);
      }
      return [name, values];
    }),
  );
  const frames = new Float64Array(count * stateSize * stateSize);
  for (let k = 0; k < count * stateSize; k++) frames[k * stateSize + (k % stateSize)] = 1;
  const { tangents } = map.advance(map.start(initial), frames, 0, 1);
  const dt = network.equations.timeStep ?? 1;
  const samples = steps.map((step, b): LocalStability => {
    const width = stateSize * stateSize;
    // row v of the tangents is column v of J
    const columns = Matrix.from1DArray(stateSize, stateSize, tangents.subarray(b * width, (b + 1) * width));
    return { trial: batch.trials[b], step, ...described(columns.transpose(), dt) };
  });
  return {
    samples,
    visited: { low: joined.reduce((a, x) => Math.min(a, x), 0), high: joined.reduce((a, x) => Math.max(a, x), 0) },
  };
}

function described(jacobian: Matrix, dt: number): Omit<LocalStability, "trial" | "step"> {
  const rates = Matrix.sub(jacobian, Matrix.eye(jacobian.rows)).div(dt);
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(rates);
  const steps = realEigenvalues.map((real, i) => stableStep(real, imaginaryEigenvalues[i]));
  return {
    abscissa: Math.max(...realEigenvalues),
    measure: symmetricRange(rates)[1],
    spectralRadius: Math.max(...realEigenvalues.map((re, i) => Math.hypot(1 + dt * re, dt * imaginaryEigenvalues[i]))),
    spectralNorm: new SVD(jacobian).norm2,
    largestStep: Math.min(...steps),
  };
}

/**
 * Largest dt with |1 + dt lambda| <= 1.
 *
 *     -2 Re lambda / |lambda|^2
 *
 * Eigenvalues of rounding (a neutral direction) do not count.
 */
export function stableStep(real: number, imaginary: number): number {
  const size = Math.hypot(real, imaginary);
  if (size < 1e-12) return Number.POSITIVE_INFINITY;
  return real >= 0 ? 0 : (-2 * real) / size ** 2;
}
