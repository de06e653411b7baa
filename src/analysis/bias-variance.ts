import type { RealArray } from "../engine/contract.ts";
import type { TrialBatch } from "../task/contract.ts";
import type { Loss } from "../train/contract.ts";

/** Squared error split by what averaging over noise draws would remove. */
export interface BiasVariance {
  /** Squared error of the mean output over noise; unbiased, so it may fall below 0 by sampling error. */
  readonly biasSquared: number;
  /** Variance of the output over noise; unbiased. */
  readonly variance: number;
}

/** Collects outputs of repeated noise draws, batch by batch, repeats innermost. */
export interface BiasVarianceTally {
  add(output: RealArray, batch: TrialBatch, repeat: number): void;
  result(): BiasVariance;
}

/**
 * Bias and variance over noise, averaged as a squared-error loss averages (over steps and channels).
 *
 *     V = S / (R - 1),   bias^2 = (mean - target)^2 - V / R,   S = sum_r (z_r - mean)^2
 *
 * Both are unbiased, and they add up to the loss over the same R draws exactly. A network without noise
 * is given as one draw: V = 0.
 *
 * @param loss of value targets
 */
export function biasVarianceTally(loss: Pick<Loss, "weighting">): BiasVarianceTally {
  let mean = new Float64Array(0);
  let spread = new Float64Array(0);
  let draws = 0;
  let current: TrialBatch | undefined;
  let biasTotal = 0;
  let varianceTotal = 0;
  let weight = 0;

  const close = (): void => {
    if (current?.target.kind !== "values") return;
    const { mask, outputSize, target } = current;
    const { channels, total } = loss.weighting(current);
    weight += total;
    for (let index = 0; index < mask.length; index++) {
      if (mask[index] === 0) continue;
      for (let channel = 0; channel < outputSize; channel++) {
        const i = index * outputSize + channel;
        const share = mask[index] * channels[channel];
        const variance = draws > 1 ? spread[i] / (draws - 1) : 0;
        varianceTotal += share * variance;
        biasTotal += share * ((mean[i] - target.values[i]) ** 2 - variance / draws);
      }
    }
    current = undefined;
  };

  return {
    add(output, batch, repeat) {
      if (repeat === 0) {
        close();
        current = batch;
        draws = 0;
        mean = new Float64Array(output.length);
        spread = new Float64Array(output.length);
      }
      draws++;
      // Welford's recurrence: no difference of large sums.
      for (let i = 0; i < output.length; i++) {
        const before = output[i] - mean[i];
        mean[i] += before / draws;
        spread[i] += before * (output[i] - mean[i]);
      }
    },
    result() {
      close();
      return { biasSquared: biasTotal / weight, variance: varianceTotal / weight };
    },
  };
}
