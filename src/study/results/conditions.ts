/** Conditions of the runs of a study as a table, so that results need neither a plan nor the data of tasks. */
import type { AxisValue, StudyAxis, StudyPlan, StudyRun } from "../study.ts";

/** Runs that belong together, with the values of their axes: a plan, or what a store keeps of one. */
export interface PlannedRuns {
  readonly study: { readonly axes: readonly Pick<StudyAxis, "name">[] };
  /** In the order of the plan. */
  readonly runs: readonly Pick<StudyRun, "id" | "condition">[];
}

/** Rows of equal conditions that follow each other are one, with their number. */
export interface ConditionTable {
  /** Axes of the study. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly AxisValue[])[];
  /** Runs of each row, >= 1. */
  readonly counts: readonly number[];
}

export function conditionTable({ study, runs }: Pick<StudyPlan, "study" | "runs">): ConditionTable {
  const columns = study.axes.map(({ name }) => name);
  const rows: (readonly AxisValue[])[] = [];
  const counts: number[] = [];
  let last: StudyRun["condition"] | undefined;
  for (const { condition } of runs) {
    // The runs of a condition share the object.
    if (condition === last) counts[counts.length - 1]++;
    else {
      rows.push(columns.map((name) => condition[name] ?? null));
      counts.push(1);
      last = condition;
    }
  }
  return { columns, rows, counts };
}

/**
 * The runs of a table.
 *
 * @param ids in the order of the plan
 * @returns undefined when the table is not that of the ids
 */
export function plannedRuns(
  { columns, rows, counts }: ConditionTable,
  ids: readonly string[],
): PlannedRuns | undefined {
  const conditions = rows.flatMap((values, row) => {
    const condition = Object.fromEntries(columns.map((name, column) => [name, values[column]]));
    return Array.from({ length: counts[row] }, () => condition);
  });
  if (conditions.length !== ids.length) return undefined;
  return {
    study: { axes: columns.map((name) => ({ name })) },
    runs: ids.map((id, index) => ({ id, condition: conditions[index] })),
  };
}
