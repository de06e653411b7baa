/** What is written down about a finished run beside its numbers. */
import { FormatError } from "../core/errors.ts";
import { decodeUtf8 } from "../io/text.ts";
import type { TrainOutcome } from "../train/train.ts";
import { runFormat } from "./spec.ts";

/** Everything that the numbers may depend on beyond the specification. */
export interface Software {
  readonly version: string;
  /** Identity of the code that computes: equal code gives equal bits. */
  readonly fingerprint: string;
  /** Instruction set that the back end uses. */
  readonly variant: string;
}

export interface RunRecord {
  readonly format: typeof runFormat;
  readonly id: string;
  readonly title: string;
  readonly outcome: TrainOutcome;
  readonly software: Software;
  /** For people: the machine. Numbers do not depend on it. */
  readonly machine: Readonly<Record<string, string>>;
  /** Threads that shared the trials of a pass. Numbers do not depend on it. */
  readonly threads: number;
  /** ISO 8601. */
  readonly finishedAt: string;
  /** Updates in the checkpoint that it went on from at last; null when it was made in one go. */
  readonly resumedFrom: number | null;
  /** Seconds of work since the run was begun or last resumed: its share where several were trained beside each other. */
  readonly seconds: number;
  readonly parameterCount: number;
  /** Keys of docs/references.bib. */
  readonly references: readonly string[];
}

/** Names of the files in a run's folder; the run is complete when `record` is there. */
export const runFiles = {
  spec: "spec.json",
  record: "record.json",
  metrics: "metrics.parquet",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

export function encodeRecord(record: RunRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/** @throws FormatError when the text is no record of this version's format */
export function decodeRecord(bytes: Uint8Array, file: string): RunRecord {
  const wrong = (rule: string): FormatError =>
    new FormatError({ file, offset: -1, rule, remedy: "delete the run's folder; the run is then made again" });
  let record: RunRecord;
  try {
    record = JSON.parse(decodeUtf8(bytes, file)) as RunRecord;
  } catch (error) {
    throw error instanceof FormatError ? error : wrong(`must be JSON: ${(error as Error).message}`);
  }
  if (record?.format !== runFormat || typeof record.id !== "string") {
    throw wrong(`must be the record of a run in format ${runFormat}, got ${JSON.stringify(record?.format ?? null)}`);
  }
  return record;
}

export function sameSoftware(a: Software, b: Software): boolean {
  return a.fingerprint === b.fingerprint && a.variant === b.variant;
}
