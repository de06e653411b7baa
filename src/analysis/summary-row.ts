import type { Preference } from "./preference.ts";

/** What distinguishes one group of networks from another in a study. */
export interface GroupLabels {
  readonly task: string;
  readonly cell: string;
  readonly site: string;
  readonly activation: string;
}

/** A preference as one flat row: numbers, texts and nulls only. */
export type SummaryRow = GroupLabels & Omit<Preference, "perSeed">;

/** One row of the summary table. */
export function summaryRow(labels: GroupLabels, { perSeed: _networks, ...numbers }: Preference): SummaryRow {
  return { ...labels, ...numbers };
}
