/** Expected results against the tables that a study's runs give. */
import { numberText } from "../figure/wording.ts";
import { titleOf } from "./analyses/column-words.ts";
import type { AnalysisTable, TableRow } from "./analyses/contract.ts";
import { isValue } from "./analyses/options.ts";
import type { AxisValue, Expectation } from "./study.ts";

export type ExpectationVerdict = "met" | "off" | "missing";

/** What became of an expectation. */
export interface CheckedExpectation {
  readonly expectation: Expectation;
  readonly verdict: ExpectationVerdict;
  /** null when it is missing. */
  readonly found: AxisValue;
  /** Ends of the usual interval of the number, where its table has one. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of seeds behind it, where its table says so. */
  readonly seeds: number | null;
  /** Why it is missing, or what else must be known; empty when there is nothing. */
  readonly note: string;
}

/** A table of the study, under the name of its analysis. */
export interface NamedTable {
  readonly name: string;
  readonly table: AnalysisTable;
}

/**
 * Decides every expectation.
 *
 * The number of the table decides, not its interval: it must lie within the tolerance or the range, ends included. Texts and
 * truth values must be equal. An expectation is missing when not exactly one row has the values that it names, no seed stands
 * behind that row, or there is no number in it. Where the interval reaches to both sides of a limit, the note says so.
 *
 * @param tables of the study's analyses, in their order; names may repeat
 */
export function checkedExpectations(
  expected: readonly Expectation[],
  tables: readonly NamedTable[],
): readonly CheckedExpectation[] {
  return expected.map((expectation) => checked(expectation, tables));
}

function checked(expectation: Expectation, tables: readonly NamedTable[]): CheckedExpectation {
  const { analysis, where, column, rule } = expectation;
  const missing = (note: string): CheckedExpectation => ({
    expectation,
    verdict: "missing",
    found: null,
    low: null,
    high: null,
    seeds: null,
    note,
  });
  const named = tables.filter(({ name }) => name === analysis);
  const having = named.filter(({ table }) => table.columns.some(({ name }) => name === column));
  if (named.length === 0) return missing(`the study has no analysis ${analysis}`);
  if (having.length === 0) return missing(`the table has no column ${column}`);
  const fitting = having.flatMap(({ table }) =>
    table.rows.filter((row) => fits(row, where)).map((row) => ({ table, row })),
  );
  if (fitting.length !== 1) return missing(fitting.length === 0 ? "no row fits" : `${fitting.length} rows fit`);
  const [{ table, row }] = fitting;
  const seeds = numberOf(row.seeds);
  if (seeds === 0) return missing("no run of the row came to its end");
  const found = row[column] ?? null;
  if (found === null || (typeof found === "number" && !Number.isFinite(found))) return missing("no number in the row");
  const interval = table.estimates.find((estimate) => estimate.column === column)?.intervals[0];
  const low = interval === undefined ? null : numberOf(row[interval.low]);
  const high = interval === undefined ? null : numberOf(row[interval.high]);
  const limits = limitsOf(rule);
  const crossing =
    low !== null && high !== null && limits.some((limit) => limit > low && limit < high)
      ? "the interval reaches to both sides of a limit"
      : "";
  const isMet = isAsExpected(rule, found);
  return { expectation, verdict: isMet ? "met" : "off", found, low, high, seeds, note: crossing };
}

function fits(row: TableRow, where: Expectation["where"]): boolean {
  return Object.entries(where).every(([column, value]) => column in row && isValue(row[column], value));
}

function isAsExpected(rule: Expectation["rule"], found: AxisValue): boolean {
  if (rule.kind === "equal") return isValue(found, rule.value);
  const [least, most] = bounds(rule);
  return typeof found === "number" && found >= least && found <= most;
}

function bounds(rule: Exclude<Expectation["rule"], { readonly kind: "equal" }>): readonly [number, number] {
  if (rule.kind === "range") return [rule.min ?? Number.NEGATIVE_INFINITY, rule.max ?? Number.POSITIVE_INFINITY];
  const distance = rule.tolerance * (rule.isRelative ? Math.abs(rule.value) : 1);
  return [rule.value - distance, rule.value + distance];
}

function limitsOf(rule: Expectation["rule"]): readonly number[] {
  return rule.kind === "equal" ? [] : bounds(rule).filter(Number.isFinite);
}

function numberOf(value: AxisValue | undefined): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** "summary, site inside, training intensity 0.5: mean". */
export function expectationSubject({ analysis, where, column }: Expectation): string {
  const row = Object.entries(where).map(([name, value]) => `${titleOf(name)} ${valueText(value)}`);
  return `${[analysis, ...row].join(", ")}: ${titleOf(column)}`;
}

/** "0.48 ± 0.05", "0.48 ± 10 %", "0.1 to 0.5", "at most 0.5", "prefers silence". */
export function ruleText(rule: Expectation["rule"]): string {
  if (rule.kind === "equal") return valueText(rule.value);
  if (rule.kind === "close") {
    const tolerance = rule.isRelative ? `${numberText(100 * rule.tolerance)} %` : numberText(rule.tolerance);
    return `${numberText(rule.value)} ± ${tolerance}`;
  }
  if (rule.min === null) return `at most ${numberText(rule.max)}`;
  return rule.max === null ? `at least ${numberText(rule.min)}` : `${numberText(rule.min)} to ${numberText(rule.max)}`;
}

/** "0.47 (0.44 to 0.5)", or a dash. */
export function foundText({ found, low, high }: Pick<CheckedExpectation, "found" | "low" | "high">): string {
  if (found === null) return numberText(null);
  if (low === null || high === null) return valueText(found);
  return `${valueText(found)} (${numberText(low)} to ${numberText(high)})`;
}

/** "5 of 6 met, 1 off". */
export function expectationCount(checked: readonly CheckedExpectation[]): string {
  const count = (verdict: ExpectationVerdict) => checked.filter((one) => one.verdict === verdict).length;
  const rest = (["off", "missing"] as const).filter((verdict) => count(verdict) > 0);
  return [`${count("met")} of ${checked.length} met`, ...rest.map((verdict) => `${count(verdict)} ${verdict}`)].join(
    ", ",
  );
}

/** How every expectation is decided, for the reader of a report. */
export const expectationRule =
  "The number of the table decides, not its interval: it must lie within the tolerance or the range, ends included; words " +
  "must be equal. An expectation is missing when not exactly one row has the values that it names, none of the row's runs " +
  "came to its end, or the row holds no number. Where the interval reaches to both sides of a limit, another set of seeds " +
  "might decide otherwise.";

function valueText(value: AxisValue): string {
  return typeof value === "number" ? numberText(value) : String(value);
}
