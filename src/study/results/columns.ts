/** The columns that every view, table, figure and expectation calls by the same name. */
import type { ColumnDefinition } from "../../io/result-table.ts";
import type { AxisValue, StudyAxis } from "../study.ts";

export interface MeaningfulColumn<Name extends string = string> extends ColumnDefinition<Name> {
  /** A few words for people. */
  readonly meaning: string;
}

/** What a complete run is, in one row; a study adds a column per axis. */
export interface RunColumns {
  readonly id: string;
  /** Equal for runs that differ in seed only. */
  readonly condition: string;
  readonly title: string;
  readonly task: string;
  readonly cell: string;
  readonly hiddenSize: number;
  /** Of the first noise source; null without noise. So are law and trainIntensity. */
  readonly site: string | null;
  readonly law: string | null;
  readonly trainIntensity: number | null;
  readonly activation: string | null;
  /** Noise source that is varied at test; null when there is none, or no test. */
  readonly testSite: string | null;
  readonly seed: number;
  readonly outcome: string;
  readonly cause: string | null;
  readonly updates: number | null;
  readonly seconds: number;
  readonly finishedAt: string;
  readonly backend: string;
  readonly variant: string;
  readonly version: string;
  /** Of the code that computed: equal code gives equal bits. */
  readonly fingerprint: string;
}

export const runColumns: readonly MeaningfulColumn<keyof RunColumns>[] = [
  { name: "id", type: "string", meaning: "identity of the run, 64 hexadecimal digits" },
  { name: "condition", type: "string", meaning: "identity of all but the seed" },
  { name: "title", type: "string", meaning: "the run in a line" },
  { name: "task", type: "string", meaning: "task" },
  { name: "cell", type: "string", meaning: "cell" },
  { name: "hiddenSize", type: "int32", meaning: "units" },
  { name: "site", type: "string", nullable: true, meaning: "where noise enters (first source)" },
  { name: "law", type: "string", nullable: true, meaning: "law of the noise" },
  { name: "trainIntensity", type: "double", nullable: true, meaning: "noise intensity in training" },
  { name: "activation", type: "string", nullable: true, meaning: "activation of the cell, where it has one" },
  { name: "testSite", type: "string", nullable: true, meaning: "noise source varied at test" },
  { name: "seed", type: "double", meaning: "seed" },
  { name: "outcome", type: "string", meaning: "completed, stopped-early, diverged or failed" },
  { name: "cause", type: "string", nullable: true, meaning: "why it failed" },
  { name: "updates", type: "int32", nullable: true, meaning: "updates made" },
  { name: "seconds", type: "double", meaning: "seconds of work" },
  { name: "finishedAt", type: "string", meaning: "when it ended, ISO 8601" },
  { name: "backend", type: "string", meaning: "back end" },
  { name: "variant", type: "string", meaning: "instruction set of the back end" },
  { name: "version", type: "string", meaning: "version of noisy-rnn" },
  { name: "fingerprint", type: "string", meaning: "identity of the code that computed" },
];

/** What a run was asked to be, of the columns above: what conditions differ in. */
export const conditionColumns = [
  "task",
  "cell",
  "hiddenSize",
  "site",
  "law",
  "trainIntensity",
  "activation",
] as const satisfies readonly (keyof RunColumns)[];

/** One number that a run measured; what does not apply is null. */
export interface MeasurementColumns {
  readonly metric: string;
  readonly testIntensity: number | null;
  readonly update: number | null;
  readonly repeat: number | null;
  readonly part: string | null;
  /** May be NaN or infinite. */
  readonly value: number;
}

export const measurementColumns: readonly MeaningfulColumn<keyof MeasurementColumns>[] = [
  { name: "metric", type: "string", meaning: "what was measured: test-loss, training-loss, ..." },
  { name: "testIntensity", type: "double", nullable: true, meaning: "noise intensity at test" },
  { name: "update", type: "int32", nullable: true, meaning: "updates made before" },
  { name: "repeat", type: "int32", nullable: true, meaning: "noise draw, from 0" },
  {
    name: "part",
    type: "string",
    nullable: true,
    meaning: "part of the task, outcome or finding that the number is of",
  },
  { name: "value", type: "double", meaning: "the number" },
];

/** Columns by which runs can be grouped: those of conditions, and the axes. */
export function groupingColumns(axes: readonly Pick<StudyAxis, "name">[]): string[] {
  return [...new Set([...conditionColumns, ...axes.map(({ name }) => name)])];
}

/** A column for the values that it holds; texts where they are of several types. */
export function columnOf(name: string, values: readonly AxisValue[], meaning: string): MeaningfulColumn {
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value));
  const [only] = types.size === 1 ? types : ["string"];
  const type = only === "number" ? "double" : only === "boolean" ? "boolean" : "string";
  return { name, type, nullable: values.includes(null), meaning };
}
