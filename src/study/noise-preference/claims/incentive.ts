import { countText } from "../../../figure/wording.ts";
import { exceptions, type Judged, oneSeed, sentence, together } from "../../reproduction/answers.ts";
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
  rule: "The part of the output's variance that the drives let pass must rise with the drives for noise inside (the interval over seeds above 0), and must not change for noise outside (the interval contains 0).",
  answer(evidence) {
    const shares = foundRatio(evidence, "incentive.incentive", "incentive.variance").filter(
      ({ trainIntensity }) => trainIntensity > 0,
    );
    const inside = shares.filter(({ site }) => site === "inside");
    if (inside.length === 0) return undefined;
    const judged = shares.map((share): Judged => {
      const { site, mean, tLow, tHigh } = share;
      const place = `${placeText(share)}, ${foundText(share)}`;
      if (mean === null || tLow === null || tHigh === null) return { place, outcome: "not testable", why: oneSeed };
      if (site !== "inside") return { place, outcome: tLow <= 0 && tHigh >= 0 ? "holds" : "does not hold" };
      if (tLow <= 0 && tHigh >= 0) return { place, outcome: "not testable", why: "the interval contains 0" };
      return { place, outcome: tLow > 0 ? "holds" : "does not hold" };
    });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: shares.map((share) =>
        sentence(
          `${placeText(share)}: raising all drives by one deviation of the noise raises the output's variance by ${foundText(share)} of itself through the noise that passes${driveText(evidence, share)}, ${countText([share.seeds], "seed")}`,
        ),
      ),
      conditions: exceptions(judged),
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
