/** What a figure draws: measurements of one metric, parted into the drawings that they need. */
import { sampleSummaries } from "../../analysis/statistics/sample.ts";
import { ParameterError } from "../../core/errors.ts";
import { distinct, groups } from "../../figure/conditions.ts";
import type { FigureRow } from "../../figure/contract.ts";
import { levelText, levelTitle } from "../../figure/levels.ts";
import { countText, listText } from "../../figure/wording.ts";
import { titleOf } from "../analyses/column-words.ts";
import { readPoints } from "../analyses/points.ts";
import { keyOf } from "../analyses/samples.ts";
import { selection } from "../analyses/selection.ts";
import { hasParts, metricArgument } from "../metrics.ts";
import { isSound, labelOf, type Measurement, type RunRow } from "../results/rows.ts";
import { type StudyResults, varyingColumns } from "../results/study-results.ts";
import type { AxisValue } from "../study.ts";
import type { EstimateOptions, MeasureOptions } from "./options.ts";
import type { MetricQuery, ReadAt } from "./query.ts";

/** Drawings of one request; more are an oversight. */
const mostDrawings = 12;
/** Conditions that a warning names. */
const namedConditions = 4;

/** What one drawing shows: runs that are equal in all that it does not show. */
export interface Part {
  /** Of runs that came to their end, in the order of the plan. */
  readonly measurements: readonly Measurement[];
  /** What sets it apart from the other drawings of the request: values by column. */
  readonly fixed: Readonly<Record<string, AxisValue>>;
  /** Values that columns have in it, for its query. */
  readonly where: MetricQuery["where"];
  /** Of runs that are missing or were made unlike the others. */
  readonly warnings: readonly string[];
}

/**
 * The drawings that a request needs: one for each combination of the values that the figure does not show.
 *
 * @param shown columns of the figure; the metric's argument is one of them, or the metric is read at one place
 * @throws ParameterError when there are more than 12
 */
export function drawingParts(
  results: StudyResults,
  { metric, where, at }: Pick<MeasureOptions, "metric" | "where" | "at">,
  shown: readonly string[],
  place: string,
): { readonly parts: readonly Part[]; readonly at: ReadAt | undefined } {
  const all = selection(results, { where, metrics: [metric] });
  const argument = metricArgument(metric);
  const readAt: ReadAt | undefined =
    argument === null || shown.includes(argument)
      ? undefined
      : { argument, point: at ?? (argument === "update" ? "last" : "trained") };
  const measurements = readAt === undefined ? all.measurements : measurementsAt(all.measurements, metric, readAt);
  const ofRuns = partingColumns(all.runs, results.columns, shown);
  const keyed = (run: RunRow) => keyOf(ofRuns.map((column) => run[column] ?? null));
  const runsOf = groups(all.runs, keyed);
  const measuredOf = groups(measurements, ({ run }) => keyed(run));
  const names = distinct(measurements.map(({ part }) => part));
  const isParted = hasParts(metric) && !shown.includes("part");
  const parted = isParted && names.length > 1 ? [...ofRuns, "part"] : ofRuns;
  const count = runsOf.size * (isParted ? Math.max(1, names.length) : 1);
  if (count > mostDrawings) {
    throw new ParameterError({
      place,
      rule: `one drawing is made for each combination of what is not shown, at most ${mostDrawings}, got ${count} of ${listText(parted)}`,
      remedy: `show ${parted.length === 1 ? "it" : "one of them"} as colour or panel, or choose values with where`,
    });
  }
  const fixedByWhere = Object.keys(where).map((column): [string, readonly AxisValue[]] => [
    column,
    column === "part" ? names : distinct(all.runs.map((run) => run[column] ?? null)),
  ]);
  const parts = [...runsOf].flatMap(([key, runs]): Part[] => {
    const fixed = Object.fromEntries(ofRuns.map((column) => [column, runs[0][column] ?? null]));
    const mine = measuredOf.get(key) ?? [];
    const drawing = (measured: readonly Measurement[], own: Part["fixed"], only: Part["fixed"]): Part => ({
      measurements: measured,
      fixed: own,
      where: Object.fromEntries([
        ...fixedByWhere,
        ...Object.entries(only).map(([column, value]): [string, readonly AxisValue[]] => [column, [value]]),
      ]),
      warnings: runWarnings(results, runs, shown),
    });
    if (!isParted) return [drawing(mine, fixed, fixed)];
    return names.map((part) => {
      const own = { ...fixed, part };
      return drawing(
        mine.filter((one) => one.part === part),
        names.length > 1 ? own : fixed,
        own,
      );
    });
  });
  return { parts, at: readAt };
}

function measurementsAt(
  measurements: readonly Measurement[],
  metric: MeasureOptions["metric"],
  { point }: ReadAt,
): readonly Measurement[] {
  const at = {
    testIntensity: point === "last" ? [] : [point],
    update: point === "trained" ? [] : [point],
  } as Parameters<typeof readPoints>[2];
  return readPoints(measurements, [metric], at).flatMap((read) => read.measurements);
}

/** Columns in which runs differ beyond what is shown; a column that follows from others is none. */
function partingColumns(runs: readonly RunRow[], columns: readonly string[], shown: readonly string[]): string[] {
  const parting: string[] = [];
  const counted = (names: readonly string[]) =>
    new Set(runs.map((run) => keyOf(names.map((name) => run[name] ?? null)))).size;
  let told = counted(shown);
  for (const column of varyingColumns(runs, columns)) {
    if (shown.includes(column)) continue;
    const more = counted([...shown, ...parting, column]);
    if (more === told) continue;
    parting.push(column);
    told = more;
  }
  return parting;
}

