import { projectedGradient } from "../attacks/projected-gradient.ts";
import type { Perturbation } from "./contract.ts";

/** Projected gradient ascent of the loss in the l-infinity ball about each trial; see `projectedGradient`. */
export const pgdLinf: Perturbation = {
  name: "pgd-linf",
  summary: "Projected gradient ascent of the loss in the l-infinity ball about the trial.",
  references: ["madry2018"],
  strength: "largest change of a number (l-infinity norm), in the unit of the input",
  strengths: [0.01, 0.05, 0.1, 0.2],
  isRandom: false,
  needsClasses: false,
  prepare({ victim, clip, steps, restarts, startKey }) {
    return (strength) => {
      const radius = new Float64Array(victim.counts.length).fill(strength);
      return projectedGradient(victim, radius, { norm: "linf", steps, restarts, key: startKey, clip });
    };
  },
};
