import { projectedGradient } from "../attacks/projected-gradient.ts";
import type { Perturbation } from "./contract.ts";

/** Projected gradient ascent of the loss in the Euclidean ball about each trial; see `projectedGradient`. */
export const pgdL2: Perturbation = {
  name: "pgd-l2",
  summary: "Projected gradient ascent of the loss in the Euclidean ball about the trial.",
  references: ["madry2018"],
  strength: "root of the summed squares of all changes of a trial (l2 norm), in the unit of the input",
  strengths: [0.1, 0.25, 0.5, 1],
  isRandom: false,
  needsClasses: false,
  prepare({ victim, clip, steps, restarts, startKey }) {
    return (strength) => {
      const radius = new Float64Array(victim.counts.length).fill(strength);
      return projectedGradient(victim, radius, { norm: "l2", steps, restarts, key: startKey, clip });
    };
  },
};
