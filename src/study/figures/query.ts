/** SQL over the view `metrics` of a study's results: one row per number, with every column of its run. */
import type { AxisValue } from "../study.ts";

/** A metric of the runs that came to their end, at chosen places. */
export interface MetricQuery {
  /** Columns of the rows, before the seed and the value, in the order by which rows are sorted. */
  readonly columns: readonly string[];
  readonly metric: string;
  /** Values that columns may have; of each column one. */
  readonly where: Readonly<Record<string, readonly AxisValue[]>>;
  /** Where the metric is read; undefined: everywhere. */
  readonly at?: ReadAt | undefined;
}

export interface ReadAt {
  readonly argument: "update" | "testIntensity";
  readonly point: number | "trained" | "last";
}

/** @returns a statement whose rows are sorted by all columns, from left to right */
export function metricQuery(query: MetricQuery): string {
  return `${selectText(query)}\nORDER BY ALL\n`;
}

/**
 * Differences to a reference, seed by seed.
 *
 * @param against column that tells the reference from the others; one of the query's columns
 */
export function differenceQuery(
  query: MetricQuery,
  against: { readonly column: string; readonly value: AxisValue },
): string {
  const column = identifier(against.column);
  const shared = query.columns.filter((name) => name !== against.column).map(identifier);
  const equal = [...shared, '"seed"'].map((name) => `a.${name} IS NOT DISTINCT FROM b.${name}`);
  const selected = [...query.columns, "seed", "value"].map((name) => `a.${identifier(name)}`);
  return [
    `WITH measured AS (\n${indented(selectText(query))}\n)`,
    `SELECT ${[...selected, 'b."value" AS "reference"', 'a."value" - b."value" AS "difference"'].join(", ")}`,
    `FROM measured a JOIN measured b ON ${equal.join(" AND ")}`,
    `WHERE b.${column} = ${literal(against.value)} AND a.${column} IS DISTINCT FROM b.${column}`,
    "ORDER BY ALL\n",
  ].join("\n");
}

/**
 * Several metrics side by side, each a column; null where it is not finite or there is none.
 *
 * @param query `tests` are more conditions, as SQL
 * @param metrics by the names of their columns
 */
export function pivotQuery(
  { columns, where, tests = [] }: Pick<MetricQuery, "columns" | "where"> & { readonly tests?: readonly string[] },
  metrics: Readonly<Record<string, string>>,
): string {
  const values = Object.entries(metrics).map(
    ([name, metric]) =>
      `max("value") FILTER ("metric" = ${literal(metric)} AND isfinite("value")) AS ${identifier(name)}`,
  );
  return [
    `SELECT ${[...[...columns, "seed"].map(identifier), ...values].join(", ")}`,
    'FROM "metrics"',
    `WHERE ${[conditionText("metric", Object.values(metrics)), soundRuns, ...conditions(where), ...tests].join(" AND ")}`,
    "GROUP BY ALL",
    "ORDER BY ALL\n",
  ].join("\n");
}

/**
 * A metric of parts against the test intensity over the training intensity, rounded to 9 digits behind the point.
 *
 * @param relative name of that column
 * @param isRelative whether values are over the lowest one of the same run and part
 */
export function relativePartQuery(
  { columns, metric, where }: Pick<MetricQuery, "columns" | "metric" | "where">,
  relative: string,
  isRelative: boolean,
): string {
  const finite = 'CASE WHEN isfinite("value") THEN "value" END';
  const unit = `nullif(min(${finite}) OVER (PARTITION BY "id", "part"), 0)`;
  const selected = [
    ...columns.map(identifier),
    `round("testIntensity" / "trainIntensity", 9) AS ${identifier(relative)}`,
    '"seed"',
    `${isRelative ? `${finite} / ${unit}` : finite} AS "value"`,
  ];
  const tests = [conditionText("metric", [metric]), soundRuns, ...conditions(where)];
  return [
    `SELECT ${selected.join(", ")}`,
    'FROM "metrics"',
    `WHERE ${[...tests, '"trainIntensity" > 0', '"testSite" = "site"'].join(" AND ")}`,
    "ORDER BY ALL\n",
  ].join("\n");
}

const soundRuns = `"outcome" IN ('completed', 'stopped-early')`;

function selectText({ columns, metric, where, at }: MetricQuery): string {
  const value = 'CASE WHEN isfinite("value") THEN "value" END AS "value"';
  const tests = [
    conditionText("metric", [metric]),
    soundRuns,
    ...conditions(where),
    ...(at === undefined ? [] : place(at)),
  ];
  const lines = [
    `SELECT ${[...[...columns, "seed"].map(identifier), value].join(", ")}`,
    'FROM "metrics"',
    `WHERE ${tests.join(" AND ")}`,
  ];
  if (at?.point === "last") lines.push('QUALIFY "update" = max("update") OVER (PARTITION BY "id")');
  return lines.join("\n");
}

function conditions(where: MetricQuery["where"]): string[] {
  return Object.entries(where).map(([column, values]) => conditionText(column, values));
}

function conditionText(column: string, values: readonly AxisValue[]): string {
  const name = identifier(column);
  const present = values.filter((value) => value !== null).map(literal);
  const equal =
    present.length === 1
      ? [`${name} = ${present[0]}`]
      : present.length === 0
        ? []
        : [`${name} IN (${present.join(", ")})`];
  const tests = [...equal, ...(values.includes(null) ? [`${name} IS NULL`] : [])];
  return tests.length === 1 ? tests[0] : `(${tests.join(" OR ")})`;
}

/** Intensities that differ by rounding are the same: 1e-9 of their size, as `sameIntensity` has it. */
function place({ argument, point }: ReadAt): string[] {
  const name = identifier(argument);
  if (point === "last") return [];
  const target =
    point === "trained"
      ? `CASE WHEN "testSite" IS NULL THEN 0 WHEN "testSite" = "site" THEN coalesce("trainIntensity", 0) END`
      : literal(point);
  return [`abs(${name} - ${target}) <= 1e-9 * abs(${name})`];
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Up to 15 digits a decimal becomes the nearest double; with more, only a number with an exponent does. */
function literal(value: AxisValue): string {
  if (value === null) return "NULL";
  if (typeof value === "number") return /^-?[\d.]{1,16}$/.test(String(value)) ? String(value) : value.toExponential();
  return typeof value === "boolean" ? String(value) : `'${value.replaceAll("'", "''")}'`;
}

function indented(text: string): string {
  return text.replaceAll(/^/gm, "  ");
}
