/** How outcomes are put together. */
import type { Outcome } from "../../figure/report.ts";

/** What parts say together: those that cannot be tested do not count while others can. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const tested = new Set(outcomes.filter((outcome) => outcome !== "not testable"));
  if (tested.size === 0) return "not testable";
  const [only] = tested;
  return tested.size === 1 ? only : "holds in part";
}

/** A clause as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
