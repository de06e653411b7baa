/** Options that analyses share, and the rules that depend on the study's columns. */
import { z } from "zod";
import { bootstrapDefaults } from "../../analysis/statistics/bootstrap.ts";
import { unknownName } from "../../core/registry.ts";
import { sameIntensity } from "../../figure/conditions.ts";
import { hasParts, type MetricName, metricNames, repeatName } from "../metrics.ts";
import type { Measurement, RunRow } from "../results/rows.ts";
import type { AxisValue } from "../study.ts";
import type { OptionIssue, RequestSurroundings } from "./contract.ts";

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const metricsOption = z
  .union([z.string(), z.array(z.string()).min(1)])
  .default("test-loss")
  .describe("for example test-loss, or a list of metrics");

export const byOption = z.array(z.string()).optional().describe("names of columns; by default every axis of the study");

export const whereOption = z
  .record(z.string(), z.union([scalar, z.array(scalar).min(1)]))
  .default({})
  .describe("columns with the value, or the list of values, that runs must have");

export const atOption = z
  .strictObject({
    testIntensity: z
      .union([atPoint("trained"), z.array(atPoint("trained")).min(1)])
      .default([0, "trained"])
      .describe('numbers, and "trained" for the intensity of the training'),
    update: z
      .union([atPoint("last"), z.array(atPoint("last")).min(1)])
      .default(["last"])
      .describe('numbers of updates, and "last"'),
  })
  .prefault({})
  .describe("where metrics are read: { testIntensity: [0, trained] } or { update: last }");

function atPoint<Word extends string>(word: Word) {
  return z.union([z.number().min(0), z.literal(word)]);
}

export const statisticsOptions = {
  confidence: z.number().gt(0).lt(1).default(bootstrapDefaults.confidence).describe("coverage of intervals, in (0, 1)"),
  resamples: z
    .int()
    .min(100)
    .max(1_000_000)
    .default(bootstrapDefaults.resamples)
    .describe("resamples of the bootstrap, 2000 is the default"),
  resamplingSeed: z.int().min(0).default(bootstrapDefaults.seed).describe("seed of the bootstrap"),
};

export type Where = z.output<typeof whereOption>;
export type At = z.output<typeof atOption>;

/** @param metric without issues */
export function metricList(metric: string | readonly string[]): readonly MetricName[] {
  return [metric].flat() as MetricName[];
}

/** Single noise draws are left to what resamples them: their mean is a metric of its own. */
const metricsOfSeeds: readonly string[] = metricNames.filter((name) => name !== repeatName);

export function metricIssues(metric: string | readonly string[]): readonly OptionIssue[] {
  const names = [metric].flat();
  const unknown = names.filter((name) => !metricsOfSeeds.includes(name));
  return [
    ...unknown.map((name) => {
      const { rule, remedy } = unknownName("metric", name, metricsOfSeeds);
      return { path: "metric", rule, remedy };
    }),
    ...repeatIssues("metric", names),
  ];
}

/** Issues with columns that runs do not have. @param path of the option, for example "by" */
export function columnIssues(
  path: string,
  names: readonly string[],
  { columns }: RequestSurroundings,
): readonly OptionIssue[] {
  return names
    .filter((name) => !columns.includes(name))
    .map((name) => {
      const { rule, remedy } = unknownName("column", name, columns);
      return { path, rule, remedy };
    });
}

/** Columns that a request about metrics may name: those of runs, and `part` where a metric is of several things. */
export function columnsFor(metric: string | readonly string[], { columns }: RequestSurroundings): RequestSurroundings {
  return { columns: [metric].flat().some(hasParts) ? [...columns, "part"] : columns };
}

/** Issues of `by` and `where`, which name columns. */
export function selectionIssues(
  { by = [], where }: { readonly by?: readonly string[] | undefined; readonly where: Where },
  surroundings: RequestSurroundings,
): readonly OptionIssue[] {
  return [
    ...columnIssues("by", by, surroundings),
    ...repeatIssues("by", by),
    ...columnIssues("where", Object.keys(where), surroundings),
  ];
}

/** Columns that one may not ask for twice. */
function repeatIssues(path: string, names: readonly string[]): readonly OptionIssue[] {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  return twice === undefined
    ? []
    : [{ path, rule: `names must stand once, got ${twice} twice`, remedy: "leave one out" }];
}

/** Whether a value of a column is the one that was asked for; intensities may differ by rounding. */
export function isValue(found: AxisValue, wanted: AxisValue): boolean {
  if (typeof found === "number" && typeof wanted === "number") return found === wanted || sameIntensity(found, wanted);
  return found === wanted;
}

/** Whether a run is one that a request is about, whatever is said of parts. */
export function fitsWhere(run: RunRow, { part: _ofMeasurements, ...where }: Where): boolean {
  return Object.entries(where).every(([column, wanted]) => isAmong(run[column] ?? null, wanted));
}

/** Whether a measurement is of a part that a request is about. */
export function fitsPart({ part }: Pick<Measurement, "part">, { part: wanted }: Where): boolean {
  return wanted === undefined || isAmong(part, wanted);
}

function isAmong(found: AxisValue, wanted: Where[string]): boolean {
  return [wanted].flat().some((value) => isValue(found, value));
}
