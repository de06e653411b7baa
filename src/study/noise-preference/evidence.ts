/** What a family of experiments has to say, as claims ask for it. */
import type { Verdict } from "../../analysis/verdict.ts";
import { groups } from "../../figure/conditions.ts";
import type { AnalysisTable, TableRow } from "../analyses/contract.ts";
import { findingName, type MetricName, repeatName } from "../metrics.ts";
import type { FamilyResults } from "../reproduction/contract.ts";
import { valueText } from "../reproduction/findings.ts";
import { varyingColumns } from "../results/study-results.ts";

/** What the results of a family must hold for all claims. */
export const claimMetrics: readonly MetricName[] = [
  "test-loss",
  "test-accuracy",
  "test-bias-squared",
  "test-variance",
  repeatName,
  findingName,
];

/** The results of a family. */
export interface FamilyEvidence extends FamilyResults {
  /** The table of the study analysis `preference` over all its conditions. */
  readonly preference: AnalysisTable;
}

/** A condition's row of the preference table, with what claims read of it. */
export interface PreferenceNumbers {
  readonly site: string;
  readonly trainIntensity: number;
  readonly seeds: number;
  readonly verdict: Verdict;
  readonly resampled: string | null;
  readonly preferredIntensity: number | null;
  readonly lossAtPreferred: number | null;
  readonly preferenceIndex: number | null;
  readonly preferredLow: number | null;
  readonly preferredHigh: number | null;
  readonly preferenceRatio: number | null;
  readonly preferenceRatioLow: number | null;
  readonly preferenceRatioHigh: number | null;
  readonly lossAtZero: number | null;
  readonly lossAtTraining: number | null;
}

/** Networks that differ in the intensity of their training noise only (and in seeds). */
export interface Line {
  /** What tells it from other lines of the family besides the site: "64 units, softplus"; empty for the only one. */
  readonly label: string;
  readonly site: string;
  /** Ascending in the intensity. */
  readonly rows: readonly PreferenceNumbers[];
}

/** Verdicts of conditions that do better with noise than without. */
export const prefersNoise: readonly Verdict[] = [
  "prefers its training noise",
  "prefers less noise than trained",
  "prefers more noise",
  "prefers noise, level undecided",
];

/** The lines of a family: its conditions, grouped by all that they differ in but the training intensity. */
export function linesOf({ preference }: FamilyEvidence): readonly Line[] {
  const rows = preference.rows.filter(({ site, seeds }) => site !== null && Number(seeds) > 0);
  const columns = varyingColumns(
    rows,
    preference.labels.filter((label) => label !== "trainIntensity" && label !== "site" && label !== "law"),
  );
  const keyOf = (row: TableRow): string => JSON.stringify([row.site, ...columns.map((column) => row[column])]);
  return [...groups(rows, keyOf).values()].map((group) => ({
    label: columns.map((column) => valueText(column, group[0][column])).join(", "),
    site: String(group[0].site),
    rows: group.map((row) => row as unknown as PreferenceNumbers).sort((a, b) => a.trainIntensity - b.trainIntensity),
  }));
}
