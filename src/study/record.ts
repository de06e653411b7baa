/** What is written down about a finished run beside its numbers. */
import { FormatError } from "../core/errors.ts";
import { decodeSealedJson, encodeSealedJson } from "../io/sealed-json.ts";
import type { RunOutcome, RunSummary } from "./outcome.ts";
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
  readonly outcome: RunOutcome;
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
  /** SHA-256 of the other files of the run, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Names of the files in a run's folder; the run is complete when `record` is there. */
export const runFiles = {
  spec: "spec.json",
  record: "record.json",
  metrics: "metrics.parquet",
  findings: "findings.json",
  weights: "weights.safetensors",
  checkpoint: "checkpoint.safetensors",
} as const;

/** JSON with a checksum of itself. */
export function encodeRecord(record: RunRecord): string {
  return encodeSealedJson(record);
}

const remedy = "delete the run's folder; the run is then made again";

/** @throws FormatError when the text is damaged, or no record of this version's format */
export function decodeRecord(bytes: Uint8Array, file: string): RunRecord {
  const record = decodeSealedJson(bytes, file, remedy);
  if (record.format === runFormat && typeof record.id === "string") return record as unknown as RunRecord;
  const rule = `must be the record of a run in format ${runFormat}, got ${JSON.stringify(record.format ?? null)}`;
  throw new FormatError({ file, offset: -1, rule, remedy });
}

/** What those who count runs need of a record. */
export function runSummary({ id, title, outcome, seconds, finishedAt, software, machine }: RunRecord): RunSummary {
  return {
    id,
    title,
    kind: outcome.kind,
    cause: causeOf(outcome),
    seconds,
    finishedAt,
    software: `${software.fingerprint} ${software.variant}`,
    host: machine.host ?? "",
  };
}

function causeOf(outcome: RunOutcome): string | null {
  if (outcome.kind === "diverged") return `diverged: ${outcome.quantity}`;
  return outcome.kind === "failed" ? outcome.cause : null;
}

export function sameSoftware(a: Software, b: Software): boolean {
  return a.fingerprint === b.fingerprint && a.variant === b.variant;
}
