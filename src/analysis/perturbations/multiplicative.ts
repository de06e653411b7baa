import { normals } from "../../core/random.ts";
import type { Perturbation } from "./contract.ts";
import { drawsPerChannel } from "./draws.ts";

/** Multiplicative white noise: x (1 + s z), z standard normal at each step and channel. */
export const multiplicative: Perturbation = {
  name: "multiplicative",
  summary: "Every step and channel is multiplied by one plus white Gaussian noise.",
  references: ["lim2021"],
  strength: "standard deviation of the factor",
  strengths: [0.2, 0.4, 0.8, 1.2],
  isRandom: true,
  needsClasses: false,
  prepare({ victim, key }) {
    const draws = drawsPerChannel(victim, (out, place) => normals(out, key, place));
    return (strength) => victim.clean.map((value, i) => value * (1 + strength * draws[i]));
  },
};
