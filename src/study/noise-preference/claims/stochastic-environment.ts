import { countText } from "../../../figure/wording.ts";
import { sentence, together } from "../../reproduction/answers.ts";
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
  answer(evidence) {
    const smoothed = foundRatio(evidence, "controls.lossSmoothed", "controls.lossZero");
    const refitted = foundRatio(evidence, "controls.lossRefit", "controls.lossZero");
    const inside = smoothed.filter(({ site, trainIntensity }) => site === "inside" && trainIntensity > 0);
    if (inside.length === 0) return undefined;
    return {
      outcome: together(
        inside.map(({ tHigh, mean }) => {
          if (tHigh === null || mean === null) return "not testable";
          if (tHigh < restored.whole) return "holds";
          return mean < restored.part ? "holds in part" : "does not hold";
        }),
      ),
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
      conditions: [],
      figures: ["noise-switched-off", "readout-map"],
    };
  },
};
