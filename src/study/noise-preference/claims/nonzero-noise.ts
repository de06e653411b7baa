import { numberText } from "../../../figure/wording.ts";
import { sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf } from "../evidence.ts";
import { isPreferring, lineText, onset, rowText, trained } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** Decided by the most training noise of each line: the paper says "large enough" and gives no number. */
export const nonzeroNoise: Claim<FamilyEvidence> = {
  name: "nonzero-noise",
  statement:
    "Networks trained with noise often do best at test with noise, at or near its level in training (version 2: for large enough training noise).",
  source: abstracts.both,
  answer(evidence) {
    const lines = linesOf(evidence).filter((line) => line.site === "inside" && trained(line).length > 0);
    if (lines.length === 0) return undefined;
    const outcomes = lines.map((line) => {
      const strongest = trained(line).at(-1);
      if (strongest === undefined || strongest.verdict === "undecided") return "not testable";
      if (strongest.verdict === "prefers its training noise") return "holds";
      return isPreferring(strongest) ? "holds in part" : "does not hold";
    });
    return {
      outcome: together(outcomes),
      measured: lines.map((line) => sentence(`${lineText(line)}, ${rowText(trained(line).at(-1) ?? line.rows[0])}`)),
      conditions: lines.map((line) => {
        const from = onset(line);
        return sentence(
          from === undefined
            ? `${lineText(line)}: at no tested training intensity from which on all prefer noise`
            : `${lineText(line)}: from training noise ${numberText(from)} on`,
        );
      }),
      figures: ["preference-curves"],
    };
  },
};
