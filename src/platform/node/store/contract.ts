/**
 * A store of runs: a folder that any number of processes on any number of machines may share.
 *
 *     store.json                   the format of the store
 *     complete/3f/3f8a.../         a complete run: spec.json, record.json, metrics.parquet, weights.safetensors, findings.json
 *     work/3f8a.../                a run under way: who has it, its checkpoint, its files before they are published
 *     executors/HOST-PID-....json  a process at work, with its heartbeat
 *     journal/HOST-PID-....jsonl   one line per run that the process completed: a cache of records
 *     studies/NAME-1f2e.../        what was asked of the store: the resolved study, its run ids, jobs of a cluster
 *     quarantine/3f8a...-WHEN/     a damaged run, with the reason
 *     index/                       caches of queries; may be deleted
 *
 * A run is complete when its folder is under `complete`: it comes there by one rename. What is assumed of the file system is
 * in docs/decisions/store.md.
 */

import type { AnalysisFindings } from "../../../analysis/contract.ts";
import type { RunSummary } from "../../../study/outcome.ts";
import type { RunRecord } from "../../../study/record.ts";
import type { RunSpec } from "../../../study/spec.ts";

/** The content of a complete run, every file checked against the checksums of its record. */
export interface StoredRunFiles {
  readonly spec: RunSpec;
  readonly record: RunRecord;
  readonly metrics: Uint8Array;
  /** What the run's analyses found; empty where it asks for none, and where they were not read. */
  readonly findings: readonly AnalysisFindings[];
}

/** What of a run is read and checked beside its record: everything, the default, or all but what may be large. */
export type RunPart =
  | "all"
  /** Without weights and findings. */
  | "numbers"
  /** Without weights. */
  | "findings";

export interface Store {
  /** Absolute. */
  readonly folder: string;
  /** Where the files of a complete run lie. */
  runFolder(id: string): string;
  /** Ids of all complete runs: reads folders only, no files. */
  completeIds(): Promise<Set<string>>;
  /** Summaries of complete runs, from the journals, and from the records of those that no journal knows. */
  summaries(ids?: ReadonlySet<string>): Promise<Map<string, RunSummary>>;
  /** Lines of journals that are damaged, "FILE, line 3"; their runs are read from their records. */
  damagedLines(): Promise<readonly string[]>;
  /** Reads and checks one run. @throws FormatError naming the damaged file. @returns undefined when it is not complete */
  read(id: string, part?: RunPart): Promise<StoredRunFiles | undefined>;
  /** Runs under way, with who has them. */
  claims(): Promise<readonly ClaimInfo[]>;
  /** Ids of runs that somebody began and that are not complete, but for leftovers: reads one folder, no files. */
  begunIds(): Promise<Set<string>>;
  /** Moves a run out of the way, so that it is made again. @returns where to; undefined when it is not complete */
  quarantine(id: string, reason: string): Promise<string | undefined>;
  /**
   * Takes part in the work: announces this process, keeps its heartbeat, and removes what dead processes left.
   *
   * @param label what it runs in: "local", "slurm 1234_5"
   */
  join(label: string): Promise<StoreMember>;
}

export interface ClaimInfo {
  readonly id: string;
  readonly executor: ExecutorInfo;
  /** Judged by process (same host) or heartbeat (another host). */
  readonly isAlive: boolean;
}

export interface ExecutorInfo {
  /** Name of its files: host, process and a random part. */
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** What it runs in: "local", "slurm 1234_5". */
  readonly label: string;
}

/** This process as one of those that work on a store. */
export interface StoreMember {
  readonly info: ExecutorInfo;
  /**
   * Takes a run, also from a dead process.
   *
   * @param replacing the complete run that is to be made again; without it a complete run is not taken
   */
  claim(id: string, replacing?: Replacement): Promise<ClaimAnswer>;
  /** Gives back what was not finished, ends the heartbeat. */
  leave(): Promise<void>;
}

/** A complete run that is to be made again: it goes to the quarantine when the claim is taken. */
export interface Replacement {
  readonly reason: string;
  /** `finishedAt` of its summary: one that has been made anew meanwhile is left alone. */
  readonly finishedAt: string;
}

export type ClaimAnswer =
  | { readonly kind: "claimed"; readonly claim: Claim }
  | { readonly kind: "complete" }
  /** Somebody who is alive has it. */
  | { readonly kind: "busy"; readonly executor: ExecutorInfo };

/** A run that is this process's own. */
export interface Claim {
  readonly id: string;
  /** Plain data that a worker thread needs to work on the run and publish it. */
  readonly place: ClaimedPlace;
  /** After it was published: writes the journal and removes the work folder. */
  finish(summary: RunSummary): Promise<void>;
  /** Gives it back unfinished; its checkpoint stays. */
  release(): Promise<void>;
}

/** Where a claimed run is worked on. Structured-cloneable. */
export interface ClaimedPlace {
  readonly store: string;
  readonly id: string;
  /** Folder with the checkpoint. */
  readonly work: string;
  /** File that names the owner: `publish` looks whether it is still there and the last one. */
  readonly owner: string;
}
