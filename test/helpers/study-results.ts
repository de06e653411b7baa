/** Results of studies that were never run: rows with chosen numbers. */
import { groupingColumns, type MeasurementColumns, type RunColumns } from "../../src/study/results/columns.ts";
import { type RunRow, withCondition } from "../../src/study/results/rows.ts";
import type { StudyResults } from "../../src/study/results/study-results.ts";
import type { AxisValue } from "../../src/study/study.ts";

export interface MadeRun {
  readonly condition: Readonly<Record<string, AxisValue>>;
  readonly seed: number;
  readonly row?: Partial<RunColumns>;
  readonly measurements: readonly Partial<MeasurementColumns>[];
}

/** A complete run; its condition's identity is its columns. */
export function madeRow({ condition, seed, row }: MadeRun): RunRow {
  const columns: RunColumns = {
    id: `${JSON.stringify(condition)} ${seed}`,
    condition: JSON.stringify(condition),
    title: `made ${JSON.stringify(condition)}, seed ${seed}`,
    task: "function-approximation",
    cell: "ctrnn",
    hiddenSize: 4,
    site: "inside",
    law: "gaussian",
    trainIntensity: 1,
    activation: "relu",
    testSite: "inside",
    seed,
    outcome: "completed",
    cause: null,
    updates: 10,
    seconds: 1,
    finishedAt: "2026-01-01T00:00:00.000Z",
    backend: "wasm",
    variant: "baseline",
    version: "0.0.0",
    fingerprint: "made",
    ...row,
  };
  return withCondition(columns, condition);
}

/** Results with the axes that the conditions name; `open` runs are planned and not there. */
export function madeResults(runs: readonly MadeRun[], open: readonly string[] = []): StudyResults {
  const axes = Object.keys(runs[0]?.condition ?? {});
  const made = runs.map((run) => ({ row: madeRow(run), measurements: run.measurements }));
  return {
    axes,
    columns: groupingColumns(axes.map((name) => ({ name }))),
    runs: made.map(({ row }) => row),
    open,
    measurements: made.flatMap(({ row, measurements }) =>
      measurements.map((one) => ({
        run: row,
        metric: "test-loss",
        testIntensity: null,
        update: null,
        repeat: null,
        part: null,
        value: 0,
        ...one,
      })),
    ),
  };
}

/** Losses of one network over test intensities. */
export function losses(values: Readonly<Record<number, number>>): Partial<MeasurementColumns>[] {
  return Object.entries(values).map(([at, value]) => ({ metric: "test-loss", testIntensity: Number(at), value }));
}
