/** Studies: what a study file says, the runs that it spans, and what their results say together. */
export type { AnalysisTable, Estimate, IntervalKind, TableRow } from "./analyses/contract.ts";
export { studyAnalyses } from "./analyses/registry.ts";
export { analysisTable } from "./analyses/request.ts";
export type { RunOutcome, RunSummary } from "./outcome.ts";
export type { Preset, PresetInput } from "./presets/contract.ts";
export { presets } from "./presets/registry.ts";
export type { RunRecord, Software } from "./record.ts";
export type { PlannedRuns } from "./results/conditions.ts";
export type { Measurement, RunRow } from "./results/rows.ts";
export type { StudyResults } from "./results/study-results.ts";
export { conditionId, type EvaluationSpec, type RunSpec, runId, runTitle } from "./spec.ts";
export type {
  AxisValue,
  Expectation,
  LeftOutTask,
  Request,
  Study,
  StudyAxis,
  StudyPlan,
  StudyRun,
} from "./study.ts";
export { studyOf } from "./study-file/document.ts";
export { type PlanCall, planStudy } from "./study-file/plan.ts";
export { type LoadedTask, type TaskLoader, taskLoader } from "./tasks.ts";
