/** The table that `reproduce noise-preference` prints. */
import { numberText } from "../../figure/wording.ts";
import type { StudySummary } from "../../study/noise-preference/results.ts";
import { type TextColumn, type TextRow, textTable } from "../output.ts";

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

/** One block per task and activation; "ratio" is the loss without noise over the lowest. */
export function summaryTable(summary: readonly StudySummary[], titleOf: (task: string) => string): string {
  const activations = new Set(summary.map(({ activation }) => activation));
  const rows: TextRow[] = [];
  let block = "";
  for (const row of summary) {
    const title = activations.size > 1 ? `${titleOf(row.task)}, ${row.activation}` : titleOf(row.task);
    if (title !== block) rows.push(title);
    block = title;
    rows.push([
      `  ${row.site}`,
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
  const table = textTable(columns, rows);
  return summary.some(isOfOneNetwork) ? `${table}\n* one network: the interval is over its noise draws` : table;
}

function preferredText(row: StudySummary): string {
  const { preferredIntensity, preferredLow, preferredHigh } = row;
  const best = numberText(preferredIntensity);
  if (preferredLow === null || preferredHigh === null) return best;
  const mark = isOfOneNetwork(row) ? "* " : "";
  return `${mark}${best} (${numberText(preferredLow)} to ${numberText(preferredHigh)})`;
}

/** Its interval says nothing about other networks. */
function isOfOneNetwork({ resampled }: StudySummary): boolean {
  return resampled === "repeats";
}
