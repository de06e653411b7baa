import { steepest } from "../attacks/ball.ts";
import type { Perturbation } from "./contract.ts";

/**
 * Fast gradient sign method: x + s sign(grad_x loss), one step.
 *
 * The gradient goes through the whole sequence; for a network that is noisy it is that of the mean loss over noise draws.
 */
export const fastGradientSign: Perturbation = {
  name: "fgsm",
  summary: "One step against the network: every number moves along the sign of the loss's gradient (FGSM).",
  references: ["goodfellow2015", "lim2021"],
  strength: "largest change of a number (l-infinity norm), in the unit of the input",
  strengths: [0.01, 0.05, 0.1, 0.2],
  isRandom: false,
  needsClasses: false,
  prepare({ victim, clip }) {
    const { gradient } = victim.slope(victim.clean);
    return (strength) => {
      const radius = new Float64Array(victim.counts.length).fill(strength);
      const step = steepest(victim, "linf", gradient, radius);
      const input = victim.clean.map((value, i) => value + step[i]);
      clip(input);
      return input;
    };
  },
};
