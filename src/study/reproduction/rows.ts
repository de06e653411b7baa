/** Loss and accuracy of every network of a family at every test intensity, a row each. */
import type { MetricName } from "../metrics.ts";
import { conditionColumns } from "../results/columns.ts";
import type { StudyResults } from "../results/study-results.ts";
import type { AxisValue } from "../study.ts";
import type { Family } from "./contract.ts";

const numbers: readonly (readonly [column: string, metric: MetricName])[] = [
  ["loss", "test-loss"],
  ["accuracy", "test-accuracy"],
  ["biasSquared", "test-bias-squared"],
  ["variance", "test-variance"],
];

/**
 * Order of the columns of `familyRows`, of any families together: those that every family has, then the others by name.
 *
 * @param axes of the families' studies
 */
export function familyColumns(axes: readonly string[]): string[] {
  const fixed = ["family", ...conditionColumns, "seed", "testIntensity", ...numbers.map(([column]) => column)];
  return [...new Set([...fixed, ...[...axes].sort()])];
}

/** Order of the columns of a summary's rows: what a condition is, with the axes by name; then what was found. */
export function summaryColumns(axes: readonly string[]): string[] {
  return [...new Set(["family", ...conditionColumns, ...[...axes].sort()])];
}

/** In the order of the runs, intensities innermost; numbers that were not measured are null, and failed networks have no rows. */
export function familyRows(
  { name }: Family,
  { runs, axes, measurements }: StudyResults,
): readonly Readonly<Record<string, AxisValue>>[] {
  const columns = [...new Set([...conditionColumns, ...axes])];
  const known = new Map<string, Record<string, AxisValue>>();
  const order: Record<string, AxisValue>[] = [];
  const place = new Map(runs.map(({ id }, index) => [id, index]));
  const sorted = measurements
    .filter(({ metric }) => numbers.some(([, wanted]) => wanted === metric))
    .sort(
      (a, b) =>
        (place.get(a.run.id) as number) - (place.get(b.run.id) as number) ||
        Number(a.testIntensity) - Number(b.testIntensity),
    );
  for (const { run, metric, testIntensity, value } of sorted) {
    const key = `${run.id} ${testIntensity}`;
    let row = known.get(key);
    if (row === undefined) {
      row = {
        family: name,
        ...Object.fromEntries(columns.map((column) => [column, run[column]])),
        seed: run.seed,
        testIntensity,
        ...Object.fromEntries(numbers.map(([column]) => [column, null])),
      };
      known.set(key, row);
      order.push(row);
    }
    const [column] = numbers.find(([, wanted]) => wanted === metric) as readonly [string, MetricName];
    row[column] = Number.isFinite(value) ? value : null;
  }
  return order;
}
