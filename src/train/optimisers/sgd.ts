import type { RealArray } from "../../engine/contract.ts";
import type { Optimiser } from "../contract.ts";
import { below } from "../settings.ts";
import { zeroSlot, zerosLike } from "./arrays.ts";

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
  defaults: { momentum: 0, nesterov: false },
  check: (settings) => [
    ...below(settings, "momentum", 0, 1, "0.9 is usual, 0 is plain gradient descent"),
    ...(settings.nesterov === true && settings.momentum === 0
      ? [
          {
            setting: "nesterov",
            rule: "needs a momentum above 0, got momentum 0",
            remedy: "set momentum, for example 0.9",
          },
        ]
      : []),
  ],
  init: (weights, settings) => ({ count: 0, slots: settings.momentum === 0 ? {} : { velocity: zeroSlot(weights) } }),
  update({ weights, gradient, state, rate, weightDecay, settings }) {
    const momentum = settings.momentum as number;
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
        next[i] = w[i] - rate * (settings.nesterov === true ? slope + momentum * v : v);
      }
    }
    const slots = momentum === 0 ? {} : { velocity: velocities };
    return { weights: nextWeights, state: { count: state.count + 1, slots } };
  },
};
