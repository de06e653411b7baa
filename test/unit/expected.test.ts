import { describe, expect, test } from "vitest";
import type { AnalysisTable, TableRow } from "../../src/study/analyses/contract.ts";
import {
  type CheckedExpectation,
  checkedExpectations,
  expectationCount,
  expectationSubject,
  foundText,
  ruleText,
} from "../../src/study/expected.ts";
import type { Expectation } from "../../src/study/study.ts";

const rows: readonly TableRow[] = [
  { site: "inside", trainIntensity: 0.1 + 0.2, seeds: 5, mean: 0.5, tLow: 0.4, tHigh: 0.6, verdict: "prefers silence" },
  { site: "outside", trainIntensity: 0.3, seeds: 4, mean: null, tLow: null, tHigh: null, verdict: "undecided" },
  { site: "outside", trainIntensity: 1, seeds: 1, mean: -2, tLow: null, tHigh: null, verdict: "undecided" },
  { site: "gate", trainIntensity: 2, seeds: 0, mean: null, tLow: null, tHigh: null, verdict: "undecided" },
];
const table: AnalysisTable = {
  columns: Object.keys(rows[0]).map((name) => ({ name, type: "double", meaning: "" })),
  rows,
  labels: ["site", "trainIntensity"],
  shown: ["seeds"],
  estimates: [{ column: "mean", intervals: [{ kind: "t", low: "tLow", high: "tHigh" }] }],
  confidence: 0.95,
  notes: [],
  warnings: [],
};

const expectation = (rule: Expectation["rule"], change: Partial<Expectation> = {}): Expectation => ({
  analysis: "summary",
  where: { site: "inside" },
  column: "mean",
  rule,
  source: null,
  ...change,
});
const check = (one: Expectation): CheckedExpectation => checkedExpectations([one], [{ name: "summary", table }])[0];
const close = (value: number, tolerance: number, isRelative = false): Expectation["rule"] => ({
  kind: "close",
  value,
  tolerance,
  isRelative,
});
const range = (min: number | null, max: number | null): Expectation["rule"] => ({ kind: "range", min, max });

describe("verdicts", () => {
  test.each<[string, Expectation["rule"], string]>([
    ["0.5 for 0.25 ± 0.25, the end included", close(0.25, 0.25), "met"],
    ["0.5 for 0.25 ± 0.2499", close(0.25, 0.2499), "off"],
    ["0.5 for 0.4 ± 25 %", close(0.4, 0.25, true), "met"],
    ["0.5 for 0.4 ± 24 %", close(0.4, 0.24, true), "off"],
    ["0.5 for at least 0.5", range(0.5, null), "met"],
    ["0.5 for at most 0.4", range(null, 0.4), "off"],
    ["0.5 for 0.1 to 0.5", range(0.1, 0.5), "met"],
    ["0.5 for exactly 0.5", { kind: "equal", value: 0.5 }, "met"],
    ["0.5 for a word", { kind: "equal", value: "0.5" }, "off"],
  ])("%s", (_, rule, verdict) => {
    expect(check(expectation(rule)).verdict).toBe(verdict);
  });

  test("a negative value has a relative tolerance too", () => {
    const where = { trainIntensity: 1 };
    expect(check(expectation(close(-2.1, 0.1, true), { where })).verdict).toBe("met");
    expect(check(expectation(close(-2.3, 0.1, true), { where })).verdict).toBe("off");
  });

  test("what 0 seeds say is missing, though the words be equal", () => {
    const change = { where: { site: "gate" }, column: "verdict" };
    expect(check(expectation({ kind: "equal", value: "undecided" }, change))).toMatchObject({
      verdict: "missing",
      note: "no run of the row came to its end",
    });
  });

  test("words are compared as they stand", () => {
    const change = { column: "verdict" };
    expect(check(expectation({ kind: "equal", value: "prefers silence" }, change)).verdict).toBe("met");
    expect(check(expectation({ kind: "equal", value: "undecided" }, change)).verdict).toBe("off");
  });

  test("intensities that differ by rounding are the same: 0.3 finds 0.30000000000000004", () => {
    expect(check(expectation(close(0.5, 0), { where: { site: "inside", trainIntensity: 0.3 } })).verdict).toBe("met");
  });

  test.each<[Partial<Expectation>, string]>([
    [{ where: { site: "input" } }, "no row fits"],
    [{ where: { site: "outside" } }, "2 rows fit"],
    [{ where: { law: "gaussian" } }, "no row fits"],
    [{ where: { site: "outside", trainIntensity: 0.3 } }, "no number in the row"],
    [{ column: "median" }, "the table has no column median"],
    [{ analysis: "curves" }, "the study has no analysis curves"],
  ])("%j is missing: %s", (change, note) => {
    expect(check(expectation(range(0, null), change))).toMatchObject({ verdict: "missing", note, found: null });
  });

  test("of two tables of one analysis, the one that has the row decides", () => {
    const other = { ...table, rows: [{ ...rows[0], site: "input", mean: 7 }] };
    const both = [
      { name: "summary", table },
      { name: "summary", table: other },
    ];
    const [first] = checkedExpectations([expectation(close(7, 0), { where: { site: "input" } })], both);
    expect(first).toMatchObject({ verdict: "met", found: 7 });
  });
});

describe("what is said", () => {
  test("the interval and the seeds go with the number, and a limit within the interval is told", () => {
    expect(check(expectation(range(0.45, null)))).toMatchObject({
      verdict: "met",
      low: 0.4,
      high: 0.6,
      seeds: 5,
      note: "the interval reaches to both sides of a limit",
    });
    expect(check(expectation(range(0.3, 0.7))).note).toBe("");
  });

  test("rules, subjects, numbers and counts in words", () => {
    expect(
      [close(0.48, 0.05), close(3, 0.1, true), range(null, 0.5), range(2, null), range(0.1, 0.5)].map(ruleText),
    ).toEqual(["0.48 ± 0.05", "3 ± 10 %", "at most 0.5", "at least 2", "0.1 to 0.5"]);
    expect(expectationSubject(expectation(range(0, 1), { where: { site: "inside", trainIntensity: 0.5 } }))).toBe(
      "summary, site inside, training intensity 0.5: mean",
    );
    const checked = [range(0, 1), range(2, 3), range(4, 5)].map((rule) => check(expectation(rule)));
    const missing = check(expectation(range(0, 1), { column: "median" }));
    expect(foundText(checked[0])).toBe("0.5 (0.4 to 0.6)");
    expect(foundText(missing)).toBe("–");
    expect(expectationCount([...checked, missing])).toBe("1 of 4 met, 2 off, 1 missing");
  });
});
