import type { Schedule } from "../contract.ts";

/**
 * Falls by a factor at each milestone.
 *
 *     factor(k) = f^(number of milestones m with k >= round(m updates))
 *
 * Milestones are fractions of the run, so that a shortened run keeps its shape.
 */
export const step: Schedule = {
  name: "step",
  summary: "Falls by a factor at each milestone, a fraction of the run.",
  references: [],
  defaults: { milestones: [0.7], factor: 0.2 },
  check: ({ milestones, factor }) => [
    ...((milestones as readonly number[]).every((m) => m > 0 && m < 1)
      ? []
      : [
          {
            setting: "milestones",
            rule: `must lie between 0 and 1 (fractions of the run), got ${(milestones as readonly number[]).join(", ")}`,
            remedy: "divide the update number by the number of updates",
          },
        ]),
    ...((factor as number) > 0 && (factor as number) < 1
      ? []
      : [{ setting: "factor", rule: `must lie between 0 and 1, got ${factor}`, remedy: "0.1 or 0.2 are usual" }]),
  ],
  factor(index, updates, { milestones, factor }) {
    const passed = (milestones as readonly number[]).filter((m) => index >= Math.round(m * updates)).length;
    return (factor as number) ** passed;
  },
};
