/** A network whose scores are linear in its input, with trials on either side of its boundaries: margins in closed form. */
import { normals, stream } from "../../src/core/random.ts";
import type { Network, NetworkOptions, Weights } from "../../src/network/contract.ts";
import { createNetwork } from "../../src/network/network.ts";
import type { Task, TrialBatch } from "../../src/task/contract.ts";
import { randomWeights } from "./networks.ts";

export interface LinearClassifier {
  readonly network: Network;
  readonly weights: Weights;
  readonly task: Task;
  /** Gradient of the score of each class with respect to the input of a trial of so many steps, `[class][time, input]`. */
  slopes(length: number): Float64Array[];
}

export interface LinearSetup {
  readonly classes?: number;
  readonly hiddenSize?: number;
  readonly inputSize?: number;
  readonly stepCount?: number;
  /** Trial i has 2 + i mod (stepCount - 1) steps. */
  readonly hasLengths?: boolean;
  /** Every third trial is labelled with the class that comes second. */
  readonly hasWrong?: boolean;
  readonly noise?: NetworkOptions["noise"];
  /** Anything but "linear", the default, leaves the labels and the closed forms to the linear network. */
  readonly activation?: string;
}

const alpha = 0.4;

export function linearClassifier(setup: LinearSetup = {}): LinearClassifier {
  const {
    classes = 3,
    hiddenSize = 3,
    inputSize = 2,
    stepCount = 5,
    hasLengths = false,
    hasWrong = false,
    activation = "linear",
  } = setup;
  const network = createNetwork({
    cell: "ctrnn",
    inputSize,
    hiddenSize,
    outputSize: classes,
    settings: { alpha, activation },
    ...(setup.noise && { noise: setup.noise }),
  });
  const weights: Weights = {
    ...randomWeights(network, 4, 0.6),
    bRec: new Float64Array(hiddenSize),
    bOut: new Float64Array(classes).map((_, k) => 0.1 * k),
  };
  const { wRec, wIn, wOut, bRec, bOut } = weights;

  const slopes = (length: number): Float64Array[] =>
    Array.from({ length: classes }, (_, k) => {
      const slope = new Float64Array(length * inputSize);
      let adjoint = Array.from(wOut.slice(k * hiddenSize, (k + 1) * hiddenSize));
      for (let t = length - 1; t >= 0; t--) {
        for (let i = 0; i < inputSize; i++) {
          slope[t * inputSize + i] = adjoint.reduce((sum, a, h) => sum + alpha * a * wIn[h * inputSize + i], 0);
        }
        adjoint = adjoint.map(
          (own, j) => (1 - alpha) * own + adjoint.reduce((sum, a, h) => sum + alpha * a * wRec[h * hiddenSize + j], 0),
        );
      }
      return slope;
    });

  const scoresOf = (input: Float32Array, length: number): number[] => {
    let state = new Array<number>(hiddenSize).fill(0);
    for (let t = 0; t < length; t++) {
      state = state.map((own, h) => {
        let drive = bRec[h];
        for (const [j, value] of state.entries()) drive += wRec[h * hiddenSize + j] * value;
        for (let i = 0; i < inputSize; i++) drive += wIn[h * inputSize + i] * input[t * inputSize + i];
        return (1 - alpha) * own + alpha * drive;
      });
    }
    return Array.from({ length: classes }, (_, k) =>
      state.reduce((sum, value, h) => sum + wOut[k * hiddenSize + h] * value, bOut[k]),
    );
  };

  const batch = (indices: Uint32Array): TrialBatch => {
    const stride = stepCount * inputSize;
    const input = new Float32Array(indices.length * stride);
    const truths = new Int32Array(indices.length * stepCount);
    const mask = new Float32Array(indices.length * stepCount);
    const lengths = Uint32Array.from(indices, (index) => (hasLengths ? 2 + (index % (stepCount - 1)) : stepCount));
    for (const [row, trial] of indices.entries()) {
      const length = lengths[row];
      const values = normals(new Float32Array(length * inputSize), { seed: 3, stream: stream("user") }, { trial });
      input.set(values, row * stride);
      const scores = scoresOf(values, length);
      const order = scores.map((_, k) => k).sort((a, b) => scores[b] - scores[a]);
      truths.fill(order[hasWrong && trial % 3 === 2 ? 1 : 0], row * stepCount, (row + 1) * stepCount);
      mask[row * stepCount + length - 1] = 1;
    }
    return {
      batchSize: indices.length,
      stepCount,
      inputSize,
      outputSize: classes,
      input,
      target: { kind: "classes", classes: truths },
      mask,
      trials: indices,
      conditions: {},
      ...(hasLengths && { lengths }),
    };
  };

  return {
    network,
    weights,
    slopes,
    task: {
      name: "linear-classes",
      options: {},
      inputSize,
      outputSize: classes,
      stepCount,
      dt: 10,
      loss: "cross-entropy",
      inputs: Array.from({ length: inputSize }, (_, i) => ({ name: `u${i}`, meaning: "signal" })),
      outputs: Array.from({ length: classes }, (_, i) => ({ name: `z${i}`, meaning: "score" })),
      periods: [],
      trialCount: () => 60,
      batch: (_, indices) => batch(indices),
    },
  };
}

/** Differences of the slopes of the right class and each other one. */
export function rivalSlopes(slopes: readonly Float64Array[], own: number): { rival: number; slope: Float64Array }[] {
  return slopes.flatMap((slope, rival) =>
    rival === own ? [] : [{ rival, slope: slope.map((value, i) => slopes[own][i] - value) }],
  );
}

export const l1 = (values: Float64Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
export const l2 = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
