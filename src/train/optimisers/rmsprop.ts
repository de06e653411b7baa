import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Optimiser } from "../contract.ts";
import { zeroSlot } from "./slots.ts";

/**
 * RMSprop.
 *
 *     g' = g + decay w;   v = smoothing v + (1 - smoothing) g'^2;   s = g' / (sqrt(v) + epsilon)
 *     b = momentum b + s;   w -= rate b
 *
 * Epsilon is added after the root, as in PyTorch (other libraries add it under the root).
 */
export const rmsprop: Optimiser = {
  name: "rmsprop",
  summary: "Steps scaled by a running mean square of the gradient; weight decay enters the gradient.",
  references: ["tieleman2012"],
  options: {
    smoothing: { type: "number", default: 0.99, from: 0, below: 1, remedy: "0.99 is usual" },
    epsilon: { type: "number", default: 1e-8, from: 0, remedy: "1e-8 is usual" },
    momentum: { type: "number", default: 0, from: 0, below: 1, remedy: "0 is usual" },
  },
  init: (weights, options) => ({
    count: 0,
    slots: { square: zeroSlot(weights), ...(options.momentum === 0 ? {} : { velocity: zeroSlot(weights) }) },
  }),
  update({ weights, gradient, state, rate, weightDecay, options }) {
    const { smoothing, epsilon, momentum } = options as { smoothing: number; epsilon: number; momentum: number };
    const nextWeights: Record<string, RealArray> = {};
    const square: Record<string, RealArray> = {};
    const velocity: Record<string, RealArray> = {};
    for (const [name, w] of Object.entries(weights)) {
      const g = gradient[name];
      const squareBefore = state.slots.square[name];
      const velocityBefore = state.slots.velocity?.[name];
      const next = zerosLike(w);
      const squares = zerosLike(w);
      nextWeights[name] = next;
      square[name] = squares;
      if (velocityBefore !== undefined) velocity[name] = zerosLike(w);
      for (let i = 0; i < w.length; i++) {
        const slope = g[i] + weightDecay * w[i];
        const v = smoothing * squareBefore[i] + (1 - smoothing) * slope * slope;
        squares[i] = v;
        let step = slope / (Math.sqrt(v) + epsilon);
        if (velocityBefore !== undefined) {
          step += momentum * velocityBefore[i];
          velocity[name][i] = step;
        }
        next[i] = w[i] - rate * step;
      }
    }
    const slots = momentum === 0 ? { square } : { square, velocity };
    return { weights: nextWeights, state: { count: state.count + 1, slots } };
  },
};
