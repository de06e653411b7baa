/** The decision of a trial as a linear function of the outputs, so that it can be differentiated. */
import type { RealArray } from "../../engine/contract.ts";
import type { TrialBatch } from "../../task/contract.ts";

/** What decides each trial of a batch of classes. */
export interface Decision {
  /** Classes that there are scores of: the outputs, or 2 where one output is the log-odds of class 1. */
  readonly classCount: number;
  /** Right class of each trial, `[batch]`. */
  readonly classes: Int32Array;
  /** Weight of each step in the scores, `[batch, time]`; those of a trial sum to 1. */
  readonly weights: Float64Array;
  /** Scores of the classes, `[batch, classCount]`: the mean output over the decision steps; (0, z) for one output. */
  scores(output: RealArray): Float64Array;
  /** Cotangent of the outputs, `[batch, time, outputSize]`, of the sum over trials of the scores of a class. */
  cotangent(index: number): Float64Array;
}

/**
 * The decision of `Loss.correct`: the largest mean score over the masked steps, back from the last one, whose class is
 * the class of the last one.
 *
 * @param batch with class targets; every trial counts at least one step
 */
export function decisionOf(
  batch: Pick<TrialBatch, "batchSize" | "stepCount" | "outputSize" | "mask" | "target">,
): Decision {
  const { batchSize, stepCount, outputSize, mask, target } = batch;
  const truths = target.kind === "classes" ? target.classes : new Int32Array(mask.length);
  const classes = new Int32Array(batchSize).fill(-1);
  const weights = new Float64Array(batchSize * stepCount);
  for (let row = 0; row < batchSize; row++) {
    let total = 0;
    for (let index = (row + 1) * stepCount - 1; index >= row * stepCount; index--) {
      if (mask[index] === 0) continue;
      if (classes[row] === -1) classes[row] = truths[index];
      if (truths[index] !== classes[row]) break;
      weights[index] = mask[index];
      total += mask[index];
    }
    for (let index = row * stepCount; index < (row + 1) * stepCount; index++) weights[index] /= total || 1;
  }
  const isSingle = outputSize === 1;
  const classCount = isSingle ? 2 : outputSize;
  return {
    classCount,
    classes,
    weights,
    scores(output) {
      const scores = new Float64Array(batchSize * classCount);
      for (const [index, weight] of weights.entries()) {
        if (weight === 0) continue;
        const at = Math.floor(index / stepCount) * classCount + (isSingle ? 1 : 0);
        for (let i = 0; i < outputSize; i++) scores[at + i] += weight * output[index * outputSize + i];
      }
      return scores;
    },
    cotangent(index) {
      const into = new Float64Array(weights.length * outputSize);
      const channel = isSingle ? index - 1 : index;
      if (channel < 0) return into;
      for (const [at, weight] of weights.entries()) into[at * outputSize + channel] = weight;
      return into;
    },
  };
}

/**
 * How far the right class is ahead of each other one, `[classCount]`; infinite for the class itself.
 *
 * @param row which trial
 */
export function gapsOf({ classCount, classes }: Decision, scores: Float64Array, row: number): Float64Array {
  const own = scores[row * classCount + classes[row]];
  return Float64Array.from({ length: classCount }, (_, j) =>
    j === classes[row] ? Number.POSITIVE_INFINITY : own - scores[row * classCount + j],
  );
}

/** Whether the gaps leave the right class ahead; a tie goes to the first of equal classes. */
export function isAhead(gaps: Float64Array, own: number): boolean {
  return gaps.every((gap, j) => j === own || gap > 0 || (gap === 0 && own < j));
}
