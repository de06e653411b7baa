/** From a run's files to rows of results. */
import { type RunRecord, runSummary } from "../record.ts";
import { conditionId, type RunSpec } from "../spec.ts";
import type { AxisValue, StudyRun } from "../study.ts";
import type { MeasurementColumns, RunColumns } from "./columns.ts";

/** A run, with the value of every axis of its study. */
export type RunRow = RunColumns & Readonly<Record<string, AxisValue>>;

/** A number that a run measured. */
export interface Measurement extends MeasurementColumns {
  readonly run: RunRow;
}

/**
 * The row of a complete run.
 *
 * @param condition value of every axis of the study; empty for a run that is looked at by itself. Where an axis applies, its
 *   column holds the study's value, else, if the column is one of all runs, what the specification says
 */
export function runRow(spec: RunSpec, record: RunRecord, condition: StudyRun["condition"] = {}): RunRow {
  const { task, network, evaluation, engine, seed } = spec;
  const { outcome, software } = record;
  const [source] = network.noise;
  const { activation } = network.settings;
  const own: RunColumns = {
    id: record.id,
    condition: conditionId(spec),
    title: record.title,
    task: task.name,
    cell: network.cell,
    hiddenSize: network.hiddenSize,
    site: source?.site ?? null,
    law: source?.law ?? null,
    trainIntensity: source?.intensity ?? null,
    activation: activation === undefined ? null : String(activation),
    testSite: evaluation?.site ?? null,
    seed,
    outcome: outcome.kind,
    cause: runSummary(record).cause,
    updates: outcome.kind === "failed" ? null : outcome.update,
    seconds: record.seconds,
    finishedAt: record.finishedAt,
    backend: engine.backend,
    variant: software.variant,
    version: software.version,
    fingerprint: software.fingerprint,
  };
  return withCondition(own, condition);
}

/** The row with the values of a study's axes. */
export function withCondition(row: RunColumns, condition: StudyRun["condition"]): RunRow {
  const known: Readonly<Record<string, AxisValue>> = { ...row };
  const axes = Object.entries(condition).map(([name, value]) => [name, value ?? known[name] ?? null]);
  return { ...row, ...(Object.fromEntries(axes) as Record<string, AxisValue>) };
}

/** Whether a run came to its end, so that its numbers count. */
export function isSound({ outcome }: Pick<RunColumns, "outcome">): boolean {
  return outcome === "completed" || outcome === "stopped-early";
}
