import { countText, numberText } from "../../../figure/wording.ts";
import { sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf } from "../evidence.ts";
import { isPreferring, lineText } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** Networks that never saw noise would profit from it too, if it helped signals as such. */
export const notResonance: Claim<FamilyEvidence> = {
  name: "not-resonance",
  statement: "It is not stochastic resonance, in which noise improves the processing of signals as such.",
  source: abstracts.both,
  answer(evidence) {
    const lines = linesOf(evidence).flatMap((line) =>
      line.rows.filter(({ trainIntensity }) => trainIntensity === 0).map((row) => ({ line, row })),
    );
    if (lines.length === 0) return undefined;
    return {
      outcome: together(
        lines.map(({ row }) => {
          if (row.verdict === "undecided") return "not testable";
          return isPreferring(row) ? "does not hold" : "holds";
        }),
      ),
      measured: lines.map(({ line, row }) =>
        sentence(
          `${lineText(line)}, trained without: best at ${numberText(row.preferredHigh)} or less, ${row.verdict}, ${countText([row.seeds], "seed")}`,
        ),
      ),
      conditions: [],
      figures: ["preference-curves"],
    };
  },
};
