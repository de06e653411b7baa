/** Metrics at chosen points, sorted into rows: what `summary` and `differences` have in common. */
import { distinct, groups } from "../../figure/conditions.ts";
import { type MetricName, metricArgument } from "../metrics.ts";
import { columnOf, type MeaningfulColumn, measurementColumns } from "../results/columns.ts";
import { labelOf, type Measurement, type RunRow } from "../results/rows.ts";
import type { AxisValue } from "../study.ts";
import type { TableRow } from "./contract.ts";
import type { At } from "./options.ts";
import { commonArgument, type Point, plannedArgument, pointWarnings, readPoints } from "./points.ts";
import { keyOf, type SeedSample, seedSample } from "./samples.ts";
import { failedGroups } from "./selection.ts";

/** A row before its statistics. */
export interface PointRow {
  readonly metric: MetricName;
  readonly point: Point;
  /** Values of the columns that tell rows apart, metric and point apart. */
  readonly group: TableRow;
  /** Of the point's argument; null where the row is made of several. */
  readonly at: number | null;
  readonly sample: SeedSample;
}

export interface PointRows {
  readonly rows: readonly PointRow[];
  readonly warnings: readonly string[];
}

export interface PointRequest {
  /** Those that fit, failed ones too. */
  readonly runs: readonly RunRow[];
  readonly metrics: readonly MetricName[];
  readonly at: At;
  readonly by: readonly string[];
}

/**
 * One row per metric, group and point, in the order of the request and of the plan.
 *
 * A group whose runs all failed has its rows too, with empty samples, at the points where others were measured.
 */
export function pointRows(measurements: readonly Measurement[], { runs, metrics, at, by }: PointRequest): PointRows {
  const points = readPoints(measurements, metrics, at);
  const byGroup = new Map<string, PointRow[]>();
  for (const { metric, point, measurements: read } of points) {
    for (const [key, group] of groups(read, (one) => keyOf([metric, ...by.map((column) => labelOf(one, column))]))) {
      const before = byGroup.get(key) ?? [];
      byGroup.set(key, before);
      const common = commonArgument(group, metric);
      // "trained" where the training was silent is the point 0 once more
      if (common !== null && before.some((row) => row.at === common)) continue;
      const labels = Object.fromEntries(by.map((column) => [column, labelOf(group[0], column)]));
      before.push({ metric, point, group: labels, at: common, sample: seedSample(group) });
    }
  }
  const measured = points.filter((point) => point.measurements.length > 0);
  for (const failed of failedGroups(runs, by)) {
    const labels = Object.fromEntries(by.map((column) => [column, failed[0][column] ?? null]));
    for (const { metric, point } of measured.length > 0 ? measured : points) {
      const key = keyOf([metric, ...Object.values(labels)]);
      const before = byGroup.get(key) ?? [];
      byGroup.set(key, before);
      const place = plannedArgument(failed, point);
      if (place !== null && before.some((row) => row.at === place)) continue;
      before.push({ metric, point, group: labels, at: place, sample: seedSample([]) });
    }
  }
  const ofRuns = by.filter((column) => column !== "part");
  const keyed = (row: TableRow): string => keyOf(ofRuns.map((column) => row[column] ?? null));
  const places = new Map([...new Set(runs.map(keyed))].map((key, i) => [key, i]));
  const place = ([{ metric, group }]: readonly PointRow[]): number =>
    metrics.indexOf(metric) * places.size + (places.get(keyed(group)) ?? 0);
  const rows = [...byGroup.values()].sort((a, b) => place(a) - place(b)).flat();
  return { rows, warnings: pointWarnings(points, measurements) };
}

/** Columns with the labels of such rows. */
export function labelColumns(
  rows: readonly PointRow[],
  by: readonly string[],
  metrics: readonly MetricName[],
): MeaningfulColumn[] {
  const argumentsOf = argumentsOfAll(metrics);
  return [
    ...by.map((column) =>
      columnOf(
        column,
        rows.map(({ group }) => group[column]),
        "group",
      ),
    ),
    ...measurementColumns.filter(({ name }) => name === "metric" || argumentsOf.some((one) => one === name)),
  ];
}

/** Their values. */
export function labelsOf({ group, metric, at }: PointRow, metrics: readonly MetricName[]): Record<string, AxisValue> {
  const own = metricArgument(metric);
  const values = argumentsOfAll(metrics).map((name) => [name, name === own ? at : null]);
  return { ...group, metric, ...(Object.fromEntries(values) as Record<string, number | null>) };
}

function argumentsOfAll(metrics: readonly MetricName[]): ("update" | "testIntensity")[] {
  return distinct(metrics.map(metricArgument)).filter((argument) => argument !== null);
}
