import { taskSweeps } from "./conditions.ts";
import type { FigureDefinition, PreferenceRow } from "./contract.ts";
import { curvePanels } from "./curve-panels.ts";
import { settingSuffix, taskTitle } from "./wording.ts";

/** One figure per task with classes: how the share of right answers changes with the noise at test. */
export const accuracyCurves: FigureDefinition = {
  name: "accuracy-curves",
  summary: "Does the preferred noise show in right answers, not only in the loss?",
  draw: (data) =>
    taskSweeps(data.preferenceRows ?? [], accuracyOf, data.warnings).map((sweeps) =>
      curvePanels({
        sweeps,
        kind: "accuracy-curves",
        title: `${taskTitle(data, sweeps.task)}: accuracy against noise at test${settingSuffix(data.setting)}`,
        field: "accuracy",
        axisTitle: "Test accuracy",
        axisFormat: "~%",
        scale: "linear",
      }),
    ),
};

/** A run without a finite loss has failed; one with a loss and no accuracy has no classes. */
function accuracyOf(row: PreferenceRow): number | null | undefined {
  if (row.accuracy !== null) return row.accuracy;
  return Number.isFinite(row.loss ?? Number.NaN) ? undefined : null;
}
