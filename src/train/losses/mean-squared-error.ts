import { maskedLoss } from "./masked-loss.ts";

/**
 * Mean squared error over what the mask counts.
 *
 *     L = sum_bti m_bt (z_bti - t_bti)^2 / (C sum_bt m_bt),   C outputs
 *
 * The divisor counts masked steps times channels, so that the value does not change with the number of trials, masked
 * steps or channels; with a mask of ones it is the mean over all elements.
 */
export const meanSquaredError = maskedLoss({
  name: "mean-squared-error",
  summary: "Squared difference of output and target, mean over masked steps and channels.",
  references: [],
  target: "values",
  value(output, at, size, truth, values) {
    let sum = 0;
    for (let i = 0; i < size; i++) {
      const error = output[at + i] - values[truth + i];
      sum += error * error;
    }
    return sum / size;
  },
  gradient(into, scale, output, at, size, truth, values) {
    const factor = (2 * scale) / size;
    for (let i = 0; i < size; i++) into[at + i] = factor * (output[at + i] - values[truth + i]);
  },
  hessianProduct(into, scale, _output, tangent, at, size) {
    const factor = (2 * scale) / size;
    for (let i = 0; i < size; i++) into[at + i] = factor * tangent[at + i];
  },
});
