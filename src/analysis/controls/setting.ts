import type { RealArray } from "../../engine/contract.ts";
import type { Network, NetworkKernel, Weights } from "../../network/contract.ts";
import type { NoiseSource } from "../../noise/contract.ts";
import type { Task, TrialBatch } from "../../task/contract.ts";
import type { Loss } from "../../train/contract.ts";

/** What controls of one network have in common. */
export interface ControlSetting {
  readonly network: Network;
  readonly weights: Weights;
  /** In float64. */
  readonly kernel: NetworkKernel;
  /** An open loop: a closed one as an expert plays it. */
  readonly task: Task;
  readonly loss: Loss;
  /** How many, of the test split. */
  readonly trials: number;
  readonly batches: readonly TrialBatch[];
  /** The noise in question. */
  readonly source: NoiseSource;
  /** Noise draws per trial, >= 2. */
  readonly repeats: number;
  readonly seed: number;
}

/** The loss of outputs, one array per batch. */
export function lossOfOutputs(
  loss: Loss,
  batches: readonly TrialBatch[],
  outputs: (batch: TrialBatch) => RealArray,
): number {
  let total = 0;
  let weight = 0;
  for (const batch of batches) {
    const measure = loss.measure(outputs(batch), batch);
    if (measure.weight === 0) continue;
    total += measure.value * measure.weight;
    weight += measure.weight;
  }
  return total / weight;
}

/** Verdict where silence does no harm. Another intensity than 0 and that of the training may still be the best. */
export const nothingToRestore =
  "the loss without noise is not above that at the training noise, so this control has nothing to restore";

export function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export function percent(share: number): string {
  return `${digits(100 * share)} %`;
}