/** "Hidden units: 20, Noise law: gaussian"; undefined where there is one drawing. */
export function fixedText(fixed: Part["fixed"]): string | undefined {
  const parts = Object.entries(fixed).map(([column, value]) => levelTitle(column, value));
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** "site inside, training intensity 0.5". */
export function placeText(row: FigureRow, columns: readonly string[]): string {
  return columns.map((column) => `${titleOf(column)} ${levelText(row[column])}`).join(", ");
}

export function fixedNames(fixed: Part["fixed"]): string[] {
  return Object.entries(fixed).map(([column, value]) => `${column} ${levelText(value)}`);
}

/** The rows that the query of a drawing gives: columns, seed and value, sorted by all of them. */
export function measuredRows(measurements: readonly Measurement[], columns: readonly string[]): FigureRow[] {
  return measurements
    .map((measurement) => ({
      ...Object.fromEntries(columns.map((column) => [column, columnValue(measurement, column)])),
      seed: measurement.run.seed,
      value: Number.isFinite(measurement.value) ? measurement.value : null,
    }))
    .sort(byAllColumns);
}

function columnValue(measurement: Measurement, column: string): AxisValue {
  if (column === "testIntensity" || column === "update") return measurement[column];
  return labelOf(measurement, column);
}

/** As SQL's ORDER BY ALL: columns from left to right, what is missing last. */
export function byAllColumns(a: FigureRow, b: FigureRow): number {
  for (const key of Object.keys(a)) {
    const [first, second] = [a[key], b[key]];
    if (first === second) continue;
    if (first === null || first === undefined) return 1;
    if (second === null || second === undefined) return -1;
    return first < second ? -1 : 1;
  }
  return 0;
}

/**
 * The centre of the values of each place, with its interval.
 *
 * @param rows sorted, so that the values of a place stand in the order of their seeds
 * @param columns that tell places apart
 * @returns the columns, seeds, centre, low and high; low and high null without an interval
 */
export function estimatedRows(
  rows: readonly FigureRow[],
  columns: readonly string[],
  key: string,
  { centre, interval, confidence, resamples, resamplingSeed }: EstimateOptions,
): FigureRow[] {
  const summarise = sampleSummaries({ confidence, resamples, seed: resamplingSeed });
  return [...groups(rows, (row) => keyOf(columns.map((column) => row[column] ?? null))).values()].map((place) => {
    const values = place.map((row) => row[key]).filter((value) => typeof value === "number");
    const all = summarise(values);
    const bounds = {
      none: [null, null],
      t: [all.tLow, all.tHigh],
      bootstrap: centre === "mean" ? [all.bootstrapLow, all.bootstrapHigh] : [all.medianLow, all.medianHigh],
    }[interval];
    return {
      ...Object.fromEntries(columns.map((column) => [column, place[0][column] ?? null])),
      seeds: values.length,
      centre: all[centre],
      low: bounds[0],
      high: bounds[1],
    };
  });
}

function runWarnings(results: StudyResults, runs: readonly RunRow[], shown: readonly string[]): string[] {
  return [...openWarnings(results), ...failureWarnings(runs, shown), ...softwareWarnings(runs)];
}

function openWarnings({ open, runs }: StudyResults): string[] {
  if (open.length === 0) return [];
  return [
    `the study is not finished: ${open.length} of ${countText([open.length + runs.length], "run")} ${open.length === 1 ? "is" : "are"} missing.`,
  ];
}

/** Runs that failed, by what the figure shows of them. */
export function failureWarnings(runs: readonly RunRow[], shown: readonly string[]): string[] {
  const failed = runs.filter((run) => !isSound(run));
  if (failed.length === 0) return [];
  const known = shown.filter((column) => runs.some((run) => column in run));
  const conditions = groups(failed, (run) => keyOf([...known.map((column) => run[column]), run.cause ?? run.outcome]));
  const named = [...conditions.values()].map((group) => {
    const [run] = group;
    const where = placeText(run, known);
    return `${run.cause ?? run.outcome}${where === "" ? "" : ` at ${where}`} (${countText([group.length], "run")})`;
  });
  const listed =
    named.length > namedConditions
      ? [...named.slice(0, namedConditions), `${named.length - namedConditions} more kinds`]
      : named;
  return [
    `${failed.length} of ${countText([runs.length], "run")} failed and ${failed.length === 1 ? "is" : "are"} left out: ${listed.join("; ")}.`,
  ];
}

/** Other software may give other last bits. */
function softwareWarnings(runs: readonly RunRow[]): string[] {
  const makers = groups(runs, (run) => keyOf([run.version, run.fingerprint, run.backend, run.variant]));
  if (makers.size < 2) return [];
  const isOneCode = distinct(runs.map(({ fingerprint }) => fingerprint)).length === 1;
  const listed = [...makers.values()].map((made) => {
    const [{ version, fingerprint, backend, variant }] = made;
    const code = isOneCode ? version : `${version} (${fingerprint.slice(0, 8)})`;
    return `${countText([made.length], "run")} by ${code} on ${backend} (${variant})`;
  });
  return [`runs were made by different software, whose last bits may differ: ${listText(listed)}.`];
}
