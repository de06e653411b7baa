import { zerosLike } from "../../cell/parametrisations/arrays.ts";
import type { RealArray } from "../../engine/contract.ts";
import type { Optimiser } from "../contract.ts";
import { zeroSlot } from "./slots.ts";

/**
 * Stochastic gradient descent with momentum.
 *
 *     g' = g + decay w;   v = momentum v + g';   w -= rate v            (plain)
 *                                                w -= rate (g' + momentum v)   (Nesterov)
 *
 * The velocity carries no factor (1 - momentum), as in PyTorch, whose numbers test/oracle reproduces.
 */
export const sgd: Optimiser = {
  name: "sgd",
  summary: "Gradient descent with momentum, plain or Nesterov; weight decay enters the gradient.",
  references: ["sutskever2013"],
  options: {
    momentum: { type: "number", default: 0, from: 0, below: 1, remedy: "0.9 is usual, 0 is plain gradient descent" },
    nesterov: { type: "boolean", default: false },
  },
  check: ({ momentum, nesterov }) =>
    nesterov === true && momentum === 0
      ? [
          {
            option: "nesterov",
            rule: "needs a momentum above 0, got momentum 0",
            remedy: "set momentum, for example 0.9",
          },
        ]
      : [],
  init: (weights, options) => ({ count: 0, slots: options.momentum === 0 ? {} : { velocity: zeroSlot(weights) } }),
  update({ weights, gradient, state, rate, weightDecay, options }) {
    const momentum = options.momentum as number;
    const nextWeights: Record<string, RealArray> = {};
    const velocities: Record<string, RealArray> = {};
    for (const [name, w] of Object.entries(weights)) {
      const g = gradient[name];
      const next = zerosLike(w);
      nextWeights[name] = next;
      if (momentum === 0) {
        for (let i = 0; i < w.length; i++) next[i] = w[i] - rate * (g[i] + weightDecay * w[i]);
        continue;
      }
      const before = state.slots.velocity[name];
      const velocity = zerosLike(w);
      velocities[name] = velocity;
      for (let i = 0; i < w.length; i++) {
        const slope = g[i] + weightDecay * w[i];
        const v = momentum * before[i] + slope;
        velocity[i] = v;
        next[i] = w[i] - rate * (options.nesterov === true ? slope + momentum * v : v);
      }
    }
    const slots = momentum === 0 ? {} : { velocity: velocities };
    return { weights: nextWeights, state: { count: state.count + 1, slots } };
  },
};
