import { countText } from "../../../figure/wording.ts";
import { sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FoundNumber, found, foundRatio, foundText } from "../../reproduction/findings.ts";
import type { FamilyEvidence } from "../evidence.ts";
import { placeText } from "./places.ts";
import { abstracts } from "./sources.ts";

/**
 * The push on the drives through the noise that the activation lets pass, over the variance it acts on: what lowering all
 * drives by one deviation of the noise takes off, as a share. Outside it is 0 by the equations; inside it must be above.
 */
export const incentiveInside: Claim<FamilyEvidence> = {
  name: "incentive",
  statement:
    "States sit there because optimising performance rewards operating near the nonlinearity; this incentive exists for noise inside the activation only.",
  source: abstracts.second,
  answer(evidence) {
    const shares = foundRatio(evidence, "incentive.incentive", "incentive.variance").filter(
      ({ trainIntensity }) => trainIntensity > 0,
    );
    const inside = shares.filter(({ site }) => site === "inside");
    if (inside.length === 0) return undefined;
    return {
      outcome: together(
        shares.map(({ site, mean, tLow, tHigh }) => {
          if (mean === null || tLow === null || tHigh === null) return "not testable";
          if (site === "inside") return tLow > 0 ? "holds" : tHigh < 0 ? "does not hold" : "not testable";
          return tLow <= 0 && tHigh >= 0 ? "holds" : "does not hold";
        }),
      ),
      measured: shares.map((share) =>
        sentence(
          `${placeText(share)}: raising all drives by one deviation of the noise raises the output's variance by ${foundText(share)} of itself through the noise that passes${driveText(evidence, share)}, ${countText([share.seeds], "seed")}`,
        ),
      ),
      conditions: [],
      figures: ["operating-point"],
    };
  },
};

/** Where the drives came to lie. */
function driveText(evidence: FamilyEvidence, { site, trainIntensity, label }: FoundNumber): string {
  const drive = found(evidence, "incentive.meanDrive").find(
    (other) => other.site === site && other.trainIntensity === trainIntensity && other.label === label,
  );
  return drive === undefined ? "" : `; mean drive ${foundText(drive)} deviations`;
}
