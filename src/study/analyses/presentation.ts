/** An analysis as a reader is shown it: numbers rounded to what they are worth, with their intervals. */
import { ParameterError } from "../../core/errors.ts";
import { unknownName } from "../../core/registry.ts";
import { countText, listText, numberText } from "../../figure/wording.ts";
import type { TextTable, TextTableColumn } from "../../io/table-formats/contract.ts";
import type { AxisValue } from "../study.ts";
import { labelText, sentenceCase, titleOf } from "./column-words.ts";
import type { AnalysisTable, Estimate, IntervalKind, TableRow } from "./contract.ts";
import { metricBounds } from "./metric-bounds.ts";

export interface PresentationOptions {
  /** How intervals are made; default: the usual way of each estimate. */
  readonly interval?: IntervalKind | undefined;
  /** Estimates that are shown, by their columns; default: all but those of the median. */
  readonly show?: readonly string[] | undefined;
  readonly caption?: string | undefined;
}

/**
 * The table for people: labels, counts, and each estimate with its interval in brackets.
 *
 * A number with an interval is rounded to the second digit of the interval's half-width, its ends alike; one without to three
 * digits. Labels that are equal in all rows go into the caption.
 *
 * @throws ParameterError for an estimate or an interval that the table does not have
 */
export function presentedTable(table: AnalysisTable, options: PresentationOptions = {}): TextTable {
  const { rows, labels, shown, notes, warnings } = table;
  const estimates = chosenEstimates(table, options);
  const constant = rows.length > 1 ? labels.filter((name) => rows.every((row) => row[name] === rows[0][name])) : [];
  const columns: readonly { readonly column: TextTableColumn; readonly cell: (row: TableRow) => string }[] = [
    ...labels
      .filter((name) => !constant.includes(name))
      .map((name) => ({
        column: { title: titleOf(name), align: alignOf(rows, name) },
        cell: (row: TableRow) => labelText(row[name]),
      })),
    ...estimates.map(({ column: name, interval }) => ({
      column: { title: titleOf(name), align: "right" as const },
      cell: (row: TableRow) => estimateText(row, name, interval),
    })),
    ...shown.map((name) => ({
      column: { title: titleOf(name), align: alignOf(rows, name) },
      cell: (row: TableRow) => (isP(name) ? pText(row[name]) : labelText(row[name])),
    })),
  ];
  const fixed = constant
    .filter((name) => rows[0][name] !== null)
    .map((name) => `${titleOf(name)} ${labelText(rows[0][name])}`);
  const caption = [options.caption, fixed.length > 0 ? `${sentenceCase(fixed.join(", "))}.` : undefined]
    .filter(Boolean)
    .join(" ");
  return {
    columns: columns.map(({ column }) => column),
    rows: rows.map((row) => columns.map(({ cell }) => cell(row))),
    caption: caption === "" ? null : caption,
    notes: [
      ...notes,
      ...intervalNotes(table, estimates),
      ...boundNotes(rows, estimates),
      ...warnings.map((warning) => `Warning: ${warning}`),
    ],
  };
}

interface ShownEstimate {
  readonly column: string;
  readonly isOfMetric: boolean;
  readonly interval: Estimate["intervals"][number];
}

function chosenEstimates({ estimates }: AnalysisTable, { interval, show }: PresentationOptions): ShownEstimate[] {
  const names = estimates.map(({ column }) => column);
  for (const name of show ?? []) if (!names.includes(name)) throw unknownName("estimate", name, names, "show");
  const usual = names.filter((name) => name !== "median");
  return estimates
    .filter(({ column }) => (show ?? usual).includes(column))
    .map(({ column, intervals, isOfMetric = false }) => {
      const found = interval === undefined ? intervals[0] : intervals.find(({ kind }) => kind === interval);
      if (found !== undefined) return { column, isOfMetric, interval: found };
      const kinds = intervals.map(({ kind }) => kind).join(", ");
      throw new ParameterError({
        place: "interval",
        rule: `${column} must have an interval of this kind, got ${interval}`,
        remedy: `it has ${kinds}; leave the option out for the usual one`,
      });
    });
}

const intervalNames = { t: "Student's t", bootstrap: "bootstrap" } as const satisfies Record<IntervalKind, string>;

