import { countText } from "../../../figure/wording.ts";
import { exceptions, type Judged, oneSeed, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FoundNumber, found, foundRatio, foundText } from "../../reproduction/findings.ts";
import type { FamilyEvidence } from "../evidence.ts";
import { placeText } from "./places.ts";
import { abstracts } from "./sources.ts";

/** Shares of the measured bias that the prediction may miss and still count as explaining it, wholly or in part. */
const missed = { whole: 0.3, part: 0.6 } as const;

/**
 * The shift of the stationary means by mean field, projected on the readout, is the bias that silence should cause. Put
 * against it: the bias that silence is measured to cause, by the rms difference of the two over inputs and outputs.
 */
export const shiftedFixedPoints: Claim<FamilyEvidence> = {
  name: "shifted-fixed-points",
  statement:
    "Noise shifts the fixed points (the means of the stationary distributions) of the stochastic dynamics, the shift depends on the noise level, and taking the noise away biases the output and worsens performance.",
  source: abstracts.both,
  rule: `The shifted means must leave less than ${missed.whole} of the bias that silence is measured to cause unexplained, by the upper end of the interval over seeds; below ${missed.part} in the mean it is met in part.`,
  answer(evidence) {
    const shares = foundRatio(evidence, "shift.biasErrorMeanField", "shift.rmsBiasMeasured");
    const biases = found(evidence, "shift.rmsBiasMeasured");
    const shifts = found(evidence, "shift.rmsShiftMonteCarlo");
    const inside = shares.filter(({ site, trainIntensity }) => site === "inside" && trainIntensity > 0);
    if (inside.length === 0) return undefined;
    const judged = inside.map((share): Judged => {
      const { mean, tHigh } = share;
      const place = `${placeText(share)}, ${foundText(share)} unexplained`;
      if (mean === null || tHigh === null) return { place, outcome: "not testable", why: oneSeed };
      if (tHigh < missed.whole) return { place, outcome: "holds" };
      return { place, outcome: mean < missed.part ? "holds in part" : "does not hold" };
    });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: shares.map((share) =>
        sentence(
          `${placeText(share)}: noise shifts the mean state by ${textOf(shifts, share)}, silence the mean output by ${textOf(biases, share)} (root mean squares over inputs), and the shifted means leave ${foundText(share)} of that unexplained, ${countText([share.seeds], "seed")}`,
        ),
      ),
      conditions: exceptions(judged),
      figures: ["readout-map", "fixed-points", "noise-switched-off"],
    };
  },
};

/** The number of the same condition. */
function textOf(numbers: readonly FoundNumber[], { site, trainIntensity, label }: FoundNumber): string {
  const one = numbers.find(
    (other) => other.site === site && other.trainIntensity === trainIntensity && other.label === label,
  );
  return one === undefined ? "an amount that is not known" : foundText(one);
}
