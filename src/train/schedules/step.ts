import type { Schedule } from "../contract.ts";

/**
 * Falls by a factor at equal distances.
 *
 *     factor(k) = f^n,   n = number of milestones first, first + every, first + 2 every, ... < 1 that k / updates passed
 *
 * Milestones are fractions of the run, so that a shortened run keeps its shape.
 */
export const step: Schedule = {
  name: "step",
  summary: "Falls by a factor at one fraction of the run, and again at equal distances after it.",
  references: [],
  options: {
    first: {
      type: "number",
      default: 0.7,
      above: 0,
      below: 1,
      remedy: "it is a fraction of the run: divide by updates",
    },
    every: { type: "number", default: 1, above: 0, to: 1, remedy: "it is a fraction of the run, 1 falls once" },
    factor: { type: "number", default: 0.2, above: 0, below: 1, remedy: "0.1 or 0.2 are usual" },
  },
  factor(index, updates, options) {
    const { first, every, factor } = options as Readonly<Record<keyof typeof step.options, number>>;
    let falls = 0;
    // Whole updates: 0.3 + 2 * 0.3 is not 0.9 in binary, and k / updates would miss or meet it by chance.
    for (let n = 0; first + n * every < 1 - 1e-9; n++) if (index >= Math.round((first + n * every) * updates)) falls++;
    return factor ** falls;
  },
};
