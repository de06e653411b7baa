/** The tables of the study as figures and report take them. */
import type { FigureData, TaskLabel } from "../../figure/contract.ts";
import type { TaskPlan } from "./plan.ts";
import type { ResultRow, StudySummary } from "./results.ts";

export function figureData(
  plans: readonly TaskPlan[],
  rows: readonly ResultRow[],
  summary: readonly StudySummary[],
): FigureData {
  return {
    preferenceRows: rows,
    preferenceSummary: summary,
    taskLabels: Object.fromEntries(plans.map(({ task, title, loss }): [string, TaskLabel] => [task, { title, loss }])),
  };
}
