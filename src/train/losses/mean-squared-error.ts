import { maskedLoss } from "./masked-loss.ts";
import { squaredError } from "./squared-error.ts";

/**
 * Mean squared error over what mask and channel weights count.
 *
 *     L = sum_bti m_bt c_i (z_bti - t_bti)^2 / (sum_i c_i sum_bt m_bt),   c_i = 1 where a task names no channel weights
 *
 * The divisor counts masked steps times channels, so that the value does not change with the number of trials, masked
 * steps or channels; with weights of 1 it is the mean over all elements.
 */
export const meanSquaredError = maskedLoss({
  ...squaredError,
  name: "mean-squared-error",
  summary: "Squared difference of output and target, mean over masked steps and channels.",
  references: [],
  average: "mask",
});
