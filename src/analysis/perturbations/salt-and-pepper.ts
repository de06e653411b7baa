import { uniforms } from "../../core/random.ts";
import type { Perturbation } from "./contract.ts";
import { drawsPerChannel } from "./draws.ts";

/** Salt and pepper: with probability s a number becomes the range's least or greatest one, either with probability s / 2. */
export const saltAndPepper: Perturbation = {
  name: "salt-and-pepper",
  summary: "Single numbers are replaced by the least or the greatest one of the data, either as often.",
  references: ["lim2021"],
  strength: "probability that a number is replaced",
  strengths: [0.03, 0.05, 0.1, 0.2],
  most: 1,
  isRandom: true,
  needsClasses: false,
  prepare({ victim, key, range }) {
    // 1/2 on padding, which no strength replaces
    const draws = drawsPerChannel(victim, (out, place) => uniforms(out, key, place)).map((draw) => draw || 0.5);
    return (strength) =>
      victim.clean.map((value, i) => {
        if (draws[i] < strength / 2) return range.low;
        return draws[i] > 1 - strength / 2 ? range.high : value;
      });
  },
};
