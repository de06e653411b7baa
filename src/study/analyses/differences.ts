import { z } from "zod";
import { sampleSummaries } from "../../analysis/statistics/sample.ts";
import { columnOf, type MeaningfulColumn } from "../results/columns.ts";
import { againstIssues, againstOption, entryOf, references, referenceText } from "./against.ts";
import { titleOf } from "./column-words.ts";
import { type AnalysisTable, studyAnalysis, type TableRow } from "./contract.ts";
import {
  atOption,
  byOption,
  columnsFor,
  metricIssues,
  metricList,
  metricsOption,
  selectionIssues,
  statisticsOptions,
  whereOption,
} from "./options.ts";
import { holmAdjusted, pairedP, pairedValues, pairWarnings } from "./pairs.ts";
import { labelColumns, labelsOf, pointRows } from "./point-table.ts";
import { averagingNotes, sampleWarnings, selection } from "./selection.ts";
import { seedsColumn, statisticsColumns, statisticsEstimates } from "./statistics-columns.ts";

const schema = z.strictObject({
  against: againstOption,
  metric: metricsOption,
  by: byOption,
  at: atOption,
  where: whereOption,
  ...statisticsOptions,
});

export const testColumns: readonly MeaningfulColumn[] = [
  { name: "p", type: "double", nullable: true, meaning: "p of the paired t-test, two-sided, of this row alone" },
  { name: "pHolm", type: "double", nullable: true, meaning: "the same for all rows of the table together (Holm)" },
];

/** Value minus value of reference, seed by seed: one row per other value of the column, group, metric and point. */
export const differences = studyAnalysis({
  name: "differences",
  summary: "Paired differences between the values of one column over common seeds, with intervals and tests.",
  references: ["hesterberg2015"],
  schema,
  issues: ({ metric, against, by, where }, surroundings) => [
    ...metricIssues(metric),
    ...againstIssues(against, by, columnsFor(metric, surroundings)),
    ...selectionIssues({ by, where }, columnsFor(metric, surroundings)),
  ],
  metrics: ({ metric }) => metricList(metric),
  table(results, { metric, by: wanted, at, against, where, confidence, resamples, resamplingSeed }): AnalysisTable {
    const metrics = metricList(metric);
    const { by, runs, measurements, warnings } = selection(results, { by: wanted, where, metrics });
    const summarise = sampleSummaries({ confidence, resamples, seed: resamplingSeed });
    const points = pointRows(measurements, { runs, metrics, at, by });
    const reference = entryOf(against);
    const others = references(points.rows, reference);
    const compared = points.rows.flatMap((row) => {
      const other = others.of(row);
      return other === undefined ? [] : [{ row, other, pair: pairedValues(row.sample, other.sample) }];
    });
    const values = compared.map(({ pair }) => pairedP(pair.differences));
    const adjusted = holmAdjusted(values);
    const rows = compared.map(
      ({ row, pair }, index): TableRow => ({
        ...labelsOf(row, metrics),
        reference: reference.value,
        seeds: pair.differences.length,
        ...summarise(pair.differences),
        p: values[index],
        pHolm: adjusted[index],
      }),
    );
    const labels = labelColumns(points.rows, by, metrics);
    const samples = compared.flatMap(({ row, other }) => [row.sample, other.sample]);
    return {
      columns: [
        ...labels,
        columnOf("reference", [reference.value], `${titleOf(reference.column)} that is subtracted`),
        { ...seedsColumn, meaning: "number of common seeds" },
        ...statisticsColumns.map((column) => ({
          ...column,
          meaning: column.meaning.replace("mean", "mean difference"),
        })),
        ...testColumns,
      ],
      rows,
      labels: [...labels.map(({ name }) => name), "reference"],
      shown: ["seeds", "p", "pHolm"],
      estimates: statisticsEstimates,
      confidence,
      notes: [
        `Value minus that with ${referenceText(reference)}, over common seeds.`,
        ...averagingNotes(measurements, { by, columns: results.columns }, samples),
        "p: paired t-test, two-sided; p (Holm): for all rows together.",
      ],
      warnings: [
        ...warnings,
        ...points.warnings,
        ...sampleWarnings(samples),
        ...others.warnings,
        ...pairWarnings(compared.map(({ pair }) => pair)),
      ],
    };
  },
});
