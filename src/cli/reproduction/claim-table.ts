import type { Verdict } from "../../figure/report.ts";
import { textTable } from "../output.ts";

/** One line per claim. */
export function claimTable(verdicts: readonly Verdict[]): string {
  return textTable(
    [{ title: "claim" }, { title: "verdict" }],
    verdicts.map(({ statement, outcome }, index) => [`${index + 1}. ${shortened(statement)}`, outcome]),
  );
}

/** Characters of a claim that fit a line beside its verdict. */
const claimCharacters = 100;

function shortened(text: string): string {
  if (text.length <= claimCharacters) return text;
  return `${text.slice(0, text.lastIndexOf(" ", claimCharacters))} ...`;
}
