import { z } from "zod";
import { sampleSummaries } from "../../analysis/statistics/sample.ts";
import type { MeaningfulColumn } from "../results/columns.ts";
import { againstIssues, againstOption, entryOf, references, referenceText } from "./against.ts";
import { type AnalysisTable, studyAnalysis, type TableRow } from "./contract.ts";
import { boundedSummary } from "./metric-bounds.ts";
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
import { type PairedValues, pairedP, pairedValues, pairWarnings } from "./pairs.ts";
import { labelColumns, labelsOf, pointRows } from "./point-table.ts";
import { averagingNotes, sampleWarnings, selection } from "./selection.ts";
import { metricEstimates, seedsColumn, statisticsColumns } from "./statistics-columns.ts";

const schema = z.strictObject({
  metric: metricsOption,
  by: byOption,
  at: atOption,
  against: againstOption.optional(),
  where: whereOption,
  ...statisticsOptions,
});

const number = { type: "double", nullable: true } as const;
export const differenceColumns: readonly MeaningfulColumn[] = [
  { name: "pairs", type: "int32", nullable: true, meaning: "seeds that the reference has too" },
  { name: "difference", ...number, meaning: "mean difference to the reference over common seeds" },
  { name: "differenceLow", ...number, meaning: "Student's interval of the difference, lower end" },
  { name: "differenceHigh", ...number, meaning: "upper end" },
  { name: "differenceP", ...number, meaning: "p of the paired t-test, two-sided, of this row alone" },
];

/** Metrics at chosen points, over seeds; with `against`, each row's paired difference to its reference too. */
export const summary = studyAnalysis({
  name: "summary",
  summary: "Metrics at chosen test intensities or updates: mean, median and intervals over seeds.",
  references: ["hesterberg2015"],
  schema,
  issues: ({ metric, by, where, against }, surroundings) => [
    ...metricIssues(metric),
    ...selectionIssues({ by, where }, columnsFor(metric, surroundings)),
    ...againstIssues(against, by, columnsFor(metric, surroundings)),
  ],
  metrics: ({ metric }) => metricList(metric),
  table(results, { metric, by: wanted, at, against, where, confidence, resamples, resamplingSeed }): AnalysisTable {
    const metrics = metricList(metric);
    const { by, runs, measurements, warnings } = selection(results, { by: wanted, where, metrics });
    const summarise = sampleSummaries({ confidence, resamples, seed: resamplingSeed });
    const points = pointRows(measurements, { runs, metrics, at, by });
    const samples = points.rows.map(({ sample }) => sample);
    const reference = against === undefined ? undefined : entryOf(against);
    const others = reference && references(points.rows, reference);
    const pairs: PairedValues[] = [];
    const rows = points.rows.map((row): TableRow => {
      const { sample } = row;
      const numbers = {
        ...labelsOf(row, metrics),
        seeds: sample.seeds.length,
        ...boundedSummary(row.metric, summarise(sample.values)),
      };
      if (others === undefined) return numbers;
      const other = others.of(row);
      if (other === undefined) return { ...numbers, ...noDifference };
      const pair = pairedValues(sample, other.sample);
      pairs.push(pair);
      const { mean, tLow, tHigh } = summarise(pair.differences);
      return {
        ...numbers,
        pairs: pair.differences.length,
        difference: mean,
        differenceLow: tLow,
        differenceHigh: tHigh,
        differenceP: pairedP(pair.differences),
      };
    });
    return {
      columns: [
        ...labelColumns(points.rows, by, metrics),
        seedsColumn,
        ...statisticsColumns,
        ...(reference === undefined ? [] : differenceColumns),
      ],
      rows,
      labels: labelColumns(points.rows, by, metrics).map(({ name }) => name),
      shown: ["seeds", ...(reference === undefined ? [] : ["pairs", "differenceP"])],
      estimates: [
        ...metricEstimates,
        ...(reference === undefined
          ? []
          : [
              {
                column: "difference",
                intervals: [{ kind: "t" as const, low: "differenceLow", high: "differenceHigh" }],
              },
            ]),
      ],
      confidence,
      notes: [
        ...averagingNotes(measurements, { by, columns: results.columns }, samples),
        ...(reference === undefined
          ? []
          : [`Differences are paired by seed, to ${referenceText(reference)}; p is of each row alone.`]),
      ],
      warnings: [
        ...warnings,
        ...points.warnings,
        ...sampleWarnings(samples),
        ...(others === undefined ? [] : [...others.warnings, ...pairWarnings(pairs)]),
      ],
    };
  },
});

const noDifference = {
  pairs: null,
  difference: null,
  differenceLow: null,
  differenceHigh: null,
  differenceP: null,
} as const;
