/** Values that a request names and no run has: most often a slip of the pen, which an empty table would not tell. */
import { nearestName } from "../../core/registry.ts";
import { distinct } from "../../figure/conditions.ts";
import { listText } from "../../figure/wording.ts";
import { type MetricName, metricArgument } from "../metrics.ts";
import type { StudyResults } from "../results/study-results.ts";
import type { AxisValue, Request, StudyAxis } from "../study.ts";
import type { OptionIssue } from "./contract.ts";
import { isValue } from "./options.ts";

/** Known values that an answer lists. */
const mostListed = 6;

/**
 * Issues with values of `where`, `against` and `at` that nothing in the results has.
 *
 * Runs that are not complete may bring values that are neither in the results nor on an axis: then only axes are judged.
 *
 * @param request without other issues
 * @param axes of the study, with the values that it plans
 */
export function unknownValueIssues(
  { options }: Request,
  { runs, open, measurements }: StudyResults,
  axes: readonly Pick<StudyAxis, "name" | "values">[],
): readonly OptionIssue[] {
  if (runs.length === 0) return [];
  const { where, against, at } = options as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  const ofColumns = (path: string, named: Readonly<Record<string, unknown>> = {}) =>
    Object.entries(named).flatMap(([column, wanted]) => {
      if (column === "part") return ofParts(path, [wanted].flat() as AxisValue[]);
      const planned = axes.find(({ name }) => name === column)?.values;
      if (open.length > 0 && planned === undefined) return [];
      const known = distinct([...(planned ?? []), ...runs.map((run) => run[column] ?? null)]);
      return unknown([wanted].flat() as AxisValue[], known).map((value) => issueOf(path, column, value, known));
    });
  const ofParts = (path: string, wanted: readonly AxisValue[]) => {
    const known = distinct(measurements.map(({ part }) => part)).filter((part) => part !== null);
    if (known.length === 0 || open.length > 0) return [];
    return unknown(wanted, known).map((value) => issueOf(path, "part", value, known));
  };
  const ofPlaces = Object.entries(open.length > 0 ? {} : (at ?? {})).flatMap(([argument, wanted]) => {
    const known = distinct(
      measurements
        .filter(({ metric }) => metricArgument(metric as MetricName) === argument)
        .map((one) => one[argument as "update" | "testIntensity"]),
    );
    // Of a metric that nobody measured, the table says so.
    if (known.length === 0) return [];
    const numbers = ([wanted].flat() as AxisValue[]).filter((value) => typeof value === "number");
    return unknown(numbers, known).map((value) => issueOf("at", argument, value, known));
  });
  return [...ofColumns("where", where), ...ofColumns("against", against), ...ofPlaces];
}

function unknown(wanted: readonly AxisValue[], known: readonly AxisValue[]): AxisValue[] {
  return wanted.filter((value) => !known.some((one) => isValue(one, value)));
}

function issueOf(path: string, column: string, value: AxisValue, known: readonly AxisValue[]): OptionIssue {
  const guess = typeof value === "string" ? nearestName(value, known.map(String)) : undefined;
  const near = typeof value === "number" ? nearestNumbers(value, known) : known;
  const listed = near.slice(0, mostListed).map((one) => String(one ?? "null"));
  const more = known.length > listed.length ? [`${known.length - listed.length} more`] : [];
  return {
    path,
    rule: `no run has ${column} ${String(value)}`,
    remedy: `${guess === undefined ? "" : `did you mean "${guess}"? `}there are ${listText([...listed, ...more])}`,
  };
}

/** Ascending, the nearest that will be listed; all as they are where one is no number. */
function nearestNumbers(value: number, known: readonly AxisValue[]): readonly AxisValue[] {
  const numbers = known.filter((one): one is number => typeof one === "number");
  if (numbers.length === 0) return known;
  const nearest = numbers.sort((a, b) => Math.abs(a - value) - Math.abs(b - value)).slice(0, mostListed);
  return nearest.sort((a, b) => a - b);
}
