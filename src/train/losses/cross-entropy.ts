import type { RealArray } from "../../engine/contract.ts";
import { maskedLoss } from "./masked-loss.ts";

/**
 * Cross-entropy of the softmax of the output against a class, mean over masked steps.
 *
 *     l(z, y) = log sum_j exp(z_j) - z_y
 *
 * With one output z is the log-odds of class 1: the softmax over (0, z). Evaluated as
 * (z_max - z_y) + log1p(sum of the other exponentials), which neither overflows nor loses the small loss of a sure and
 * right answer.
 */
export const crossEntropy = maskedLoss({
  name: "cross-entropy",
  summary: "Negative log-probability of the class under the softmax of the output, mean over masked steps.",
  references: [],
  target: "classes",
  average: "mask",
  value(output, at, size, truth) {
    if (size === 1) {
      const margin = truth === 1 ? output[at] : -output[at];
      return Math.max(0, -margin) + Math.log1p(Math.exp(-Math.abs(margin)));
    }
    const top = largest(output, at, size);
    let others = 0;
    for (let i = 0; i < size; i++) if (i !== top) others += Math.exp(output[at + i] - output[at + top]);
    return output[at + top] - output[at + truth] + Math.log1p(others);
  },
  gradient(into, scale, output, at, size, truth) {
    if (size === 1) {
      into[at] = truth === 1 ? -scale * logistic(-output[at]) : scale * logistic(output[at]);
      return;
    }
    const { top, sum } = normaliser(output, at, size);
    // p_y - 1 as minus the sum of the others: no cancellation when p_y is close to 1.
    let others = 0;
    for (let i = 0; i < size; i++) {
      if (i === truth) continue;
      const probability = Math.exp(output[at + i] - top) / sum;
      into[at + i] = scale * probability;
      others += probability;
    }
    into[at + truth] = -scale * others;
  },
  hessianProduct(into, scale, output, tangent, at, size) {
    if (size === 1) {
      into[at] = scale * logistic(output[at]) * logistic(-output[at]) * tangent[at];
      return;
    }
    const { top, sum } = normaliser(output, at, size);
    let mean = 0;
    for (let i = 0; i < size; i++) mean += (Math.exp(output[at + i] - top) / sum) * tangent[at + i];
    for (let i = 0; i < size; i++) {
      into[at + i] = scale * (Math.exp(output[at + i] - top) / sum) * (tangent[at + i] - mean);
    }
  },
});

function largest(output: RealArray, at: number, size: number): number {
  let top = 0;
  for (let i = 1; i < size; i++) if (output[at + i] > output[at + top]) top = i;
  return top;
}

function normaliser(output: RealArray, at: number, size: number): { top: number; sum: number } {
  const top = output[at + largest(output, at, size)];
  let sum = 0;
  for (let i = 0; i < size; i++) sum += Math.exp(output[at + i] - top);
  return { top, sum };
}

/** 1 / (1 + exp(-x)); exp may overflow to infinity, which gives 0, the right limit. */
function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
