/** Loss and accuracy of fixed weights on fixed trials: what validation and evaluation share. */
import { stream } from "../core/random.ts";
import type { RealArray } from "../engine/contract.ts";
import type { Network, NetworkKernel, NoiseLevel, Weights } from "../network/contract.ts";
import { forwardPass, type Passes, together } from "../network/lockstep.ts";
import type { Split, TrialBatch } from "../task/contract.ts";
import { firstCountedStep } from "./batches.ts";
import type { Loss } from "./contract.ts";
import { accuracyOf } from "./losses/masked-loss.ts";

export interface ScoreCall {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly loss: Loss;
  /** Trials, in batches; see `trialBatches`. */
  readonly batches: readonly TrialBatch[];
  /** Split the trials are from: each split has noise streams of its own. */
  readonly split: Split;
  readonly level: NoiseLevel;
  /** Noise draws per trial, >= 1. */
  readonly repeats: number;
  readonly seed: number;
  /** Sees the output of every batch and computed repeat; batch by batch, repeats innermost. */
  readonly onOutput?: (output: RealArray, batch: TrialBatch, repeat: number) => void;
}

export interface Score {
  /** Mean over trials and repeats, trials weighted by their mask; NaN or infinite when an output is. */
  readonly loss: number;
  /** Fraction of decided trials, mean over repeats; undefined for value targets. */
  readonly accuracy: number | undefined;
  /** Loss of each trial, mean over repeats, `[trial]`. */
  readonly perTrial: Float64Array;
  /** Weight of each trial in the mean: the sum of its mask, `[trial]`. */
  readonly trialWeights: Float64Array;
  /** Loss of each repeat, `[repeat]`. */
  readonly perRepeat: Float64Array;
  /** Accuracy of each repeat, `[repeat]`; undefined for value targets. */
  readonly accuracyPerRepeat: Float64Array | undefined;
  /** First output that is not finite, in the order of batches and repeats. */
  readonly firstBad: { readonly trial: number; readonly step: number; readonly repeat: number } | undefined;
}

const splitCode = { test: 0, validation: 1, train: 2 } as const satisfies Record<Split, number>;

/** Noise stream of one repeat of an evaluation, the same at every noise level and for every set of weights. */
export function evaluationStream(split: Split, repeat: number): number {
  return stream("evaluation-noise", splitCode[split] * 2 ** 20 + repeat);
}

/** Whether a level leaves no noise at any site. */
export function isSilent(network: Network, level: NoiseLevel): boolean {
  return Object.values(network.noiseAt(level)).every(({ intensity }) => intensity === 0);
}

/**
 * Scores weights at one noise level.
 *
 * Noise draws are addressed by (seed, split, repeat, trial), not by the level, so scores at two levels differ by the
 * intensity alone (common random numbers). Without noise all repeats are equal and one is computed.
 *
 * Cost: one forward pass per batch and repeat.
 */
export function score(call: ScoreCall): Score {
  return together(call.kernel, [scoring(call)])[0];
}

/** `score`, beside others. */
export function* scoring(call: Omit<ScoreCall, "kernel">): Passes<Score> {
  const { network, weights, loss, batches, split, level, repeats, seed } = call;
  const draws = isSilent(network, level) ? 1 : repeats;
  const trialCount = batches.reduce((sum, batch) => sum + batch.batchSize, 0);
  const perTrial = new Float64Array(trialCount);
  const trialWeights = new Float64Array(trialCount);
  const rightPerTrial = Array.from({ length: draws }, () => new Uint8Array(trialCount));
  const totalPerRepeat = new Float64Array(draws);
  let weight = 0;
  let firstBad: Score["firstBad"];
  let start = 0;
  for (const batch of batches) {
    const outputFrom = firstCountedStep(batch, network.spec.readout);
    for (let repeat = 0; repeat < draws; repeat++) {
      const { batchSize, stepCount, input, trials } = batch;
      const key = { seed, stream: evaluationStream(split, repeat) };
      const pass = { weights, batchSize, stepCount, input, trials, level, key, outputFrom };
      const { output } = yield* forwardPass(network, pass);
      const measure = loss.measure(output, batch);
      for (let row = 0; row < batchSize; row++) {
        perTrial[start + row] += measure.perTrial[row] / draws;
        trialWeights[start + row] = measure.trialWeights[row];
      }
      totalPerRepeat[repeat] += measure.value * measure.weight;
      if (repeat === 0) weight += measure.weight;
      const correct = loss.correct(output, batch);
      if (correct !== undefined) rightPerTrial[repeat].set(correct, start);
      if (measure.firstBad !== undefined) {
        firstBad ??= { trial: trials[measure.firstBad.row], step: measure.firstBad.step, repeat };
      }
      call.onOutput?.(output, batch, repeat);
    }
    start += batch.batchSize;
  }
  const drawn = totalPerRepeat.map((total) => total / weight);
  const right = Float64Array.from(rightPerTrial, (correct) => accuracyOf(correct, trialWeights));
  const judged = loss.target === "classes";
  return {
    loss: mean(drawn),
    accuracy: judged ? mean(right) : undefined,
    perTrial,
    trialWeights,
    perRepeat: perDraw(drawn, repeats),
    accuracyPerRepeat: judged ? perDraw(right, repeats) : undefined,
    firstBad,
  };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Values per repeat from values per computed draw: one draw stands for all repeats when there is no noise. */
function perDraw(drawn: Float64Array, repeats: number): Float64Array {
  return drawn.length === repeats ? drawn : new Float64Array(repeats).fill(drawn[0]);
}
