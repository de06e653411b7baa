/** Options that figures share, and the rules that depend on the study's columns. */
import { z } from "zod";
import type { OptionIssue, RequestSurroundings } from "../analyses/contract.ts";
import { columnIssues, columnsFor, statisticsOptions, whereOption } from "../analyses/options.ts";
import { type MetricName, metricArgument, metricNames } from "../metrics.ts";

export { whereOption } from "../analyses/options.ts";

export const columnOption = z.string().describe("name of a column: an axis, task, cell, site, trainIntensity, ...");

export const titleOption = z.string().min(1).optional().describe("instead of the title that the columns give");

/** Numbers of which a network has one in each place; the losses of single noise draws are many. */
const drawnMetrics = metricNames.filter((name) => name !== "test-loss-of-repeat");

export const measureOptions = {
  metric: z
    .enum(drawnMetrics as [MetricName, ...MetricName[]])
    .default("test-loss")
    .describe("what is drawn, for example test-loss"),
  where: whereOption,
  at: z
    .union([z.number().min(0), z.literal("trained"), z.literal("last")])
    .optional()
    .describe(
      'where the metric is read when its argument is no axis of the figure: a test intensity or "trained" (the default), a number of updates or "last" (the default)',
    ),
  title: titleOption,
};

export const centreOption = z.enum(["mean", "median"]).default("mean").describe("what stands for several seeds");

export const estimateOptions = {
  centre: centreOption,
  interval: z
    .enum(["bootstrap", "t", "none"])
    .default("bootstrap")
    .describe("interval of the centre over seeds; t is of the mean only"),
  ...statisticsOptions,
};

export type MeasureOptions = z.output<z.ZodObject<typeof measureOptions>>;
export type EstimateOptions = z.output<z.ZodObject<typeof estimateOptions>>;

/** Rules of columns that a figure shows: known, each once, and not the argument that the metric lacks. */
export function shownIssues(
  shown: Readonly<Record<string, string | undefined>>,
  { metric, at, where }: Pick<MeasureOptions, "metric" | "at" | "where">,
  { columns }: RequestSurroundings,
): OptionIssue[] {
  const argument = metricArgument(metric);
  const ofMetric = columnsFor(metric, { columns });
  const known = argument === null ? ofMetric.columns : [...ofMetric.columns, argument];
  const named = Object.entries(shown).flatMap(([path, name]) => (name === undefined ? [] : [{ path, name }]));
  const issues: OptionIssue[] = named.flatMap(({ path, name }) =>
    isArgument(name) && name !== argument
      ? [{ path, rule: `must be a column of ${metric}, got ${name}`, remedy: placesText(metric) }]
      : columnIssues(path, [name], { columns: known }),
  );
  for (const [index, { path, name }] of named.entries()) {
    const first = named.slice(0, index).find((other) => other.name === name);
    if (first !== undefined)
      issues.push({
        path,
        rule: `must be another column than ${first.path}, got ${name} twice`,
        remedy: "leave one out",
      });
  }
  if (at !== undefined) issues.push(...pointIssues(at, argument, named));
  return [...issues, ...columnIssues("where", Object.keys(where), ofMetric)];
}

export function intervalIssues({ centre, interval }: Pick<EstimateOptions, "centre" | "interval">): OptionIssue[] {
  if (centre === "mean" || interval !== "t") return [];
  return [{ path: "interval", rule: "must be bootstrap or none for a median, got t", remedy: "or take centre: mean" }];
}

function pointIssues(
  at: number | "trained" | "last",
  argument: "update" | "testIntensity" | null,
  named: readonly { readonly path: string; readonly name: string }[],
): OptionIssue[] {
  const shown = named.find(({ name }) => name === argument);
  if (shown !== undefined) {
    const rule = `must be left out where ${argument} is shown, got ${at} beside ${shown.path}: ${argument}`;
    return [{ path: "at", rule, remedy: "leave at out" }];
  }
  if (argument === null) return [{ path: "at", rule: `must be left out, got ${at}`, remedy: "a run has one value" }];
  const word = argument === "update" ? "last" : "trained";
  if (typeof at === "number" || at === word) return [];
  return [
    { path: "at", rule: `must be a number or ${word} for ${argument}, got ${at}`, remedy: `for example at: ${word}` },
  ];
}

function isArgument(name: string): boolean {
  return name === "update" || name === "testIntensity";
}

function placesText(metric: MetricName): string {
  const argument = metricArgument(metric);
  return argument === null ? `a run has one value of ${metric}` : `${metric} is measured at ${argument}`;
}
