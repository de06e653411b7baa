/** Many runs on worker threads, alike ones beside each other, each in a folder of its own. */

import type { KernelOptions } from "../engine/contract.ts";
import { runJobs } from "../platform/node/pool.ts";
import { decodeRun, type FinishedRun, type StoredRun, storedRun } from "../platform/node/run-folder.ts";
import type { RunReport, RunsJob } from "../platform/node/run-worker.ts";
import type { RunRecord, Software } from "../study/record.ts";
import { type RunSpec, runTitle } from "../study/spec.ts";
import { stacks, stepCountOf } from "../study/stacks.ts";
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

const entry = new URL("../platform/node/run-worker.js", import.meta.url);

/** Expected time of a run in arbitrary units: products of its training, plus what every step costs besides. */
export function runWeight(spec: RunSpec): number {
  const { training, network, evaluation } = spec;
  const { hiddenSize, inputSize } = network;
  const perTrial = hiddenSize * (hiddenSize + inputSize) + 40 * hiddenSize;
  const judged = evaluation === null ? 0 : evaluation.intensities.length * evaluation.trials * evaluation.repeats;
  return stepCountOf(spec) * perTrial * (3 * training.updates * training.batchSize + judged);
}

/** @returns one end per specification, in their order, whatever the number of workers */
export async function performRuns(call: RunsCall): Promise<readonly EndedRun[]> {
  const { specs, folders, kernelOptions, software, machine, progress } = call;
  const ended: EndedRun[] = specs.map(() => ({ kind: "open" }));
  for (const [index, spec] of specs.entries()) {
    const found = await storedRun(folders[index], spec, software);
    if (found === undefined) continue;
    ended[index] = { kind: "finished", run: await decodeRun(found, spec.seed, folders[index]), wasStored: true };
    progress.finish(index, true);
  }
  const open = [...specs.keys()].filter((index) => ended[index].kind === "open");
  const groups = stacks(
    open.map((index) => specs[index]),
    call.workers,
  ).map((stack) => stack.map((place) => open[place]));
  const jobs = groups.map(
    (group): RunsJob => ({
      runs: group.map((index) => ({ spec: specs[index], folder: folders[index] })),
      software,
      machine,
      kernelOptions,
    }),
  );
  // Long stacks first, so that no worker is left with one when the others have nothing to do.
  const weights = groups.map((group) => group.reduce((sum, index) => sum + runWeight(specs[index]), 0));
  const order = [...jobs.keys()].sort((a, b) => weights[b] - weights[a] || a - b);
  const stored = new Map<number, StoredRun>();
  const outcomes = await runJobs<RunsJob, void, RunReport>({
    entry,
    jobs,
    workers: call.workers,
    order,
    signal: call.signal,
    onProgress: (job, report) => {
      const index = groups[job][report.run];
      switch (report.kind) {
        case "progress":
          progress.update(index, report.share, runTitle(specs[index]));
          return;
        case "ended":
          stored.set(index, report.stored);
          progress.finish(index);
          return;
        case "failed":
          ended[index] = crashed(report);
          return;
        case "cancelled":
          return;
        default:
          report satisfies never;
      }
    },
  });
  for (const [index, run] of stored) {
    ended[index] = {
      kind: "finished",
      run: await decodeRun(run, specs[index].seed, folders[index]),
      wasStored: false,
    };
  }
  for (const [job, outcome] of outcomes.entries()) {
    if (outcome.kind !== "failed") continue;
    // What had ended before the others failed is whole.
    for (const index of groups[job]) if (ended[index].kind === "open") ended[index] = crashed(outcome);
  }
  return ended;
}

function crashed({ reason, errorName = "" }: { readonly reason: string; readonly errorName?: string }): EndedRun {
  return { kind: "crashed", reason, exitCode: exitCodeOf(errorName) };
}
