/** A network as an attack sees it: losses, decisions and their gradients with respect to the input. */
import type { Network, NetworkCall, NetworkKernel, NoiseKey, NoiseLevel, Weights } from "../../network/contract.ts";
import type { Task, TrialBatch } from "../../task/contract.ts";
import { firstCountedStep, trialsOf } from "../../train/batches.ts";
import type { Loss } from "../../train/contract.ts";
import { type Decision, decisionOf } from "./decision.ts";

export interface VictimSetting {
  readonly network: Network;
  /** Of precision float64. */
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly loss: Loss;
  /** Says whether trials of value targets are solved, for tasks that do. */
  readonly judge?: Task["judge"];
  readonly level: NoiseLevel;
  /** One per noise draw that everything is averaged over; one where the level is silent. */
  readonly keys: readonly NoiseKey[];
}

/** What a batch is at some input, averaged over noise draws; every array is `[batch]` and fresh. */
export interface Look {
  readonly losses: Float64Array;
  /** Weight of each trial in the loss. */
  readonly trialWeights: Float64Array;
  /** Share of the draws in which the trial is decided rightly; undefined where nothing is decided. */
  readonly right: Float64Array | undefined;
}

export interface Slope extends Look {
  /** Gradient of each trial's own loss up to a factor > 0 that the batch shares, `[batch, time, inputSize]`; 0 on padding. */
  readonly gradient: Float64Array;
}

export interface ScoreSlopes {
  /** `[batch, classCount]`. */
  readonly scores: Float64Array;
  /** Gradient of the scores of each class, `[batch, time, inputSize]`; 0 on padding. */
  readonly gradients: readonly Float64Array[];
}

export interface Victim {
  readonly batch: TrialBatch;
  /** Inputs of the batch in float64. */
  readonly clean: Float64Array;
  /** Numbers of a trial, `stepCount * inputSize`; those that may be changed are the first `counts[row]`. */
  readonly stride: number;
  /** `[batch]`: steps of the trial times channels. */
  readonly counts: Uint32Array;
  /** Of batches with class targets. */
  readonly decision: Decision;
  look(input: Float64Array): Look;
  slope(input: Float64Array): Slope;
  /** Scores averaged over noise draws, `[batch, classCount]`. */
  scores(input: Float64Array): Float64Array;
  scoreSlopes(input: Float64Array): ScoreSlopes;
}

/**
 * A batch under attack.
 *
 * Averages over the noise draws are those of expectation over transformation: the gradient of the mean loss, and scores
 * of the mean output (athalye2018). Cost: a forward pass per draw; `slope` a reverse pass besides, `scoreSlopes` one per
 * class.
 */
export function victimOf(setting: VictimSetting, batch: TrialBatch): Victim {
  const { network, kernel, weights, loss, judge, level, keys } = setting;
  const { batchSize, stepCount, inputSize } = batch;
  const stride = stepCount * inputSize;
  const counts = Uint32Array.from({ length: batchSize }, (_, row) => (batch.lengths?.[row] ?? stepCount) * inputSize);
  const outputFrom = firstCountedStep(batch, network.spec.readout);
  const trials = trialsOf(network, batch);
  const decision = decisionOf(batch);
  const call = (input: Float64Array, key: NoiseKey): NetworkCall => ({
    ...trials,
    input,
    weights,
    level,
    key,
    outputFrom,
  });
  const masked = (gradient: Float64Array): Float64Array => {
    for (let row = 0; row < batchSize; row++) gradient.fill(0, row * stride + counts[row], (row + 1) * stride);
    return gradient;
  };

  const looked = (input: Float64Array, gradient?: Float64Array): Look => {
    const losses = new Float64Array(batchSize);
    const right = new Float64Array(batchSize);
    let trialWeights: Float64Array = new Float64Array(batchSize);
    let isDecided = false;
    for (const key of keys) {
      const pass = kernel.forward(call(input, key), gradient !== undefined);
      const measure = loss.measure(pass.output, batch);
      addTo(losses, measure.perTrial, 1 / keys.length);
      trialWeights = measure.trialWeights;
      const correct = loss.correct(pass.output, batch) ?? judge?.solved(pass.output, batch);
      isDecided = correct !== undefined;
      if (correct !== undefined) addTo(right, correct, 1 / keys.length);
      if (gradient !== undefined) {
        addTo(gradient, pass.backwardAll({ output: loss.gradient(pass.output, batch) }).input, 1 / keys.length);
      }
    }
    return { losses, trialWeights, right: isDecided ? right : undefined };
  };

  return {
    batch,
    clean: Float64Array.from(batch.input),
    stride,
    counts,
    decision,
    look: (input) => looked(input),
    slope(input) {
      const gradient = new Float64Array(input.length);
      const look = looked(input, gradient);
      return { ...look, gradient: masked(gradient) };
    },
    scores(input) {
      const scores = new Float64Array(batchSize * decision.classCount);
      for (const key of keys) {
        addTo(scores, decision.scores(kernel.forward(call(input, key)).output), 1 / keys.length);
      }
      return scores;
    },
    scoreSlopes(input) {
      const scores = new Float64Array(batchSize * decision.classCount);
      const gradients = Array.from({ length: decision.classCount }, () => new Float64Array(input.length));
      const isSingle = network.spec.outputSize === 1;
      for (const key of keys) {
        const pass = kernel.forward(call(input, key), true);
        addTo(scores, decision.scores(pass.output), 1 / keys.length);
        for (const [index, gradient] of gradients.entries()) {
          // the score of class 0 of a single output is the constant 0
          if (isSingle && index === 0) continue;
          addTo(gradient, pass.backwardAll({ output: decision.cotangent(index) }).input, 1 / keys.length);
        }
      }
      return { scores, gradients: gradients.map(masked) };
    },
  };
}

/** into += factor * values */
function addTo(into: Float64Array, values: ArrayLike<number>, factor: number): void {
  for (let i = 0; i < into.length; i++) into[i] += factor * values[i];
}
