/** From a run's files to rows of results. */
import { type RunRecord, runSummary } from "../record.ts";
import { conditionId, type RunSpec } from "../spec.ts";
import type { AxisValue, StudyRun } from "../study.ts";
import type { conditionColumns, MeasurementColumns, RunColumns } from "./columns.ts";

/** A run, with the value of every axis of its study. */
export type RunRow = RunColumns & Readonly<Record<string, AxisValue>>;

/** A number that a run measured. */
export interface Measurement extends MeasurementColumns {
  readonly run: RunRow;
}

/** What a column says of a measurement: its part, or what its run is. */
export function labelOf({ run, part }: Measurement, column: string): AxisValue {
  return column === "part" ? part : (run[column] ?? null);
}

/** What a run is asked to be: the columns of conditions. */
export function askedOf({ task, network }: Omit<RunSpec, "seed">): Pick<RunColumns, (typeof conditionColumns)[number]> {
  const [source] = network.noise;
  const { activation } = network.settings;
  return {
    task: task.name,
    cell: network.cell,
    hiddenSize: network.hiddenSize,
    site: source?.site ?? null,
    law: source?.law ?? null,
    trainIntensity: source?.intensity ?? null,
    activation: activation === undefined ? null : String(activation),
  };
}

/**
 * The values that results show of a study's axes. Where an axis applies, its column holds the study's value; elsewhere null,
 * but in the columns that all runs have, which hold what the run is: analyses need the noise that a network was trained with.
 */
export function shownCondition({ spec, condition }: Pick<StudyRun, "spec" | "condition">): StudyRun["condition"] {
  return withKnown(condition, askedOf(spec));
}

function withKnown(
  condition: StudyRun["condition"],
  known: Readonly<Record<string, AxisValue>>,
): Record<string, AxisValue> {
  return Object.fromEntries(Object.entries(condition).map(([name, value]) => [name, value ?? known[name] ?? null]));
}

/**
 * The row of a complete run.
 *
 * @param condition value of every axis of the study; empty for a run that is looked at by itself
 */
export function runRow(spec: RunSpec, record: RunRecord, condition: StudyRun["condition"] = {}): RunRow {
  const { evaluation, engine, seed } = spec;
  const { outcome, software } = record;
  const own: RunColumns = {
    id: record.id,
    condition: conditionId(spec),
    title: record.title,
    ...askedOf(spec),
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

/** The row with the values of a study's axes, as `shownCondition` has them. */
export function withCondition(row: RunColumns, condition: StudyRun["condition"]): RunRow {
  return { ...row, ...withKnown(condition, { ...row }) };
}

/** Whether a run came to its end, so that its numbers count. */
export function isSound({ outcome }: Pick<RunColumns, "outcome">): boolean {
  return outcome === "completed" || outcome === "stopped-early";
}
