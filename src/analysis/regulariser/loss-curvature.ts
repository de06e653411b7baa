/** Slope and Hessian of a loss in the outputs, step by step. */
import type { TrialBatch } from "../../task/contract.ts";
import type { Loss } from "../../train/contract.ts";

export interface LossCurvature {
  /** Of the batch's loss in the outputs of one trial at one step: `[output]` and `[output, output]`. */
  at(row: number, step: number): { readonly slope: Float64Array; readonly hessian: Float64Array };
}

/**
 * Losses are sums over trials and steps, so that the Hessian has no terms between them: one product per output gives all.
 *
 * @param output without noise, `[batch, time, output]`
 */
export function lossCurvature(loss: Loss, output: Float64Array, batch: TrialBatch): LossCurvature {
  const { outputSize, stepCount } = batch;
  const slopes = Float64Array.from(loss.gradient(output, batch));
  const columns = Array.from({ length: outputSize }, (_, channel) => {
    const direction = new Float64Array(output.length);
    for (let i = channel; i < direction.length; i += outputSize) direction[i] = 1;
    return loss.gradientTangent(output, direction, batch);
  });
  return {
    at: (row, step) => {
      const at = (row * stepCount + step) * outputSize;
      const hessian = new Float64Array(outputSize * outputSize);
      for (const [channel, column] of columns.entries()) {
        for (let i = 0; i < outputSize; i++) hessian[i * outputSize + channel] = column[at + i];
      }
      return { slope: slopes.slice(at, at + outputSize), hessian };
    },
  };
}
