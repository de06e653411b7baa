import { type FoundNumber, found, foundText } from "../evidence.ts";
import { sentence, together } from "./answers.ts";
import { abstracts, type Claim } from "./contract.ts";
import { placeText } from "./places.ts";

/** Slopes of the predicted over the measured bias that count as explaining it, wholly or in part. */
const explained = { whole: [0.7, 1.3], part: [0.4, 2] } as const;

/**
 * The shift of the stationary means by mean field, projected on the readout, is the bias that silence should cause. Put
 * against it: the bias that silence is measured to cause, by their slope over inputs and outputs.
 */
export const shiftedFixedPoints: Claim = {
  name: "shifted-fixed-points",
  statement:
    "Noise shifts the fixed points (the means of the stationary distributions) of the stochastic dynamics, the shift depends on the noise level, and taking the noise away biases the output and worsens performance.",
  source: abstracts.both,
  answer(evidence) {
    const shifts = found(evidence, "shift.rmsShiftMonteCarlo");
    const slopes = found(evidence, "shift.biasSlopeMeanField");
    const inside = slopes.filter(({ site, trainIntensity }) => site === "inside" && trainIntensity > 0);
    if (inside.length === 0) return undefined;
    const shiftOf = (one: FoundNumber) =>
      shifts.find(
        (other) => other.site === one.site && other.trainIntensity === one.trainIntensity && other.label === one.label,
      );
    return {
      outcome: together(
        inside.map(({ mean, tLow, tHigh }) => {
          if (mean === null || tLow === null || tHigh === null) return "not testable";
          const [low, high] = explained.whole;
          if (tLow > low && tHigh < high) return "holds";
          return mean > explained.part[0] && mean < explained.part[1] ? "holds in part" : "does not hold";
        }),
      ),
      measured: slopes.map((slope) => {
        const shift = shiftOf(slope);
        const moved =
          shift === undefined
            ? ""
            : `, shift of the state ${foundText(shift)} (root mean square over units and inputs)`;
        return sentence(
          `${placeText(slope)}: predicted bias over measured ${foundText(slope)}${moved}, ${slope.seeds} seeds`,
        );
      }),
      conditions: [],
      figures: ["readout-map", "fixed-points", "noise-switched-off"],
    };
  },
};
