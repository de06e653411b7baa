import { z } from "zod";
import { sampleSummaries } from "../../analysis/statistics/sample.ts";
import { distinct, groups } from "../../figure/conditions.ts";
import { findingName, metricArgument } from "../metrics.ts";
import { columnOf, measurementColumns } from "../results/columns.ts";
import { labelOf } from "../results/rows.ts";
import { type AnalysisTable, type OptionIssue, studyAnalysis, type TableRow } from "./contract.ts";
import { boundedSummary } from "./metric-bounds.ts";
import {
  byOption,
  columnsFor,
  metricIssues,
  metricList,
  metricsOption,
  selectionIssues,
  statisticsOptions,
  whereOption,
} from "./options.ts";
import { keyOf, type SeedSample, seedSample } from "./samples.ts";
import { averagingNotes, sampleWarnings, selection } from "./selection.ts";
import { metricEstimates, seedsColumn, statisticsColumns } from "./statistics-columns.ts";

const schema = z.strictObject({
  metric: metricsOption,
  by: byOption,
  where: whereOption,
  ...statisticsOptions,
});

/**
 * Metrics against their argument, over seeds: one row per group, metric and test intensity or update.
 *
 * Each seed counts once: its mean over the conditions of the group.
 */
export const curves = studyAnalysis({
  name: "curves",
  summary: "Metrics against the test intensity or the update: mean, median and intervals over seeds.",
  references: ["hesterberg2015"],
  schema,
  issues: ({ metric, by, where }, surroundings) => [
    ...metricIssues(metric),
    ...pointlessIssues(metric),
    ...selectionIssues({ by, where }, columnsFor(metric, surroundings)),
  ],
  metrics: ({ metric }) => metricList(metric),
  table(results, { metric, by: wanted, where, confidence, resamples, resamplingSeed }): AnalysisTable {
    const metrics = metricList(metric);
    const { by, measurements, warnings } = selection(results, { by: wanted, where, metrics });
    const summarise = sampleSummaries({ confidence, resamples, seed: resamplingSeed });
    const argumentsOf = distinct(metrics.map(metricArgument)).filter((argument) => argument !== null);
    const rows: TableRow[] = [];
    const samples: SeedSample[] = [];
    let changing = 0;
    for (const curve of groups(measurements, (one) =>
      keyOf([one.metric, ...by.map((column) => labelOf(one, column))]),
    ).values()) {
      const [first] = curve;
      const argument = argumentsOf.find((name) => first[name] !== null) ?? argumentsOf[0];
      const points = [...groups(curve, (one) => String(one[argument])).values()]
        .map((group) => ({ at: group[0][argument] ?? 0, sample: seedSample(group) }))
        .sort((a, b) => a.at - b.at);
      if (new Set(points.map(({ sample }) => sample.conditions)).size > 1) changing++;
      for (const { at, sample } of points) {
        samples.push(sample);
        rows.push({
          ...Object.fromEntries(by.map((column) => [column, labelOf(first, column)])),
          metric: first.metric,
          ...Object.fromEntries(argumentsOf.map((name) => [name, name === argument ? at : null])),
          seeds: sample.seeds.length,
          ...boundedSummary(first.metric, summarise(sample.values)),
        });
      }
    }
    return {
      columns: [
        ...by.map((column) =>
          columnOf(
            column,
            rows.map((row) => row[column]),
            "group",
          ),
        ),
        ...measurementColumns.filter(({ name }) => name === "metric" || argumentsOf.some((one) => one === name)),
        seedsColumn,
        ...statisticsColumns,
      ],
      rows,
      labels: [...by, "metric", ...argumentsOf],
      shown: ["seeds"],
      estimates: metricEstimates,
      confidence,
      notes: [...averagingNotes(measurements, { by, columns: results.columns }, samples)],
      warnings: [...warnings, ...sampleWarnings(samples), ...changingWarnings(changing)],
    };
  },
});

function pointlessIssues(metric: string | readonly string[]): readonly OptionIssue[] {
  return [metric]
    .flat()
    .filter((name) => name === findingName)
    .map((name) => ({
      path: "metric",
      rule: `must be measured at several places, got ${name}, of which a run has one`,
      remedy: "the analysis summary shows it",
    }));
}

/** A mean over conditions is no curve where the conditions come and go. */
function changingWarnings(curvesThatChange: number): string[] {
  if (curvesThatChange === 0) return [];
  const which = curvesThatChange === 1 ? "1 curve averages" : `${curvesThatChange} curves average`;
  return [`${which} over other conditions at one point than at the next; group by what they differ in.`];
}
