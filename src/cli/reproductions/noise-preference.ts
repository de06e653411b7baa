import { numberText } from "../../figure/wording.ts";
import {
  type FamilyEvidence,
  type Line,
  linesOf,
  type PreferenceNumbers,
} from "../../study/noise-preference/evidence.ts";
import { noisePreferencePaper } from "../../study/noise-preference/paper.ts";
import { type TextColumn, type TextRow, textTable } from "../output.ts";
import type { Reproduction } from "../reproduction/contract.ts";
import { reproductionOf } from "../reproduction/perform.ts";

export const noisePreference: Reproduction = reproductionOf(noisePreferencePaper, summaryTable);

const columns: readonly TextColumn[] = [
  { title: "noise" },
  { title: "trained at", align: "right" },
  { title: "seeds", align: "right" },
  { title: "best at (95 %)", align: "right" },
  { title: "loss: no noise", align: "right" },
  { title: "as trained", align: "right" },
  { title: "lowest", align: "right" },
  { title: "ratio", align: "right" },
  { title: "verdict" },
];

/** One block per family and kind of network; "ratio" is the loss without noise over the lowest. */
export function summaryTable(evidence: readonly FamilyEvidence[]): string {
  const rows: TextRow[] = [];
  let hasSingle = false;
  for (const one of evidence) {
    const kinds = new Map<string, Line[]>();
    for (const line of linesOf(one)) kinds.set(line.label, [...(kinds.get(line.label) ?? []), line]);
    for (const [label, lines] of kinds) {
      rows.push(label === "" ? one.family.title : `${one.family.title}, ${label}`);
      for (const { site, rows: numbers } of lines) {
        for (const row of numbers) {
          hasSingle ||= isOfOneNetwork(row);
          rows.push([
            `  ${site}`,
            numberText(row.trainIntensity),
            String(row.seeds),
            preferredText(row),
            numberText(row.lossAtZero),
            numberText(row.lossAtTraining),
            numberText(row.lossAtPreferred),
            numberText(row.preferenceRatio),
            row.verdict,
          ]);
        }
      }
    }
  }
  const table = textTable(columns, rows);
  return hasSingle ? `${table}\n* one network: the interval is over its noise draws` : table;
}

function preferredText(row: PreferenceNumbers): string {
  const { preferredIntensity, preferredLow, preferredHigh } = row;
  const best = numberText(preferredIntensity);
  if (preferredLow === null || preferredHigh === null) return best;
  const mark = isOfOneNetwork(row) ? "* " : "";
  return `${mark}${best} (${numberText(preferredLow)} to ${numberText(preferredHigh)})`;
}

/** Its interval says nothing about other networks. */
function isOfOneNetwork({ resampled }: PreferenceNumbers): boolean {
  return resampled === "repeats";
}
