/** Analyses of saved networks, one after the other, on a worker thread, so that this one can listen to signals. */

import type { AnalysisFindings } from "../../analysis/contract.ts";
import type { Choice } from "../../cell/cell.ts";
import type { RunSpec } from "../../study/spec.ts";
import type { SavedNetwork } from "../../study/weights-file.ts";
import { type JobOutcome, runJobs } from "./pool.ts";

/** One question to one network. */
export interface AnalysisJob extends SavedNetwork {
  /** That it is looked at on; its data are here. */
  readonly task: Pick<RunSpec["task"], "name" | "options">;
  /** With all options. */
  readonly request: Choice;
  /** Threads that share the trials of a pass. */
  readonly threads: number;
}

export interface AnalysisProgress {
  /** 0..1. */
  readonly share: number;
  readonly what: string;
}

export interface AnalysesCall {
  readonly jobs: readonly AnalysisJob[];
  readonly signal: AbortSignal;
  onProgress(job: number, progress: AnalysisProgress): void;
  /** Before the next begins. */
  onEnd(job: number, outcome: JobOutcome<AnalysisFindings>): Promise<void>;
}

const analysisWorker = new URL("./analysis-worker.js", import.meta.url);

/** @returns when all have ended, or the one under way after the signal has */
export async function analyseNetworks({ jobs, signal, onProgress, onEnd }: AnalysesCall): Promise<void> {
  let begun = 0;
  await runJobs<AnalysisJob, AnalysisFindings, AnalysisProgress>({
    entry: analysisWorker,
    workers: 1,
    signal,
    next: () => Promise.resolve(jobs[begun++]),
    onProgress: (_, progress) => onProgress(begun - 1, progress),
    onEnd: (_, outcome) => onEnd(begun - 1, outcome),
  });
}
