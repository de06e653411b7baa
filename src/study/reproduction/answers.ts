/** How outcomes are put together. */
import { groups } from "../../figure/conditions.ts";
import type { Outcome } from "../../figure/report.ts";

/** What parts say together: those that cannot be tested do not count while others can. */
export function together(outcomes: readonly Outcome[]): Outcome {
  const tested = new Set(outcomes.filter((outcome) => outcome !== "not testable"));
  if (tested.size === 0) return "not testable";
  const [only] = tested;
  return tested.size === 1 ? only : "holds in part";
}

/** What one kind of network says to a claim. */
export interface Judged {
  readonly place: string;
  readonly outcome: Outcome;
  /** Why nothing can be told, a clause. */
  readonly why?: string;
}

/** Of numbers over seeds without an interval. */
export const oneSeed = "one seed, so no interval";

/** What does not meet the rule of a claim wholly: a sentence for all that does in part, for all that does not, and per reason. */
export function exceptions(judged: readonly Judged[]): string[] {
  const headingOf = ({ outcome, why }: Judged): string => {
    if (outcome === "holds in part") return "met in part";
    if (outcome === "does not hold") return "not met";
    return why === undefined ? "cannot be told" : `cannot be told, ${why}`;
  };
  const notable = judged.filter(({ outcome }) => outcome !== "holds");
  return [...groups(notable, headingOf)].map(([heading, members]) =>
    sentence(`${heading}: ${members.map(({ place }) => place).join("; ")}`),
  );
}

/** A clause as a sentence. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
