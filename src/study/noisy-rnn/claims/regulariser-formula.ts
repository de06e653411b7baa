import type { Outcome } from "../../../figure/report.ts";
import { countText } from "../../../figure/wording.ts";
import { exceptions, oneSeed, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FoundNumber, found, foundRatio, foundText } from "../../reproduction/findings.ts";
import { abstractOf2021 } from "./sources.ts";

/** Shares of the penalty that the loss may rise by beside it at the training noise, for all of the claim or a part of it. */
const beside = { whole: 0.3, part: 0.6 } as const;

/**
 * The mean loss rises with the noise by the penalty (P + Q) / 2 and a remainder, which is of fourth order. Put against the
 * penalty: the remainder at the training noise, by Monte Carlo along the draws that the penalty is estimated with.
 */
export const regulariserFormula: Claim = {
  name: "regulariser-formula",
  statement:
    "For small noise, injecting it is, in expectation, adding an explicit regulariser to the loss, made of the curvature of the dynamics and of the loss.",
  source: abstractOf2021,
  rule: `What the loss rises by beside the penalty must be less than ${beside.whole} of the penalty, by the whole interval over seeds; below ${beside.part} in the mean it is met in part.`,
  answer(evidence) {
    const shares = foundRatio(evidence, "regulariser.remainder", "regulariser.regulariser");
    const orders = found(evidence, "regulariser.order");
    if (shares.length === 0) return undefined;
    return {
      outcome: together(shares.map(outcomeOf)),
      measured: shares.map((share) => {
        const order = orders.find((other) => isOf(other, share));
        const fitted =
          order === undefined
            ? ""
            : `; where it can be told from 0 it falls with the power ${foundText(order)} of the noise (${countText([order.seeds], "seed")})`;
        return sentence(
          `${placeText(share)}: beside the penalty the loss rises by ${foundText(share)} times the penalty${fitted}, ${countText([share.seeds], "seed")}`,
        );
      }),
      conditions: exceptions(
        shares.map((share) => ({
          place: `${placeText(share)}${outcomeOf(share) === "does not hold" ? " (this noise is not small)" : ""}`,
          outcome: outcomeOf(share),
          why: oneSeed,
        })),
      ),
      figures: ["regulariser-remainder"],
    };
  },
};

function outcomeOf({ mean, tLow, tHigh }: FoundNumber): Outcome {
  if (mean === null || tLow === null || tHigh === null) return "not testable";
  if (tLow > -beside.whole && tHigh < beside.whole) return "holds";
  return Math.abs(mean) < beside.part ? "holds in part" : "does not hold";
}

function placeText({ site, label }: FoundNumber): string {
  return label === "" ? `noise at the ${site}` : label;
}

function isOf(one: FoundNumber, other: FoundNumber): boolean {
  return one.site === other.site && one.trainIntensity === other.trainIntensity && one.label === other.label;
}
