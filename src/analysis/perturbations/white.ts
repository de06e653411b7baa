import { normals } from "../../core/random.ts";
import type { Perturbation } from "./contract.ts";
import { drawsPerChannel } from "./draws.ts";

/** White noise: x + s z, z standard normal at each step and channel. */
export const white: Perturbation = {
  name: "white",
  summary: "White Gaussian noise is added to every step and channel.",
  references: ["lim2021"],
  strength: "standard deviation of the noise, in the unit of the input",
  strengths: [0.1, 0.2, 0.3, 0.5, 1],
  isRandom: true,
  needsClasses: false,
  prepare({ victim, key }) {
    const draws = drawsPerChannel(victim, (out, place) => normals(out, key, place));
    return (strength) => victim.clean.map((value, i) => value + strength * draws[i]);
  },
};
