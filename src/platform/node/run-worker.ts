/** A worker thread that performs runs. */
import { type TaskLoader, taskLoader } from "../../study/tasks.ts";
import { memoryCollector } from "./collection.ts";
import { nodeResources } from "./datasets.ts";
import { serveJobs } from "./pool-worker.ts";
import { type FolderRunsCall, runInFolders, type StoredRun } from "./run-folder.ts";
import { installBackends } from "./setup.ts";

/** Runs that are performed beside each other. */
export interface RunsJob extends Pick<FolderRunsCall, "runs" | "software" | "machine" | "kernelOptions"> {
  /** Folder of the user's own files. */
  readonly base: string;
}

/** What becomes of one of them, given by its index. */
export type RunReport =
  | { readonly kind: "progress"; readonly run: number; readonly share: number }
  | { readonly kind: "ended"; readonly run: number; readonly stored: StoredRun }
  | { readonly kind: "cancelled"; readonly run: number }
  /** It is complete in the store, or belongs to another process by now. */
  | { readonly kind: "taken"; readonly run: number }
  /** It could not be made, and is no result: nothing is wrong with the run itself. */
  | { readonly kind: "failed"; readonly run: number; readonly errorName: string; readonly reason: string };

/** Milliseconds between two reports of progress of one run. */
const reportPause = 100;

installBackends();
const loaders = new Map<string, TaskLoader>();

/** Tasks stay loaded from job to job. */
function loaderAt(base: string): TaskLoader {
  // Whoever started the job has loaded its data once, so nothing is fetched here.
  const loader = loaders.get(base) ?? taskLoader(nodeResources({ base, download: false }));
  loaders.set(base, loader);
  return loader;
}

const collect = memoryCollector();

serveJobs<RunsJob, void, RunReport>(async (job, { isCancelled, report }) => {
  // What the last stack left is out of use by now.
  collect();
  const nextReport = job.runs.map(() => 0);
  const results = await runInFolders({
    ...job,
    loadTask: loaderAt(job.base),
    isCancelled,
    onProgress: (run, { share }) => {
      const now = performance.now();
      if (now < nextReport[run]) return;
      nextReport[run] = now + reportPause;
      report({ kind: "progress", run, share });
    },
  });
  await Promise.all(
    results.map((result, run) =>
      result.then(
        (end) => report(end.kind === "made" ? { kind: "ended", run, stored: end.stored } : { kind: end.kind, run }),
        (cause: unknown) => {
          const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
          report({ kind: "failed", run, errorName: name, reason: message });
        },
      ),
    ),
  );
});
