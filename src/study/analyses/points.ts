/** Where metrics are read: at chosen test intensities, at chosen updates. */
import { distinct } from "../../figure/conditions.ts";
import { listText, numberText } from "../../figure/wording.ts";
import { type MetricName, metricArgument } from "../metrics.ts";
import type { Measurement, RunRow } from "../results/rows.ts";
import { titleOf } from "./column-words.ts";
import { type At, isValue } from "./options.ts";

/** A number, or the word that stands for each run's own: its training intensity, its last update; null: there are no places. */
export type Point = number | "trained" | "last" | null;

/** Measurements at a point. */
export interface ReadPoint {
  readonly metric: MetricName;
  readonly point: Point;
  readonly measurements: readonly Measurement[];
}

/** Every metric at every point where it can be read, in the order of the request. */
export function readPoints(
  measurements: readonly Measurement[],
  metrics: readonly MetricName[],
  at: At,
): readonly ReadPoint[] {
  return metrics.flatMap((metric) => {
    const argument = metricArgument(metric);
    const mine = measurements.filter((one) => one.metric === metric);
    if (argument === null) return [{ metric, point: null, measurements: mine }];
    const last = lastUpdates(mine);
    const points: readonly Point[] = distinct<Point>([at[argument]].flat());
    return points.map((point) => ({
      metric,
      point,
      measurements: mine.filter((one) => {
        if (point === "last") return one.update === last.get(one.run.id);
        return isValue(one[argument], point === "trained" ? trainedIntensity(one) : point);
      }),
    }));
  });
}

/** NaN, which is no point, where another source than the first is varied at test. */
function trainedIntensity({ run }: Measurement): number {
  if (run.testSite === null) return 0;
  return run.testSite === run.site ? (run.trainIntensity ?? 0) : Number.NaN;
}

function lastUpdates(measurements: readonly Measurement[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { run, update } of measurements) last.set(run.id, Math.max(last.get(run.id) ?? 0, update ?? 0));
  return last;
}

/** The one value of an argument, or null where a row is made of several. */
export function commonArgument(measurements: readonly Measurement[], metric: MetricName): number | null {
  const name = metricArgument(metric);
  if (name === null) return null;
  const values = distinct(measurements.map((one) => one[name]));
  return values.length === 1 ? values[0] : null;
}

/** The one value that runs would have had at a point; null where they have several, or none is known. */
export function plannedArgument(runs: readonly RunRow[], point: Point): number | null {
  if (typeof point === "number") return point;
  if (point === "last" || point === null) return null;
  const values = distinct(runs.map(({ trainIntensity }) => trainIntensity ?? 0));
  return values.length === 1 ? values[0] : null;
}

/** What was asked for and is nowhere. */
export function pointWarnings(points: readonly ReadPoint[], measurements: readonly Measurement[]): string[] {
  return points
    .filter((point) => point.measurements.length === 0 && measurements.some(({ metric }) => metric === point.metric))
    .map(({ metric, point }) => {
      const argument = metricArgument(metric) ?? "testIntensity";
      const known = distinct(measurements.filter((one) => one.metric === metric).map((one) => one[argument] ?? 0));
      const listed = known.sort((a, b) => a - b).map(numberText);
      const some = listed.length > 12 ? [...listed.slice(0, 11), `${listed.length - 11} more`] : listed;
      const where =
        typeof point === "number" ? `${titleOf(argument)} ${numberText(point)}` : `${titleOf(argument)} "${point}"`;
      return `${metric} was not measured at ${where}; there are ${listText(some)}.`;
    });
}
