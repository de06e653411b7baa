/**
 * A run as MLflow's REST interface takes it.
 *
 * Source: mlflow.org, "REST API" 2.0; limits of a request under "Log Batch".
 */
import { metricRows } from "../metrics.ts";
import { runSummary } from "../record.ts";
import type { RunSpec } from "../spec.ts";
import type { CompleteRun } from "./complete-run.ts";

export interface MlflowMetric {
  readonly key: string;
  /** As JSON of protocol buffers has it: a number, "NaN", "Infinity" or "-Infinity". */
  readonly value: number | string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly step: number;
}

export interface MlflowPair {
  readonly key: string;
  readonly value: string;
}

/** What one request may hold. */
export interface MlflowBatch {
  readonly metrics: readonly MlflowMetric[];
  readonly params: readonly MlflowPair[];
}

export interface MlflowRun {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly endTime: number;
  readonly status: "FINISHED" | "FAILED";
  /** Tags by which it is found again. */
  readonly identity: readonly MlflowPair[];
  /** All tags, those too. */
  readonly tags: readonly MlflowPair[];
  /** A pure function of the run, so that an interrupted export knows what is there. */
  readonly batches: readonly MlflowBatch[];
}

/** Tag with the number of batches that have been written. */
export const mlflowBatchesTag = "noisy-rnn.batches";

/** Metrics and tags together may be 1000: one place is for the tag that counts batches. */
const metricsPerBatch = 999;
const paramsPerBatch = 100;
/** Hosted servers take 500 bytes, newer ones of MLflow itself 6000 characters. */
const paramLength = 500;

/** Parameters are the specification, metrics the numbers; those at test have their intensity in the key: "test-loss/0.5". */
export function mlflowRun({ spec, record, metrics }: CompleteRun): MlflowRun {
  const endTime = Date.parse(record.finishedAt);
  const { kind, cause } = runSummary(record);
  const { version, fingerprint, variant } = record.software;
  // A run that was made again is another one: its last bits may be others.
  const identity = pairs({ "noisy-rnn.id": record.id, "noisy-rnn.finishedAt": record.finishedAt });
  const about = {
    "noisy-rnn.outcome": kind,
    ...(cause !== null && { "noisy-rnn.cause": cause }),
    "noisy-rnn.version": version,
    "noisy-rnn.fingerprint": fingerprint,
    "noisy-rnn.variant": variant,
    "mlflow.source.name": "noisy-rnn",
  };
  return {
    name: record.title,
    startTime: Math.round(endTime - 1000 * record.seconds),
    endTime,
    status: cause === null ? "FINISHED" : "FAILED",
    identity,
    tags: [...identity, ...pairs(about)],
    batches: [
      ...chunks(params(spec), paramsPerBatch).map((some) => ({ params: some, metrics: [] })),
      ...chunks(metricsOf({ spec, record, metrics }, endTime), metricsPerBatch).map((some) => ({
        params: [],
        metrics: some,
      })),
    ],
  };
}

/** A run does not record the time of each update: all values carry the time of its end. */
function metricsOf({ record, metrics }: CompleteRun, timestamp: number): MlflowMetric[] {
  const { outcome } = record;
  const trainedFor = "update" in outcome ? outcome.update : 0;
  // Losses of single noise draws stay in the run's own file.
  return metricRows(metrics).flatMap(({ name, update, testIntensity, repeat, part, value }) => {
    if (repeat !== null) return [];
    const places = [part, testIntensity === null ? null : numberText(testIntensity)].filter((place) => place !== null);
    const key = [name, ...places].join("/");
    return [{ key, value: Number.isFinite(value) ? value : String(value), timestamp, step: update ?? trainedFor }];
  });
}

/** Twelve digits: 0.3 * 0.7 is to be 0.21. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(12)));
}

/** Every value of the specification under its dotted path; lists of values are one parameter. */
function params({ task, network, training, evaluation, engine, seed }: RunSpec): MlflowPair[] {
  // Not the files of a task: their paths are those of one machine, and the identity holds their content.
  const { name, options } = task;
  return leaves("", { task: { name, options }, network, training, evaluation, engine, seed }).map(([path, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return { key: path, value: text.length > paramLength ? `${text.slice(0, paramLength - 3)}...` : text };
  });
}

function pairs(values: Readonly<Record<string, string>>): MlflowPair[] {
  return Object.entries(values).map(([key, value]) => ({ key, value }));
}

function leaves(path: string, value: unknown): [path: string, value: unknown][] {
  const isContainer = typeof value === "object" && value !== null;
  const entries = isContainer ? Object.entries(value) : [];
  const isListOfValues = Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
  if (!isContainer || isListOfValues || entries.length === 0) return [[path, value]];
  return entries.flatMap(([key, inner]) => leaves(path === "" ? key : `${path}.${key}`, inner));
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
