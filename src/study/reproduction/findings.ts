/** Numbers that analyses of networks found, over the seeds of each condition. */
import { bootstrapDefaults } from "../../analysis/statistics/bootstrap.ts";
import { type SampleSummary, sampleSummaries } from "../../analysis/statistics/sample.ts";
import { groups } from "../../figure/conditions.ts";
import { numberText } from "../../figure/wording.ts";
import { titleOf } from "../analyses/column-words.ts";
import { findingName } from "../metrics.ts";
import { isSound, type Measurement } from "../results/rows.ts";
import { varyingColumns } from "../results/study-results.ts";
import type { AxisValue } from "../study.ts";
import type { FamilyResults } from "./contract.ts";

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
export function found(evidence: FamilyResults, part: string): readonly FoundNumber[] {
  return overSeeds(evidence, findingsOf(evidence, part));
}

/** One finding over another, of each network by itself. */
export function foundRatio(evidence: FamilyResults, part: string, over: string): readonly FoundNumber[] {
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

function findingsOf({ results }: FamilyResults, part: string): readonly Measurement[] {
  return results.measurements.filter(
    (row) => row.metric === findingName && row.part === part && isSound(row.run) && Number.isFinite(row.value),
  );
}

function overSeeds({ results }: FamilyResults, mine: readonly Measurement[]): readonly FoundNumber[] {
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

/** "hidden units 64", "softplus", "alpha 0.5". */
export function valueText(column: string, value: AxisValue): string {
  if (column === "activation" || column === "cell" || column === "task") return String(value ?? "none");
  return `${titleOf(column).toLowerCase()} ${typeof value === "number" ? numberText(value) : String(value ?? "none")}`;
}
