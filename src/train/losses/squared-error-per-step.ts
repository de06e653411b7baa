import { maskedLoss } from "./masked-loss.ts";
import { squaredError } from "./squared-error.ts";

/**
 * Weighted squared error per step and channel: weights raise the loss, they do not cancel in its divisor.
 *
 *     L = sum_bti m_bt c_i (z_bti - t_bti)^2 / (C sum_b T_b),   C outputs, T_b steps of trial b
 *
 * The mean over batch, time and outputs of ((z - t) mask)^2 of Yang et al. when m_bt c_i is their squared mask. Padding
 * after a trial's own steps counts neither above nor below.
 */
export const squaredErrorPerStep = maskedLoss({
  ...squaredError,
  name: "squared-error-per-step",
  summary: "Squared difference of output and target times mask and channel weights, mean over all steps and channels.",
  references: ["yang2019"],
  average: "steps",
});
