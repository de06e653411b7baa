/** Everything a run measured, as one long table: a row per number. */
import type { PartRow, SweepRow } from "../analysis/intensity-sweep.ts";
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
  /** What of several the number is of: a part of the task, an outcome, "<analysis>.<number>" of a finding. */
  readonly part: string | null;
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
/** Of each part of a task: the losses and accuracies of its own trials. */
const partNames = { "test-part-loss": "loss", "test-part-accuracy": "accuracy" } as const;
/** Loss of each noise draw of a network: what its interval is made of when it is the only one. */
export const repeatName = "test-loss-of-repeat";
/** Of each outcome of a task. */
const outcomeName = "test-outcome";
/** Of each number that an analysis of the network found. */
export const findingName = "finding";

export type MetricName =
  | keyof typeof trainingNames
  | keyof typeof validationNames
  | keyof typeof testNames
  | keyof typeof partNames
  | typeof outcomeName
  | typeof repeatName
  | typeof findingName;

const updateMetrics = [...namesOf(trainingNames), ...namesOf(validationNames)];

/** Every metric that a run may have. */
export const metricNames: readonly MetricName[] = [
  ...updateMetrics,
  ...namesOf(testNames),
  ...namesOf(partNames),
  outcomeName,
  repeatName,
  findingName,
];

/** What a metric is a function of, beside its part; null: nothing, a run has one of it. */
export function metricArgument(name: MetricName): "update" | "testIntensity" | null {
  if (name === findingName) return null;
  return updateMetrics.some((known) => known === name) ? "update" : "testIntensity";
}

/** Whether a metric is measured of several things at once, which `part` tells apart. */
export function hasParts(name: string): boolean {
  return [...namesOf(partNames), outcomeName, findingName].some((known) => known === name);
}

const columns: readonly ColumnDefinition<keyof MetricRow>[] = [
  { name: "name", type: "string" },
  { name: "update", type: "int32", nullable: true },
  { name: "testIntensity", type: "double", nullable: true },
  { name: "repeat", type: "int32", nullable: true },
  { name: "part", type: "string", nullable: true },
  { name: "value", type: "double" },
];

export interface RunMetrics {
  readonly history: History;
  readonly sweep: readonly SweepRow[];
  /** Of the analyses that a run makes of its network; absent where it makes none. */
  readonly findings?: readonly FindingNumber[];
}

/** A single number that an analysis found. */
export interface FindingNumber {
  /** "<analysis>.<number>". */
  readonly part: string;
  readonly value: number;
}

export function metricsTable(metrics: RunMetrics): ResultTable {
  return resultTable(metricRows(metrics), columns);
}

/** In the order of the table: training, validation, test, findings. */
export function metricRows({ history, sweep, findings = [] }: RunMetrics): MetricRow[] {
  const rows: MetricRow[] = [];
  const none = { update: null, testIntensity: null, repeat: null, part: null };
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
    for (const { part, ...values } of row.parts ?? []) {
      for (const [name, key] of pairs(partNames)) {
        const value = values[key];
        if (value !== null) rows.push({ ...none, name, testIntensity, part, value });
      }
    }
    for (const [part, value] of Object.entries(row.outcomes ?? {})) {
      rows.push({ ...none, name: outcomeName, testIntensity, part, value });
    }
  }
  for (const { part, value } of findings) rows.push({ ...none, name: findingName, part, value });
  return rows;
}

/**
 * The metrics of a table, to the bit.
 *
 * @param rows as read from a file; `part` may be missing, as it is in files of versions before 0.3
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
  const metrics = (rows as unknown as readonly MetricRow[]).map((row) => ({ ...row, part: row.part ?? null }));
  const training = grouped(metrics, trainingNames, "update");
  const validation = grouped(metrics, validationNames, "update");
  const sweep = grouped(metrics, testNames, "testIntensity");
  const findings = metrics.flatMap(({ name, part, value }) =>
    name === findingName && part !== null ? [{ part, value }] : [],
  );
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
      ...ofParts(metrics.filter(({ testIntensity, part }) => testIntensity === at && part !== null)),
    })),
    ...(findings.length > 0 && { findings }),
  };
}

/** @param rows with a part, of one test intensity */
function ofParts(rows: readonly MetricRow[]): Pick<SweepRow, "parts" | "outcomes"> {
  const parts = new Map<string, PartRow>();
  const outcomes: Record<string, number> = {};
  for (const { name, part, value } of rows) {
    if (part === null) continue;
    if (name === outcomeName) outcomes[part] = value;
    if (name !== "test-part-loss" && name !== "test-part-accuracy") continue;
    const known = parts.get(part) ?? { part, loss: Number.NaN, accuracy: null };
    parts.set(part, { ...known, [partNames[name]]: value });
  }
  return {
    ...(parts.size > 0 && { parts: [...parts.values()] }),
    ...(Object.keys(outcomes).length > 0 && { outcomes }),
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
