import { numberText } from "../../../figure/wording.ts";
import { exceptions, type Judged, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf } from "../evidence.ts";
import { isPreferring, lineText, onset, rowText, trained, undecidedText } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** Decided by the most training noise of each line: the paper says "large enough" and gives no number. */
export const nonzeroNoise: Claim<FamilyEvidence> = {
  name: "nonzero-noise",
  statement:
    "Networks trained with noise often do best at test with noise, at or near its level in training (version 2: for large enough training noise).",
  source: abstracts.both,
  rule: "At its strongest training noise inside, each kind of network must have the verdict that it prefers its training noise; one that prefers noise at another level or at one that is undecided meets it in part.",
  answer(evidence) {
    const lines = linesOf(evidence).filter((line) => line.site === "inside" && trained(line).length > 0);
    if (lines.length === 0) return undefined;
    const judged = lines.map((line): Judged => {
      const strongest = trained(line).at(-1) ?? line.rows[0];
      const place = `${lineText(line)}, trained at ${numberText(strongest.trainIntensity)}`;
      if (strongest.verdict === "undecided") return { place, outcome: "not testable", why: undecidedText(strongest) };
      if (strongest.verdict === "prefers its training noise") return { place, outcome: "holds" };
      return isPreferring(strongest)
        ? { place: `${place} (${strongest.verdict})`, outcome: "holds in part" }
        : { place, outcome: "does not hold" };
    });
    return {
      outcome: together(judged.map(({ outcome }) => outcome)),
      measured: lines.map((line) => sentence(`${lineText(line)}, ${rowText(trained(line).at(-1) ?? line.rows[0])}`)),
      conditions: [
        ...lines.map((line) => {
          const from = onset(line);
          return sentence(
            from === undefined
              ? `${lineText(line)}: at no tested training intensity from which on all prefer noise`
              : `${lineText(line)}: from training noise ${numberText(from)} on`,
          );
        }),
        ...exceptions(judged.filter(({ outcome }) => outcome !== "does not hold")),
      ],
      figures: ["preference-curves"],
    };
  },
};
