/** Runs in folders of their own, on worker threads. */
import type { KernelOptions } from "../engine/contract.ts";
import { performRuns as performOnWorkers } from "../platform/node/perform-runs.ts";
import { decodeRun, type FinishedRun, storedRun } from "../platform/node/run-folder.ts";
import { decodeRecord, type RunRecord, runFiles, runSummary, type Software } from "../study/record.ts";
import { type RunSpec, runId, runTitle } from "../study/spec.ts";
import type { ExitCode } from "./command.ts";
import { exitCodeOf } from "./failure.ts";
import type { Progress } from "./progress.ts";

export interface RunsCall {
  readonly specs: readonly RunSpec[];
  /** One per run. */
  readonly folders: readonly string[];
  readonly workers: number;
  /** How each worker's kernels run. */
  readonly kernelOptions: KernelOptions;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export type EndedRun =
  | { readonly kind: "finished"; readonly run: FinishedRun; readonly wasStored: boolean }
  /** It crashed; a run that diverged is finished. */
  | { readonly kind: "crashed"; readonly reason: string; readonly exitCode: ExitCode }
  /** Cancelled before its end. */
  | { readonly kind: "open" };

/** @returns one end per specification, in their order, whatever the number of workers */
export async function performRuns(call: RunsCall): Promise<readonly EndedRun[]> {
  const { specs, folders, software, progress } = call;
  const ended: EndedRun[] = specs.map(() => ({ kind: "open" }));
  for (const [index, spec] of specs.entries()) {
    const found = await storedRun(folders[index], spec, software);
    if (found === undefined) continue;
    ended[index] = { kind: "finished", run: await decodeRun(found, spec.seed, folders[index]), wasStored: true };
    progress.finish(index, true);
  }
  const { workers, kernelOptions, machine, signal } = call;
  await performOnWorkers({
    specs,
    open: [...specs.keys()].filter((index) => ended[index].kind === "open"),
    workers,
    kernelOptions,
    software,
    machine,
    signal,
    wait: false,
    take: (index) =>
      Promise.resolve({
        kind: "taken",
        taken: {
          place: { folder: folders[index] },
          finish: async (stored) => {
            const run = await decodeRun(stored, specs[index].seed, folders[index]);
            ended[index] = { kind: "finished", run, wasStored: false };
            return runSummary(decodeRecord(stored.record, runFiles.record));
          },
          fail: (reason, errorName = "") => {
            ended[index] = { kind: "crashed", reason, exitCode: exitCodeOf(errorName) };
            return Promise.resolve(failureSummary(specs[index], errorName || "crashed"));
          },
          release: () => Promise.resolve(),
        },
      }),
    onRun: (index, event) => {
      if (event.kind === "progress") progress.update(index, event.share, runTitle(specs[index]));
      else if (ended[index].kind === "finished") progress.finish(index);
    },
    say: progress.say,
  });
  return ended;
}

/** Of a run that left nothing. */
function failureSummary(spec: RunSpec, cause: string) {
  const nothing = { seconds: 0, finishedAt: "", software: "", host: "" };
  return { id: runId(spec), title: runTitle(spec), kind: "failed", cause, ...nothing } as const;
}
