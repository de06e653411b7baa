import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Optimiser, UpdateCall, UpdateResult } from "../contract.ts";
import { zeroSlot } from "./slots.ts";

const parts = {
  options: {
    beta1: { type: "number", default: 0.9, from: 0, below: 1, remedy: "0.9 is usual" },
    beta2: { type: "number", default: 0.999, from: 0, below: 1, remedy: "0.999 is usual" },
    epsilon: { type: "number", default: 1e-8, from: 0, remedy: "1e-8 is usual" },
  },
  init: (weights) => ({ count: 0, slots: { mean: zeroSlot(weights), square: zeroSlot(weights) } }),
} satisfies Partial<Optimiser>;

/**
 * Adam.
 *
 *     g' = g + decay w;   m = beta1 m + (1 - beta1) g';   v = beta2 v + (1 - beta2) g'^2
 *     w -= rate (m / (1 - beta1^k)) / (sqrt(v / (1 - beta2^k)) + epsilon),   k = 1, 2, ...
 *
 * Epsilon is added after the bias-corrected root, as in the paper's Algorithm 1 and in PyTorch.
 */
export const adam: Optimiser = {
  ...parts,
  name: "adam",
  summary: "Steps scaled by running moments of the gradient; weight decay enters the gradient.",
  references: ["kingma2015"],
  update: (call) => adamStep(call, call.weightDecay, 1),
};

/**
 * Adam with decoupled weight decay: w shrinks by the factor 1 - rate decay before Adam's step on the bare gradient.
 */
export const adamW: Optimiser = {
  ...parts,
  name: "adamw",
  summary: "Adam with weight decay that shrinks the weights directly instead of entering the gradient.",
  references: ["kingma2015", "loshchilov2019"],
  update: (call) => adamStep(call, 0, 1 - call.rate * call.weightDecay),
};

function adamStep(
  { weights, gradient, state, rate, options }: UpdateCall,
  decay: number,
  shrink: number,
): UpdateResult {
  const { beta1, beta2, epsilon } = options as Readonly<Record<keyof typeof parts.options, number>>;
  const count = state.count + 1;
  const step = rate / (1 - beta1 ** count);
  const rootCorrection = Math.sqrt(1 - beta2 ** count);
  const nextWeights: Record<string, RealArray> = {};
  const mean: Record<string, RealArray> = {};
  const square: Record<string, RealArray> = {};
  for (const [name, w] of Object.entries(weights)) {
    const g = gradient[name];
    const meanBefore = state.slots.mean[name];
    const squareBefore = state.slots.square[name];
    const next = zerosLike(w);
    const means = zerosLike(w);
    const squares = zerosLike(w);
    nextWeights[name] = next;
    mean[name] = means;
    square[name] = squares;
    for (let i = 0; i < w.length; i++) {
      const slope = g[i] + decay * w[i];
      const m = beta1 * meanBefore[i] + (1 - beta1) * slope;
      const v = beta2 * squareBefore[i] + (1 - beta2) * slope * slope;
      means[i] = m;
      squares[i] = v;
      next[i] = shrink * w[i] - (step * m) / (Math.sqrt(v) / rootCorrection + epsilon);
    }
  }
  return { weights: nextWeights, state: { count, slots: { mean, square } } };
}
