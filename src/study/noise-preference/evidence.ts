/** What a family of experiments has to say, as claims ask for it. */

import { bootstrapDefaults } from "../../analysis/statistics/bootstrap.ts";
import { type SampleSummary, sampleSummaries } from "../../analysis/statistics/sample.ts";
import type { Verdict } from "../../analysis/verdict.ts";
import { groups } from "../../figure/conditions.ts";
import { numberText } from "../../figure/wording.ts";
import { titleOf } from "../analyses/column-words.ts";
import type { AnalysisTable, TableRow } from "../analyses/contract.ts";
import { findingName, type MetricName, repeatName } from "../metrics.ts";
import { isSound, type Measurement } from "../results/rows.ts";
import { type StudyResults, varyingColumns } from "../results/study-results.ts";
import type { Family } from "./families.ts";

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
export interface FamilyEvidence {
  readonly family: Family;
  /** With the measurements of `claimMetrics`. */
  readonly results: StudyResults;
  /** The table of the study analysis `preference` over all its conditions. */
  readonly preference: AnalysisTable;
  /** Its page, below the folder of the report. */
  readonly page: string;
  /** Names of the figures on that page. */
  readonly figures: readonly string[];
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

/** "hidden units 64", "softplus", "alpha 0.5". */
function valueText(column: string, value: TableRow[string]): string {
  if (column === "activation" || column === "cell" || column === "task") return String(value ?? "none");
  return `${titleOf(column).toLowerCase()} ${typeof value === "number" ? numberText(value) : String(value ?? "none")}`;
}

/** A number that analyses of networks found, over the seeds of a condition. */
export interface FoundNumber extends SampleSummary {
  readonly seeds: number;
  readonly site: string;
  readonly trainIntensity: number;
  readonly label: string;
}

const summarise = sampleSummaries(bootstrapDefaults);

/**
 * A finding in every condition that has it, in the order of the runs.
 *
 * @param part "<analysis>.<number>"
 */
export function found(evidence: FamilyEvidence, part: string): readonly FoundNumber[] {
  return overSeeds(evidence, findingsOf(evidence, part));
}

/** One finding over another, of each network by itself. */
export function foundRatio(evidence: FamilyEvidence, part: string, over: string): readonly FoundNumber[] {
  const divisors = new Map(findingsOf(evidence, over).map(({ run, value }) => [run.id, value]));
  const ratios = findingsOf(evidence, part).map((row) => ({
    ...row,
    value: row.value / (divisors.get(row.run.id) ?? Number.NaN),
  }));
  return overSeeds(
    evidence,
    ratios.filter(({ value }) => Number.isFinite(value)),
  );
}

function findingsOf({ results }: FamilyEvidence, part: string): readonly Measurement[] {
  return results.measurements.filter(
    (row) => row.metric === findingName && row.part === part && isSound(row.run) && Number.isFinite(row.value),
  );
}

function overSeeds({ results }: FamilyEvidence, mine: readonly Measurement[]): readonly FoundNumber[] {
  const runs = mine.map(({ run }) => run);
  const columns = varyingColumns(
    runs,
    results.columns.filter((column) => column !== "trainIntensity" && column !== "site" && column !== "law"),
  );
  return [...groups(mine, ({ run }) => run.condition).values()].map((group) => {
    const { run } = group[0];
    return {
      ...summarise(group.map(({ value }) => value)),
      seeds: group.length,
      site: run.site ?? "none",
      trainIntensity: run.trainIntensity ?? 0,
      label: columns.map((column) => valueText(column, run[column])).join(", "),
    };
  });
}

/** "0.12 (0.10 to 0.14)", the mean with Student's interval over seeds. */
export function foundText({ mean, tLow, tHigh }: FoundNumber): string {
  const interval = tLow === null || tHigh === null ? "" : ` (${numberText(tLow)} to ${numberText(tHigh)})`;
  return `${numberText(mean)}${interval}`;
}
