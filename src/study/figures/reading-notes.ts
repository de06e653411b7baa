import { metricTitle } from "../../figure/levels.ts";
import { numberText } from "../../figure/wording.ts";
import type { ReadAt } from "./query.ts";

/** Where a metric was read, in a sentence for the caption; none where the figure shows it. */
export function readingNotes(metric: string, at: ReadAt | undefined): string[] {
  if (at === undefined) return [];
  const { argument, point } = at;
  const where =
    point === "trained"
      ? "at the noise intensity of the training"
      : point === "last"
        ? "after the last update"
        : argument === "update"
          ? `after ${numberText(point)} updates`
          : `at a noise intensity of ${numberText(point)}`;
  return [`${metricTitle(metric)} is read ${where}.`];
}
