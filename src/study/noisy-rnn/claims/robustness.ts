import { numberText } from "../../../figure/wording.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { contrasts, summaryText } from "../contrasts.ts";
import { type Comparison, compared, comparisonRule, finding } from "./comparison.ts";
import { abstractOf2021 } from "./sources.ts";

/** Mean accuracy over the strengths of each perturbation. */
const perturbations: readonly Comparison[] = [
  { quantity: finding("robustness.areaWhite"), words: "accuracy under white noise", claimed: "higher" },
  {
    quantity: finding("robustness.areaMultiplicative"),
    words: "accuracy under multiplicative noise",
    claimed: "higher",
  },
  { quantity: finding("robustness.areaSaltAndPepper"), words: "accuracy under salt and pepper", claimed: "higher" },
  { quantity: finding("robustness.areaFgsm"), words: "accuracy under the sign of the gradient", claimed: "higher" },
  { quantity: finding("robustness.areaPgdLinf"), words: "accuracy under projected gradient ascent", claimed: "higher" },
  { quantity: finding("robustness.areaOcclusion"), words: "accuracy under missing segments", claimed: "higher" },
];

/** Clean accuracy that may be lost and still count as kept. */
const tolerated = 0.01;

/** Each perturbation has the same say; a family in which clean accuracy falls by more than `tolerated` holds in part at most. */
export const robustness: Claim = {
  name: "robustness",
  statement:
    "Noise in training improves robustness to various perturbations of the input, while accuracy on clean inputs is kept.",
  source: abstractOf2021,
  rule: `${comparisonRule(perturbations)} Clean accuracy must not fall by more than ${tolerated}, or it holds in part at most.`,
  answer(evidence) {
    const answer = compared(evidence, perturbations, ["robustness"]);
    if (answer === undefined) return undefined;
    const clean = contrasts(evidence, { metric: "test-accuracy", part: null });
    const lost = clean.filter(({ difference: { tHigh } }) => tHigh !== null && tHigh < -tolerated);
    const outcome = lost.length > 0 && answer.outcome === "holds" ? "holds in part" : answer.outcome;
    return {
      ...answer,
      outcome,
      measured: [
        ...clean.map(
          ({ label, withNoise, withoutNoise, difference }) =>
            `Clean accuracy, noise ${label}: ${numberText(withNoise.mean)}, without ${numberText(withoutNoise.mean)}, difference ${summaryText(difference)}.`,
        ),
        ...answer.measured,
      ],
      conditions: [
        ...(lost.length > 0
          ? [`Clean accuracy is lost by more than ${tolerated}: noise ${lost.map(({ label }) => label).join("; ")}.`]
          : []),
        ...answer.conditions,
      ],
    };
  },
};
