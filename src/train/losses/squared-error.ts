import type { StepLoss } from "./masked-loss.ts";

/**
 * Squared error of one step, mean over channels.
 *
 *     l(z, t) = sum_i s_i (z_i - t_i)^2,   s_i = 1 / C or the channel's share
 */
export const squaredError: Pick<StepLoss<"values">, "target" | "value" | "gradient" | "hessianProduct"> = {
  target: "values",
  value(output, at, size, truth, values, shares) {
    let sum = 0;
    if (shares !== undefined) {
      for (let i = 0; i < size; i++) {
        const error = output[at + i] - values[truth + i];
        sum += shares[i] * error * error;
      }
      return sum;
    }
    for (let i = 0; i < size; i++) {
      const error = output[at + i] - values[truth + i];
      sum += error * error;
    }
    return sum / size;
  },
  gradient(into, scale, output, at, size, truth, values, shares) {
    if (shares !== undefined) {
      const factor = 2 * scale;
      for (let i = 0; i < size; i++) into[at + i] = factor * shares[i] * (output[at + i] - values[truth + i]);
      return;
    }
    const factor = (2 * scale) / size;
    for (let i = 0; i < size; i++) into[at + i] = factor * (output[at + i] - values[truth + i]);
  },
  hessianProduct(into, scale, _output, tangent, at, size, _truth, shares) {
    if (shares !== undefined) {
      const factor = 2 * scale;
      for (let i = 0; i < size; i++) into[at + i] = factor * shares[i] * tangent[at + i];
      return;
    }
    const factor = (2 * scale) / size;
    for (let i = 0; i < size; i++) into[at + i] = factor * tangent[at + i];
  },
};
