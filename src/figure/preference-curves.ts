import { taskSweeps } from "./conditions.ts";
import type { FigureDefinition } from "./contract.ts";
import { curvePanels } from "./curve-panels.ts";
import { lossName, lossScale, settingSuffix, taskTitle } from "./wording.ts";

/** One figure per task: how the loss of networks trained at each noise intensity changes with the noise at test. */
export const preferenceCurves: FigureDefinition = {
  name: "preference-curves",
  summary: "At which noise intensity does a network trained with noise do best?",
  draw: (data) =>
    taskSweeps(data.preferenceRows ?? [], (row) => row.loss, data.warnings).map((sweeps) => {
      const scale = lossScale(sweeps.points.map((point) => point.value));
      return curvePanels({
        sweeps,
        kind: "preference-curves",
        title: `${taskTitle(data, sweeps.task)}: loss against noise at test${settingSuffix(data.setting)}`,
        field: "loss",
        axisTitle: `Test ${lossName(data, sweeps.task)}${scale === "log" ? " (log scale)" : ""}`,
        axisFormat: "~g",
        scale,
      });
    }),
};
