import { deepFool } from "../attacks/deep-fool.ts";
import type { Perturbation } from "./contract.ts";

/** Halvings of the way to the change that was found: the length is known to 2^-12 of it. */
const bisections = 12;

/**
 * DeepFool: the small l2 change that was found to change the decision, as far as the strength reaches.
 *
 *     x + min(1, s / ||d||) d
 *
 * A trial is decided wrongly from s = ||d|| on, so the accuracy at s is the share of trials whose known margin is larger.
 */
export const deepFoolPath: Perturbation = {
  name: "deepfool",
  summary: "Each trial moves towards the nearest change of decision that DeepFool finds.",
  references: ["moosavi2016"],
  strength: "root of the summed squares of all changes of a trial (l2 norm), in the unit of the input",
  strengths: [0.1, 0.25, 0.5, 1],
  isRandom: false,
  needsClasses: true,
  prepare({ victim, clip, steps }) {
    const { clean, stride } = victim;
    const { input, norms } = deepFool(victim, { steps, bisections, clip });
    return (strength) =>
      clean.map((value, i) => {
        const length = norms[Math.floor(i / stride)];
        if (strength >= length) return input[i];
        return length === Number.POSITIVE_INFINITY ? value : value + (strength / length) * (input[i] - value);
      });
  },
};
