/** What a study analysis is: one table that is made of all runs of a study together. */
import type { z } from "zod";
import type { MetricName } from "../metrics.ts";
import type { MeaningfulColumn } from "../results/columns.ts";
import type { StudyResults } from "../results/study-results.ts";
import type { AxisValue } from "../study.ts";

export type TableRow = Readonly<Record<string, AxisValue>>;

/** A number of a table with its uncertainty, as a reader is shown it: "0.12 [0.10, 0.14]". */
export interface Estimate {
  /** Column with the number. */
  readonly column: string;
  /** Columns with the ends of its intervals, by the way they are made; the first is the usual one. */
  readonly intervals: readonly { readonly kind: IntervalKind; readonly low: string; readonly high: string }[];
  /** It is a value of the row's metric, within the bounds of that metric. */
  readonly isOfMetric?: true;
}

export type IntervalKind = "t" | "bootstrap";

export interface AnalysisTable {
  /** All columns, those that tell rows apart first. */
  readonly columns: readonly MeaningfulColumn[];
  readonly rows: readonly TableRow[];
  /** Columns that tell rows apart. */
  readonly labels: readonly string[];
  /** Columns that a reader is shown beside the labels and the estimates, such as the number of seeds. */
  readonly shown: readonly string[];
  readonly estimates: readonly Estimate[];
  /** Nominal coverage of the intervals. */
  readonly confidence: number;
  /** What a caption must say: how the numbers are made. Sentences. */
  readonly notes: readonly string[];
  /** What a reader must be warned of. Sentences. */
  readonly warnings: readonly string[];
}

/** Where options and columns of a request are looked at before there are results. */
export interface RequestSurroundings {
  /** Columns by which runs can be grouped. */
  readonly columns: readonly string[];
}

/** A broken rule of a request: place within its options, rule, remedy. */
export interface OptionIssue {
  readonly path: string;
  readonly rule: string;
  readonly remedy: string;
}

/** A member of the registry; its options are those of its schema. */
export interface StudyAnalysis {
  readonly name: string;
  /** One sentence. */
  readonly summary: string;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
  /** What the options must be, each key with a description. */
  readonly schema: z.ZodObject;
  /** Rules that the schema does not know: names of columns. */
  issues(options: unknown, surroundings: RequestSurroundings): readonly OptionIssue[];
  /** Metrics that it reads. */
  metrics(options: unknown): readonly MetricName[];
  /** A pure function. @param options as the schema returned them, without issues */
  table(results: StudyResults, options: unknown): AnalysisTable;
}

/** A member, its options typed. */
export function studyAnalysis<Schema extends z.ZodObject>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly references: readonly string[];
  readonly schema: Schema;
  issues(options: z.output<Schema>, surroundings: RequestSurroundings): readonly OptionIssue[];
  metrics(options: z.output<Schema>): readonly MetricName[];
  table(results: StudyResults, options: z.output<Schema>): AnalysisTable;
}): StudyAnalysis {
  return definition as StudyAnalysis;
}
