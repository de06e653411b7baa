/** A worker thread that performs runs. */
import type { RunRecord, Software } from "../../study/record.ts";
import type { RunSpec } from "../../study/spec.ts";
import { taskLoader } from "../../study/tasks.ts";
import type { TrainProgress } from "../../train/train.ts";
import { nodeResources } from "./datasets.ts";
import { serveJobs } from "./pool-worker.ts";
import { runInFolder, type StoredRun } from "./run-folder.ts";
import { installBackends } from "./setup.ts";

export interface RunJob {
  readonly spec: RunSpec;
  readonly folder: string;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
}

/** undefined when the run was cancelled. */
export type RunAnswer = StoredRun | undefined;

/** Milliseconds between two reports of progress. */
const reportPause = 100;

installBackends();
// Whoever started the job has loaded its data once, so nothing is fetched here.
const loadTask = taskLoader(nodeResources({ download: false }));

serveJobs<RunJob, RunAnswer, TrainProgress>(async (job, { isCancelled, report }) => {
  let nextReport = 0;
  const stored = await runInFolder({
    ...job,
    loadTask,
    isCancelled,
    onProgress: (progress) => {
      const now = performance.now();
      if (now < nextReport) return;
      nextReport = now + reportPause;
      report(progress);
    },
  });
  if (stored === undefined) return { answer: undefined, transfer: [] };
  // Copies of their own: bytes read from a file may be views of memory that is shared with others.
  const answer = { record: stored.record.slice(), metrics: stored.metrics.slice() };
  return { answer, transfer: [answer.record.buffer, answer.metrics.buffer] };
});
