import { exceptions, sentence, together } from "../../reproduction/answers.ts";
import type { Claim } from "../../reproduction/contract.ts";
import { type FamilyEvidence, linesOf } from "../evidence.ts";
import { isPreferring, lineText, rowText, trained, undecidedRows } from "./lines.ts";
import { abstracts } from "./sources.ts";

/** Every training intensity counts: the claim about noise outside names no threshold. */
export const insideNotOutside: Claim<FamilyEvidence> = {
  name: "inside-not-outside",
  statement:
    "This happens typically when the noise is inside the activation function; networks trained with noise outside it do best without.",
  source: abstracts.both,
  rule: "No network that was trained with noise outside may prefer noise at test, at any training intensity; where some do and some do not it holds in part.",
  answer(evidence) {
    const lines = linesOf(evidence).filter((line) => line.site === "outside" && trained(line).length > 0);
    if (lines.length === 0) return undefined;
    const outcomes = lines.flatMap((line) =>
      trained(line).map((row) => {
        if (row.verdict === "undecided") return "not testable" as const;
        return isPreferring(row) ? ("does not hold" as const) : ("holds" as const);
      }),
    );
    return {
      outcome: together(outcomes),
      measured: lines.map((line) => sentence(`${lineText(line)}, ${rowText(trained(line).at(-1) ?? line.rows[0])}`)),
      conditions: [
        ...lines.flatMap((line) => {
          const against = trained(line).filter(isPreferring);
          return against.length === 0
            ? []
            : [sentence(`${lineText(line)} prefers noise too when ${against.map(rowText).join("; ")}`)];
        }),
        ...exceptions(lines.flatMap(undecidedRows)),
      ],
      figures: ["preferred-intensity"],
    };
  },
};
