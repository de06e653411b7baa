/** Claims that noise moves a number of the network in one direction. */
import { fewestNetworks } from "../../../analysis/verdict.ts";
import type { Outcome } from "../../../figure/report.ts";
import { countText, listText, numberText } from "../../../figure/wording.ts";
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
  /** Above 0 and spread over decades between networks: compared as a ratio, where all are above 0. */
  readonly isScale?: true;
}

export const finding = (part: string): Quantity => ({ metric: findingName, part });

/** Where the interval of the difference lies: "undecided" when it contains 0. */
type Side = "as claimed" | "against" | "undecided" | "too few";

function sideOf(contrast: Contrast, { claimed, isScale }: Comparison): Side {
  const { difference, logRatio, seeds } = contrast;
  const { tLow, tHigh } = (isScale === true ? logRatio : null) ?? difference;
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
 * @param claim everything but its rule and its answer
 * @param comparisons each with the same say
 * @param figures of the family's page that show it
 */
export function comparisonClaim(
  claim: Omit<Claim, "answer" | "rule">,
  comparisons: readonly Comparison[],
  figures: readonly string[],
): Claim {
  return {
    ...claim,
    rule: comparisonRule(comparisons),
    answer: (evidence) => compared(evidence, comparisons, figures),
  };
}

/** "Networks with noise must have ...", for all comparisons. */
export function comparisonRule(comparisons: readonly Comparison[]): string {
  const told = comparisons.map(({ words, claimed }) => `a ${claimed} ${words}`);
  return `Against the control, networks with noise must have ${listText(told)}, each by the interval of the difference (of numbers that span decades, of the ratio) over seeds; where only some comparisons go that way it holds in part.`;
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
      side: sideOf(contrast, comparison),
    })),
  );
  if (found.length === 0) return undefined;
  const undecided = found.filter(({ side }) => side === "undecided");
  const against = found.filter(({ side }) => side === "against");
  const tooFew = found.filter(({ side }) => side === "too few");
  const named = (all: typeof found): string =>
    all.map(({ comparison, contrast }) => `${comparison.words} with noise ${contrast.label}`).join("; ");
  return {
    outcome: outcomeOf(found.map(({ side }) => side)),
    measured: found.map(({ comparison, contrast }) =>
      sentence(
        `${comparison.words}, noise ${contrast.label}: ${numberText(contrast.withNoise.mean)}, without ${numberText(contrast.withoutNoise.mean)}, ${movedText(contrast, comparison)}, ${countText([contrast.seeds], "seed")}`,
      ),
    ),
    conditions: [
      ...(undecided.length > 0 ? [sentence(`undecided, the interval contains 0: ${named(undecided)}`)] : []),
      ...(tooFew.length > 0 ? [sentence(`cannot be told, fewer than ${fewestNetworks} seeds: ${named(tooFew)}`)] : []),
      ...(against.length > 0 ? [sentence(`the other way: ${named(against)}`)] : []),
    ],
    figures,
  };
}

function movedText({ difference, logRatio }: Contrast, { isScale }: Comparison): string {
  const { mean, tLow, tHigh } = (isScale === true ? logRatio : null) ?? {};
  if (mean === undefined || mean === null) return `difference ${summaryText(difference)}`;
  const times = (exponent: number | null | undefined): string =>
    numberText(exponent === null || exponent === undefined ? null : Math.exp(exponent));
  return `${times(mean)} times${tLow === null ? "" : ` (${times(tLow)} to ${times(tHigh)})`}`;
}
