/** Claims that noise moves a number of the network in one direction. */
import { fewestNetworks } from "../../../analysis/verdict.ts";
import type { Outcome } from "../../../figure/report.ts";
import { countText, numberText } from "../../../figure/wording.ts";
import { findingName } from "../../metrics.ts";
import { sentence } from "../../reproduction/answers.ts";
import type { Claim, FamilyAnswer, FamilyResults } from "../../reproduction/contract.ts";
import { type Contrast, contrasts, type Quantity, summaryText } from "../contrasts.ts";

export interface Comparison {
  readonly quantity: Quantity;
  /** What the number is, in a sentence: "largest eigenvalue of the Hessian". */
  readonly words: string;
  /** The direction that is claimed. */
  readonly claimed: "lower" | "higher";
}

export const finding = (part: string): Quantity => ({ metric: findingName, part });

/** Where the interval of the difference lies: "undecided" when it contains 0. */
type Side = "as claimed" | "against" | "undecided" | "too few";

function sideOf({ difference: { tLow, tHigh }, seeds }: Contrast, claimed: Comparison["claimed"]): Side {
  if (tLow === null || tHigh === null || seeds < fewestNetworks) return "too few";
  if (tLow > 0) return claimed === "higher" ? "as claimed" : "against";
  if (tHigh < 0) return claimed === "lower" ? "as claimed" : "against";
  return "undecided";
}

/** All as claimed: holds; some: in part; none, and some against: does not hold; else nothing can be told. */
export function outcomeOf(sides: readonly Side[]): Outcome {
  const asked = sides.filter((side) => side !== "too few");
  if (asked.length > 0 && asked.every((side) => side === "as claimed")) return "holds";
  if (asked.includes("as claimed")) return "holds in part";
  return asked.includes("against") ? "does not hold" : "not testable";
}

/**
 * A claim about one or more numbers, each compared with the control over common seeds.
 *
 * @param claim everything but its answer
 * @param comparisons each with the same say
 * @param figures of the family's page that show it
 */
export function comparisonClaim(
  claim: Omit<Claim, "answer">,
  comparisons: readonly Comparison[],
  figures: readonly string[],
): Claim {
  return { ...claim, answer: (evidence) => compared(evidence, comparisons, figures) };
}

export function compared(
  evidence: FamilyResults,
  comparisons: readonly Comparison[],
  figures: readonly string[],
): FamilyAnswer | undefined {
  const found = comparisons.flatMap((comparison) =>
    contrasts(evidence, comparison.quantity).map((contrast) => ({
      comparison,
      contrast,
      side: sideOf(contrast, comparison.claimed),
    })),
  );
  if (found.length === 0) return undefined;
  const undecided = found.filter(({ side }) => side === "undecided");
  const against = found.filter(({ side }) => side === "against");
  const named = (all: typeof found): string =>
    all.map(({ comparison, contrast }) => `${comparison.words} with noise ${contrast.label}`).join("; ");
  return {
    outcome: outcomeOf(found.map(({ side }) => side)),
    measured: found.map(({ comparison, contrast }) =>
      sentence(
        `${comparison.words}, noise ${contrast.label}: ${numberText(contrast.withNoise.mean)}, without ${numberText(contrast.withoutNoise.mean)}, difference ${summaryText(contrast.difference)}, ${countText([contrast.seeds], "seed")}`,
      ),
    ),
    conditions: [
      ...(undecided.length > 0 ? [sentence(`undecided, the interval contains 0: ${named(undecided)}`)] : []),
      ...(against.length > 0 ? [sentence(`the other way: ${named(against)}`)] : []),
    ],
    figures,
  };
}
