/** What a store has of a study, as rows: what analyses, figures and reports are made of. */
import type { AnalysisFindings } from "../../analysis/contract.ts";
import type { AxisValue } from "../study.ts";
import type { Measurement, RunRow } from "./rows.ts";

export interface StudyResults {
  /** Axes of the study, by the names of their columns; empty for runs of a store that are of no study. */
  readonly axes: readonly string[];
  /** Columns by which runs can be grouped. */
  readonly columns: readonly string[];
  /** Complete runs in the order of the plan, failed ones too. */
  readonly runs: readonly RunRow[];
  /** Ids of the plan that are not complete. */
  readonly open: readonly string[];
  /** Of the metrics that were asked for, one metric after the other, each in the order of the runs. */
  readonly measurements: readonly Measurement[];
  /** What analyses of networks found, of the runs that were asked for; absent when none were. */
  readonly findings?: StudyFindings;
}

export interface StudyFindings {
  /** In the order of the runs. */
  readonly found: readonly { readonly run: RunRow; readonly findings: AnalysisFindings }[];
  /** Of runs that could not be read. Sentences. */
  readonly warnings: readonly string[];
}

/** Columns in which rows differ, of those given. */
export function varyingColumns(
  rows: readonly Readonly<Record<string, AxisValue>>[],
  columns: readonly string[],
): string[] {
  return columns.filter((column) => rows.some((row) => row[column] !== rows[0][column]));
}
