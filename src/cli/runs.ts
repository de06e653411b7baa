/** Many runs on worker threads, each in a folder of its own. */

import { runJobs } from "../platform/node/pool.ts";
import { decodeRun, type FinishedRun, storedRun } from "../platform/node/run-folder.ts";
import type { RunAnswer, RunJob } from "../platform/node/run-worker.ts";
import type { RunRecord, Software } from "../study/record.ts";
import { type RunSpec, runTitle } from "../study/spec.ts";
import type { TrainProgress } from "../train/train.ts";
import type { ExitCode } from "./command.ts";
import { exitCodeOf } from "./failure.ts";
import type { Progress } from "./progress.ts";

export interface RunsCall {
  readonly specs: readonly RunSpec[];
  /** One per run. */
  readonly folders: readonly string[];
  readonly workers: number;
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
export function runWeight({ training, network, task, evaluation }: RunSpec): number {
  const { hiddenSize, inputSize } = network;
  const perTrial = hiddenSize * (hiddenSize + inputSize) + 40 * hiddenSize;
  const judged = evaluation === null ? 0 : evaluation.intensities.length * evaluation.trials * evaluation.repeats;
  const steps = typeof task.options.stepCount === "number" ? task.options.stepCount : 28;
  return steps * perTrial * (3 * training.updates * training.batchSize + judged);
}

/** @returns one end per specification, in their order, whatever the number of workers */
export async function performRuns(call: RunsCall): Promise<readonly EndedRun[]> {
  const { specs, folders, software, machine, progress } = call;
  const ended: EndedRun[] = specs.map(() => ({ kind: "open" }));
  for (const [index, spec] of specs.entries()) {
    const stored = await storedRun(folders[index], spec, software);
    if (stored === undefined) continue;
    ended[index] = { kind: "finished", run: await decodeRun(stored, spec.seed, folders[index]), wasStored: true };
    progress.finish(index, true);
  }
  const open = [...specs.keys()].filter((index) => ended[index].kind === "open");
  const jobs = open.map((index): RunJob => ({ spec: specs[index], folder: folders[index], software, machine }));
  // Long runs first, so that no worker is left with one when the others have nothing to do.
  const order = [...open.keys()].sort((a, b) => runWeight(specs[open[b]]) - runWeight(specs[open[a]]) || a - b);
  const outcomes = await runJobs<RunJob, RunAnswer, TrainProgress>({
    entry,
    jobs,
    workers: call.workers,
    order,
    signal: call.signal,
    onProgress: (job, { update, updates }) => progress.update(open[job], update / updates, runTitle(specs[open[job]])),
    onOutcome: (job, outcome) => {
      if (outcome.kind === "answered" && outcome.answer !== undefined) progress.finish(open[job]);
    },
  });
  for (const [job, outcome] of outcomes.entries()) {
    const index = open[job];
    if (outcome.kind === "failed") {
      ended[index] = { kind: "crashed", reason: outcome.reason, exitCode: exitCodeOf(outcome.errorName ?? "") };
    }
    if (outcome.kind !== "answered" || outcome.answer === undefined) continue;
    const run = await decodeRun(outcome.answer, specs[index].seed, folders[index]);
    ended[index] = { kind: "finished", run, wasStored: false };
  }
  return ended;
}
