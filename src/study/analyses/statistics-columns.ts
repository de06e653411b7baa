/** The columns that a sample over seeds gives, in every table alike. */
import type { SampleSummary } from "../../analysis/statistics/sample.ts";
import type { MeaningfulColumn } from "../results/columns.ts";
import type { Estimate } from "./contract.ts";

export const seedsColumn: MeaningfulColumn = { name: "seeds", type: "int32", meaning: "number of seeds" };

const number = { type: "double", nullable: true } as const;

export const statisticsColumns: readonly MeaningfulColumn<keyof SampleSummary>[] = [
  { name: "mean", ...number, meaning: "mean over seeds" },
  { name: "sd", ...number, meaning: "standard deviation over seeds" },
  { name: "tLow", ...number, meaning: "Student's interval of the mean, lower end" },
  { name: "tHigh", ...number, meaning: "upper end" },
  { name: "bootstrapLow", ...number, meaning: "bootstrap interval of the mean, lower end" },
  { name: "bootstrapHigh", ...number, meaning: "upper end" },
  { name: "median", ...number, meaning: "median over seeds" },
  { name: "medianLow", ...number, meaning: "bootstrap interval of the median, lower end" },
  { name: "medianHigh", ...number, meaning: "upper end" },
];

export const statisticsEstimates: readonly Estimate[] = [
  {
    column: "mean",
    intervals: [
      { kind: "t", low: "tLow", high: "tHigh" },
      { kind: "bootstrap", low: "bootstrapLow", high: "bootstrapHigh" },
    ],
  },
  { column: "median", intervals: [{ kind: "bootstrap", low: "medianLow", high: "medianHigh" }] },
];

/** The same where the sample is of a metric, not of its differences. */
export const metricEstimates: readonly Estimate[] = statisticsEstimates.map((estimate) => ({
  ...estimate,
  isOfMetric: true,
}));
