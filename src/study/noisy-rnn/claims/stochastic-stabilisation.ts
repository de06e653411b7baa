import { oneSeed, sentence } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FoundNumber, found, foundText } from "../../reproduction/findings.ts";
import { abstractOf2021 } from "./sources.ts";

/** Below or above 0 by its interval over seeds. */
const sideOf = ({ tLow, tHigh }: FoundNumber): "falls" | "rises" | "undecided" | "too few" => {
  if (tLow === null || tHigh === null) return "too few";
  if (tHigh < 0) return "falls";
  return tLow > 0 ? "rises" : "undecided";
};

const exceptionTexts = {
  falls: "the exponent falls",
  rises: "the exponent rises",
  undecided: "the exponent is not told from that without noise",
  "too few": `cannot be told, ${oneSeed}`,
} as const;

/** The largest exponent of the noisy dynamics against that without noise, one kind of noise after the other. */
export const stochasticStabilisation: Claim = {
  name: "stochastic-stabilisation",
  statement:
    "Noise can stabilise the dynamics: there are sufficient conditions for global stability that noise makes weaker.",
  source: `${abstractOf2021}; which noise does is this project's question`,
  rule: "The largest exponent of the noisy dynamics must lie below that without noise, by the interval of the shift over seeds; where only some kinds of noise lower it, it holds in part.",
  answer(evidence) {
    const shifts = found(evidence, "stability.exponentShift");
    if (shifts.length === 0) return undefined;
    const bounds = found(evidence, "stability.upperBound");
    const noisy = found(evidence, "stability.upperBoundNoise");
    const of = (numbers: readonly FoundNumber[], { label, site }: FoundNumber) =>
      numbers.find((other) => other.label === label && other.site === site);
    const asked = shifts.filter((shift) => sideOf(shift) !== "too few");
    const falling = asked.filter((shift) => sideOf(shift) === "falls");
    const isAll = falling.length === asked.length;
    return {
      outcome:
        asked.length === 0
          ? "not testable"
          : falling.length === 0
            ? "does not hold"
            : isAll
              ? "holds"
              : "holds in part",
      measured: shifts.map((shift) => {
        const [before, after] = [of(bounds, shift), of(noisy, shift)];
        const bound =
          before === undefined || after === undefined
            ? ""
            : `, the proved upper bound goes from ${foundText(before)} to ${foundText(after)}`;
        return sentence(`${shift.label}: the largest exponent moves by ${foundText(shift)} per unit of time${bound}`);
      }),
      conditions: shifts
        .filter((shift) => sideOf(shift) !== "falls")
        .map((shift) => sentence(`${shift.label}: ${exceptionTexts[sideOf(shift)]}`)),
      figures: ["stabilisation"],
    };
  },
};
