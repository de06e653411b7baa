import type { Perturbation } from "./contract.ts";

/** Quantisation: x becomes the nearest of low, low + s, low + 2 s, ..., low the least number of the data. */
export const quantisation: Perturbation = {
  name: "quantisation",
  summary: "Every number is rounded to the nearest of equally spaced levels, from the least one of the data on.",
  references: [],
  strength: "distance of two levels, in the unit of the input",
  strengths: [0.1, 0.25, 0.5, 1],
  isRandom: false,
  needsClasses: false,
  prepare({ victim: { clean, stride, counts }, range: { low } }) {
    return (strength) => {
      if (strength === 0) return clean.slice();
      return clean.map((value, i) =>
        i % stride < counts[Math.floor(i / stride)] ? low + strength * Math.round((value - low) / strength) : value,
      );
    };
  },
};
