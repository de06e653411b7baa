import { moved, scaled } from "../point.ts";
import type { Scheme } from "./contract.ts";

/**
 * Predictor and corrector, both with the same increments.
 *
 *     k = h + dt f(h) + g(h) dB,   h' = h + dt/2 [f(h) + f(k)] + 1/2 [g(h) + g(k)] dB
 */
export const heun: Scheme = {
  name: "heun",
  summary: "average of drift and diffusion before and after a predicted step; Stratonovich",
  calculus: "Stratonovich",
  strongOrder: { additive: 1, commutative: 1, general: 0.5 },
  weakOrder: 1,
  cost: "two drifts, two diffusions",
  references: ["rumelin1982", "kloeden1992"],
  step: ({ state, dt, drift, motions }) => {
    const slope = drift(state);
    const kicks = motions.map((motion) => motion.kick(state));
    const predicted = moved(state, scaled(dt, slope), ...kicks);
    const slopes = scaled(0.5, moved(slope, drift(predicted)));
    const both = motions.map((motion, index) => scaled(0.5, moved(kicks[index], motion.kick(predicted))));
    return moved(state, scaled(dt, slopes), ...both);
  },
};
