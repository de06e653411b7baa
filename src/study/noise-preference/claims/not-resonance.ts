import { countText, numberText } from "../../../figure/wording.ts";
import { exceptions, type Judged, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf, type PreferenceNumbers } from "../evidence.ts";
import { isPreferring, lineText, undecidedText } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** Networks that never saw noise would profit from it too, if it helped signals as such. */
export const notResonance: Claim<FamilyEvidence> = {
  name: "not-resonance",
  statement: "It is not stochastic resonance, in which noise improves the processing of signals as such.",
  source: abstracts.both,
  rule: "No kind of network that was trained without noise may prefer noise at test; where some do and some do not it holds in part.",
  answer(evidence) {
    const lines = linesOf(evidence).flatMap((line) =>
      line.rows.filter(({ trainIntensity }) => trainIntensity === 0).map((row) => ({ line, row })),
    );
    if (lines.length === 0) return undefined;
    const judged = lines.map(({ line, row }): Judged => {
      const place = lineText(line);
      if (row.verdict === "undecided") return { place, outcome: "not testable", why: undecidedText(row) };
      return { place, outcome: isPreferring(row) ? "does not hold" : "holds" };
    });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: lines.map(({ line, row }) =>
        sentence(
          `${lineText(line)}, trained without: ${bestText(row)}, ${row.verdict}, ${countText([row.seeds], "seed")}`,
        ),
      ),
      conditions: exceptions(judged),
      figures: ["preference-curves"],
    };
  },
};

function bestText({ preferredIntensity, preferredHigh }: PreferenceNumbers): string {
  const most = preferredHigh ?? preferredIntensity;
  return most === 0 ? "best without noise" : `best at a noise of ${numberText(most)} or less`;
}