/** "In brackets: 95 % intervals over 4 seeds, by Student's t." */
function intervalNotes({ confidence, rows }: AnalysisTable, estimates: readonly ShownEstimate[]): string[] {
  const kinds = [...new Set(estimates.map(({ interval }) => interval.kind))];
  const counts = rows.map((row) => Number(row.seeds)).filter((count) => count > 0);
  const isShown = estimates.some(({ column, interval }) => rows.some((row) => hasInterval(row, column, interval)));
  if (kinds.length === 0 || counts.length === 0) return [];
  if (!isShown) return ["No interval over seeds is shown: it has no width, or one of its ends is not known."];
  const named = kinds.map((kind) => {
    const columns = estimates.filter(({ interval }) => interval.kind === kind).map(({ column }) => titleOf(column));
    return kinds.length === 1 ? intervalNames[kind] : `${intervalNames[kind]} (${columns.join(", ")})`;
  });
  const seeds = countText(counts, "seed");
  return [`In brackets: ${Number((100 * confidence).toFixed(2))} % intervals over ${seeds}, by ${listText(named)}.`];
}

/** Student's interval is symmetric, whatever the metric. */
function boundNotes(rows: readonly TableRow[], estimates: readonly ShownEstimate[]): string[] {
  const ends = estimates
    .filter(({ isOfMetric, interval }) => isOfMetric && interval.kind === "t")
    .flatMap(({ interval: { low, high } }) =>
      rows.map((row) => ({ low: row[low], high: row[high], ...metricBounds(row.metric) })),
    );
  const passed = [
    ...(ends.some(({ low, least }) => typeof low === "number" && low < least) ? ["below 0"] : []),
    ...(ends.some(({ high, most }) => typeof high === "number" && high > most) ? ["above 1"] : []),
  ];
  if (passed.length === 0) return [];
  return [
    `Student's t knows no bounds: intervals that reach ${passed.join(" or ")} say that the seeds scatter too much for it; see the median, or the bootstrap (--interval bootstrap).`,
  ];
}

/** Whether an estimate has an interval that is told: one of some width with both ends. */
function hasInterval(row: TableRow, column: string, { low, high }: Estimate["intervals"][number]): boolean {
  const [value, from, to] = [row[column], row[low], row[high]];
  if (typeof value !== "number" || typeof from !== "number" || typeof to !== "number") return false;
  return Number.isFinite(to - from) && to > from;
}

function estimateText(row: TableRow, column: string, { low, high }: Estimate["intervals"][number]): string {
  const [value, from, to] = [row[column], row[low], row[high]].map((part) => (typeof part === "number" ? part : null));
  if (value === null) return numberText(null);
  const half = from === null || to === null ? 0 : (to - from) / 2;
  if (from === null || to === null || !Number.isFinite(half) || half === 0) return numberText(value);
  const [middle, lower, upper] = roundedTogether([value, from, to], half);
  return `${middle} [${lower}, ${upper}]`;
}

/**
 * Numbers to the second digit of an uncertainty, but to no more than four digits of the largest; with one power of ten
 * where they are very small or very large.
 */
export function roundedTogether(values: readonly number[], uncertainty: number): string[] {
  const largest = Math.max(...values.map(Math.abs));
  const exponent = largest === 0 ? 0 : Math.floor(Math.log10(largest));
  const digit = Math.max(Math.floor(Math.log10(uncertainty)) - 1, exponent - 3);
  const isPlain = exponent >= -4 && exponent < 5;
  const shift = isPlain ? 0 : exponent;
  const decimals = Math.min(20, Math.max(0, shift - digit));
  return values.map((value) => {
    const rounded = (value / 10 ** shift).toFixed(decimals);
    const text = Number(rounded) === 0 ? rounded.replace("-", "") : rounded.replace("-", "−");
    return shift === 0 ? text : `${text}e${shift}`;
  });
}

/** "0.03", "0.0012", "< 0.001". */
function pText(value: AxisValue | undefined): string {
  if (typeof value !== "number") return numberText(null);
  if (value < 0.001) return "< 0.001";
  return String(Number(value.toPrecision(2)));
}

function isP(name: string): boolean {
  return name === "p" || name === "pHolm" || name.endsWith("P");
}

function alignOf(rows: readonly TableRow[], name: string): "left" | "right" {
  return rows.some((row) => typeof row[name] === "number") ? "right" : "left";
}
