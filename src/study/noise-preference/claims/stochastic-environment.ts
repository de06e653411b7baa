import { countText } from "../../../figure/wording.ts";
import { exceptions, type Judged, oneSeed, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { foundRatio, foundText } from "../../reproduction/findings.ts";
import type { FamilyEvidence } from "../evidence.ts";
import { placeText } from "./places.ts";
import { abstracts } from "./sources.ts";

/** Share of the loss without noise that may be left when the effect of noise on the mean is put back. */
const restored = { whole: 0.5, part: 0.9 } as const;

/**
 * A network that has fitted the noise of its training needs what noise does to the mean: without noise, the activation
 * averaged over the noise should restore the loss, and so should a readout that is fitted anew.
 */
export const stochasticEnvironment: Claim<FamilyEvidence> = {
  name: "stochastic-environment",
  statement:
    "Networks overfit to the stochastic training environment, not only to the data: they need the effect of noise on the mean, not noise.",
  source: abstracts.both,
  rule: `Without noise, the activation averaged over the noise must leave less than ${restored.whole} of the loss of silence, by the upper end of the interval over seeds; below ${restored.part} in the mean it is met in part.`,
  answer(evidence) {
    const smoothed = foundRatio(evidence, "controls.lossSmoothed", "controls.lossZero");
    const refitted = foundRatio(evidence, "controls.lossRefit", "controls.lossZero");
    const inside = smoothed.filter(({ site, trainIntensity }) => site === "inside" && trainIntensity > 0);
    if (inside.length === 0) return undefined;
    const judged = inside.map((ratio): Judged => {
      const { tHigh, mean } = ratio;
      const place = `${placeText(ratio)}, ${foundText(ratio)} times the loss`;
      if (tHigh === null || mean === null) return { place, outcome: "not testable", why: oneSeed };
      if (tHigh < restored.whole) return { place, outcome: "holds" };
      return { place, outcome: mean < restored.part ? "holds in part" : "does not hold" };
    });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: smoothed.map((ratio) => {
        const { site, trainIntensity, label } = ratio;
        const refit = refitted.find(
          (other) => other.site === site && other.trainIntensity === trainIntensity && other.label === label,
        );
        const fitted = refit === undefined ? "" : `, with a readout fitted anew ${foundText(refit)} times`;
        return sentence(
          `${placeText(ratio)}: without noise, the activation averaged over it leaves ${foundText(ratio)} times the loss${fitted}, ${countText([ratio.seeds], "seed")}`,
        );
      }),
      conditions: exceptions(judged),
      figures: ["noise-switched-off", "readout-map"],
    };
  },
};
