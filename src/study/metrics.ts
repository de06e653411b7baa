/** Everything a run measured, as one long table: a row per number. */
import type { SweepRow } from "../analysis/intensity-sweep.ts";
import { FormatError } from "../core/errors.ts";
import { type ColumnDefinition, type ResultTable, resultTable } from "../io/result-table.ts";
import type { History } from "../train/checkpoint.ts";

/** One number. What does not apply is null. */
export interface MetricRow {
  /** "training-loss", "validation-accuracy", "test-loss", ... */
  readonly name: MetricName;
  /** Updates made before. */
  readonly update: number | null;
  readonly testIntensity: number | null;
  /** Noise draw, from 0. */
  readonly repeat: number | null;
  readonly value: number;
}

const trainingNames = {
  "training-loss": "loss",
  "training-activity": "activity",
  "training-gradient-norm": "gradientNorm",
  "training-learning-rate": "learningRate",
} as const;
const validationNames = { "validation-loss": "loss", "validation-accuracy": "accuracy" } as const;
const testNames = {
  "test-loss": "loss",
  "test-accuracy": "accuracy",
  "test-bias-squared": "biasSquared",
  "test-variance": "variance",
} as const;
/** Loss of each noise draw of a network: what its interval is made of when it is the only one. */
export const repeatName = "test-loss-of-repeat";

export type MetricName =
  | keyof typeof trainingNames
  | keyof typeof validationNames
  | keyof typeof testNames
  | typeof repeatName;

const updateMetrics = [...namesOf(trainingNames), ...namesOf(validationNames)];

/** Every metric that a run may have. */
export const metricNames: readonly MetricName[] = [...updateMetrics, ...namesOf(testNames), repeatName];

/** What a metric is a function of. */
export function metricArgument(name: MetricName): "update" | "testIntensity" {
  return updateMetrics.some((known) => known === name) ? "update" : "testIntensity";
}

const columns: readonly ColumnDefinition<keyof MetricRow>[] = [
  { name: "name", type: "string" },
  { name: "update", type: "int32", nullable: true },
  { name: "testIntensity", type: "double", nullable: true },
  { name: "repeat", type: "int32", nullable: true },
  { name: "value", type: "double" },
];

export interface RunMetrics {
  readonly history: History;
  readonly sweep: readonly SweepRow[];
}

export function metricsTable(metrics: RunMetrics): ResultTable {
  return resultTable(metricRows(metrics), columns);
}

/** In the order of the table: training, validation, test. */
export function metricRows({ history, sweep }: RunMetrics): MetricRow[] {
  const rows: MetricRow[] = [];
  const none = { update: null, testIntensity: null, repeat: null };
  for (const row of history.training) {
    for (const [name, key] of pairs(trainingNames)) rows.push({ ...none, name, update: row.update, value: row[key] });
  }
  for (const row of history.validation) {
    for (const [name, key] of pairs(validationNames)) rows.push({ ...none, name, update: row.update, value: row[key] });
  }
  for (const row of sweep) {
    const { testIntensity } = row;
    for (const [name, key] of pairs(testNames)) {
      const value = row[key];
      if (value !== null) rows.push({ ...none, name, testIntensity, value });
    }
    for (const [repeat, value] of row.lossPerRepeat.entries()) {
      rows.push({ ...none, name: repeatName, testIntensity, repeat, value });
    }
  }
  return rows;
}

/**
 * The metrics of a table, to the bit.
 *
 * @param rows as read from a file
 * @param seed of the run
 * @throws FormatError when the rows are not those of a metrics table
 */
export function metricsOf(rows: readonly Readonly<Record<string, unknown>>[], seed: number, file: string): RunMetrics {
  const known: readonly string[] = metricNames;
  for (const [index, { name, value }] of rows.entries()) {
    if (known.includes(String(name)) && typeof value === "number") continue;
    throw new FormatError({
      file,
      offset: -1,
      rule: `row ${index} must hold a known metric and its value, got ${JSON.stringify(name)} and ${String(value)}`,
      remedy: "delete the run's folder; the run is then made again",
    });
  }
  const metrics = rows as unknown as readonly MetricRow[];
  const training = grouped(metrics, trainingNames, "update");
  const validation = grouped(metrics, validationNames, "update");
  const sweep = grouped(metrics, testNames, "testIntensity");
  return {
    history: {
      training: training.map(({ at, values }) => ({ update: at, ...complete(values, trainingNames) })),
      validation: validation.map(({ at, values }) => ({ update: at, ...complete(values, validationNames) })),
    },
    sweep: sweep.map(({ at, values }) => ({
      seed,
      testIntensity: at,
      loss: values.loss ?? Number.NaN,
      accuracy: values.accuracy ?? null,
      biasSquared: values.biasSquared ?? null,
      variance: values.variance ?? null,
      lossPerRepeat: metrics
        .filter(({ name, testIntensity }) => name === repeatName && testIntensity === at)
        .map(({ value }) => value),
    })),
  };
}

/** Values by what they were measured at, in order of appearance. */
function grouped(
  rows: readonly MetricRow[],
  names: Readonly<Partial<Record<MetricName, string>>>,
  index: "update" | "testIntensity",
): { readonly at: number; readonly values: Readonly<Record<string, number | undefined>> }[] {
  const found = new Map<number, Record<string, number | undefined>>();
  for (const row of rows) {
    const key = names[row.name];
    if (key === undefined) continue;
    const at = row[index] ?? 0;
    const values = found.get(at) ?? {};
    values[key] = row.value;
    found.set(at, values);
  }
  return [...found].map(([at, values]) => ({ at, values }));
}

function complete<Key extends string>(
  values: Readonly<Record<string, number | undefined>>,
  names: Readonly<Record<string, Key>>,
): Record<Key, number> {
  const entries = Object.values<Key>(names).map((key) => [key, values[key] ?? Number.NaN]);
  return Object.fromEntries(entries) as Record<Key, number>;
}

function namesOf<Name extends string>(names: Readonly<Record<Name, string>>): Name[] {
  return Object.keys(names) as Name[];
}

function pairs<Name extends string, Key extends string>(names: Readonly<Record<Name, Key>>): [Name, Key][] {
  return Object.entries(names) as [Name, Key][];
}
