import type { Schedule } from "../contract.ts";

/**
 * Half a cosine from 1 down to a floor.
 *
 *     factor(k) = floor + (1 - floor) (1 + cos(pi k / updates)) / 2
 *
 * The floor itself would be reached one update after the last.
 */
export const cosine: Schedule = {
  name: "cosine",
  summary: "Half a cosine from the full learning rate down to a floor.",
  references: ["loshchilov2017"],
  options: {
    floor: { type: "number", default: 0, from: 0, below: 1, remedy: "0 ends at nothing, 0.1 at a tenth" },
  },
  factor(index, updates, { floor }) {
    const low = floor as number;
    return low + ((1 - low) * (1 + Math.cos((Math.PI * index) / updates))) / 2;
  },
};
