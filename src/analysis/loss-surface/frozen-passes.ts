import type { Network, NetworkCall, NetworkKernel, NoiseLevel, Weights } from "../../network/contract.ts";
import { together } from "../../network/lockstep.ts";
import type { Split, Task, TrialBatch } from "../../task/contract.ts";
import { firstCountedStep, trialsOf } from "../../train/batches.ts";
import { playing } from "../../train/closed-loop.ts";
import type { Loss } from "../../train/contract.ts";
import { evaluationStream } from "../../train/score.ts";
import { cellStates } from "../cell-states.ts";
import { spreadBatches } from "../spread-trials.ts";

/** Trials with the noise that they get, whatever the weights. */
export interface FrozenPass {
  readonly batch: TrialBatch;
  readonly call: Omit<NetworkCall, "weights">;
  /** Which noise draw, from 0. */
  readonly draw: number;
  /** Part of the batch in the loss; all add up to 1. */
  readonly share: number;
}

export interface FrozenPassOptions {
  readonly network: Network;
  readonly kernel: NetworkKernel;
  readonly weights: Weights;
  readonly task: Task;
  readonly loss: Loss;
  readonly split: Split;
  /** How many trials, spread over the split. */
  readonly trials: number;
  readonly level: NoiseLevel;
  /** Noise draws, >= 1. */
  readonly draws: number;
  readonly seed: number;
}

/** Most numbers that a product keeps of a state and its tangent, over trials and steps: 64 MiB for each state kept. */
const mostNumbers = 2 ** 22;

/**
 * The passes over which a loss is an average: every trial with every noise draw.
 *
 * The noise is that of `evaluate`. A closed loop is played once per draw, with the given weights; from then on its inputs
 * are constants, as in training.
 */
export function frozenPasses(options: FrozenPassOptions): FrozenPass[] {
  const { network, kernel, weights, task, loss, split, trials, level, draws, seed } = options;
  const perPass = Math.floor(mostNumbers / (2 * Math.max(1, cellStates(network).stateSize) * (task.stepCount + 1)));
  const batches = spreadBatches(task, split, trials, Math.min(trials, Math.max(1, perPass)), seed);
  return Array.from({ length: draws }, (_, draw): FrozenPass[] => {
    const key = { seed, stream: evaluationStream(split, draw) };
    const shown = batches.map((batch) => {
      const environment = task.environment?.(split, batch.trials, seed);
      if (environment === undefined) return batch;
      return together(kernel, [playing({ network, weights, level, key }, environment, batch.trials)])[0].batch;
    });
    const totals = shown.map((batch) => loss.weighting(batch).total);
    const total = totals.reduce((sum, one) => sum + one, 0);
    return shown.map((batch, index) => ({
      batch,
      call: { ...trialsOf(network, batch), level, key, outputFrom: firstCountedStep(batch, network.spec.readout) },
      draw,
      share: totals[index] / total / draws,
    }));
  }).flat();
}
