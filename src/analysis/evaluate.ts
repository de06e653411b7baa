import type { NoiseLevel } from "../network/contract.ts";
import { type Passes, together } from "../network/lockstep.ts";
import type { Split, Task, TrialBatch } from "../task/contract.ts";
import { batchesOf, checkFit, trialBatches } from "../train/batches.ts";
import { losses } from "../train/losses/registry.ts";
import { isSilent, type Score, scoring } from "../train/score.ts";
import { type BiasVariance, biasVarianceTally } from "./bias-variance.ts";
import type { Subject } from "./contract.ts";

/** Which trials, and how often. */
export interface Examination {
  readonly task: Task;
  /** Name of a loss; default: the one the task names. */
  readonly loss?: string;
  /** Default "test". */
  readonly split?: Split;
  /** Trials 0..trials-1 of the split, or those with these indices. */
  readonly trials: number | Uint32Array;
  /** Trials per kernel call; changes nothing but memory and speed. Default 256. */
  readonly batchSize?: number;
  /** Noise draws per trial, >= 1. */
  readonly repeats: number;
}

export interface EvaluateCall extends Subject, Examination {
  readonly level: NoiseLevel;
}

export interface Evaluation extends Score {
  /** For value targets of an open loop, when two draws or more (or no noise) tell the two apart. */
  readonly biasVariance: BiasVariance | undefined;
}

/**
 * Loss and accuracy of a trained network at one noise level, with their spread over trials and noise draws.
 *
 * The noise of trial i and repeat r is addressed by (seed, split, r, i): the same draws at every level, so that curves
 * over the intensity are smooth (common random numbers). Cost: trials times repeats forward passes; one pass per trial
 * where there is no noise.
 *
 * @throws ShapeError when the network does not have the task's channels
 * @throws ParameterError when the split holds fewer trials, or for an unknown loss
 */
export function evaluate(call: EvaluateCall): Evaluation {
  return together(call.kernel, [evaluating(call, examinationBatches(call, call.seed), call.level)])[0];
}

/** The trials of an examination, generated once for several levels. */
export function examinationBatches(
  { task, split = "test", trials, batchSize = 256 }: Examination,
  seed: number,
): TrialBatch[] {
  return typeof trials === "number"
    ? trialBatches(task, split, 0, trials, batchSize, seed)
    : batchesOf(task, split, trials, batchSize, seed);
}

/** `evaluate` on trials that are there, beside others. */
export function* evaluating(
  {
    network,
    weights,
    seed,
    task,
    loss: lossName = task.loss,
    split = "test",
    repeats,
  }: Omit<EvaluateCall, "kernel" | "level">,
  batches: readonly TrialBatch[],
  level: NoiseLevel,
): Passes<Evaluation> {
  checkFit(network, task);
  const loss = losses.get(lossName);
  // The repeats of a closed loop have inputs of their own, so that there is no mean output.
  const isOpen = task.environment === undefined;
  const tells = isOpen && loss.target === "values" && (repeats > 1 || isSilent(network, level));
  const tally = tells ? biasVarianceTally(loss) : undefined;
  const onOutput = tally === undefined ? {} : { onOutput: tally.add };
  const scored = yield* scoring({ network, weights, task, loss, batches, split, level, repeats, seed, ...onOutput });
  return { ...scored, biasVariance: tally?.result() };
}
