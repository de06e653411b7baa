import { countText } from "../../../figure/wording.ts";
import { exceptions, type Judged, oneSeed, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { found, foundText } from "../../reproduction/findings.ts";
import type { FamilyEvidence } from "../evidence.ts";
import { placeText } from "./places.ts";
import { abstracts } from "./sources.ts";

/**
 * A drive that were spread evenly over ten deviations of the noise would lie within one of the kink a fifth of the time;
 * more than this share is near.
 */
const nearShare = 0.3;

/** Where drives lie when the network runs with its training noise, in units of that noise. */
export const nearNonlinearity: Claim<FamilyEvidence> = {
  name: "near-nonlinearity",
  statement:
    "There is a shift because states sit near the nonlinearity of the activation, where noise is attenuated asymmetrically.",
  source: abstracts.both,
  rule: `At the strongest training noise inside, the share of drives within one deviation of the nonlinearity must be above ${nearShare} by its whole interval over seeds; where only a part of the interval is, it is met in part.`,
  answer(evidence) {
    const shares = found(evidence, "operating-point.shareWithinSigma").filter(
      ({ trainIntensity }) => trainIntensity > 0,
    );
    const means = found(evidence, "operating-point.meanInSigma");
    const inside = shares.filter(({ site }) => site === "inside");
    if (inside.length === 0) return undefined;
    const strongest = Math.max(...inside.map(({ trainIntensity }) => trainIntensity));
    const judged = inside
      .filter(({ trainIntensity }) => trainIntensity === strongest)
      .map((share): Judged => {
        const { tLow, tHigh } = share;
        const place = `${placeText(share)}, share ${foundText(share)}`;
        if (tLow === null || tHigh === null) return { place, outcome: "not testable", why: oneSeed };
        if (tLow > nearShare) return { place, outcome: "holds" };
        return { place, outcome: tHigh > nearShare ? "holds in part" : "does not hold" };
      });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: shares.map((share) => {
        const { site, trainIntensity, label } = share;
        const mean = means.find(
          (other) => other.site === site && other.trainIntensity === trainIntensity && other.label === label,
        );
        const centre = mean === undefined ? "" : `, mean drive ${foundText(mean)} deviations from it`;
        return sentence(
          `${placeText(share)}: share of drives within one deviation of the nonlinearity ${foundText(share)}${centre}, ${countText([share.seeds], "seed")}`,
        );
      }),
      conditions: exceptions(judged),
      figures: ["operating-point"],
    };
  },
};
