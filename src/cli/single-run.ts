/** One run in a folder of its own, on a worker thread, so that this one can listen to signals. */
import type { KernelOptions } from "../engine/contract.ts";
import { performRuns } from "../platform/node/perform-runs.ts";
import { decodeRun, type FinishedRun, storedRun } from "../platform/node/run-folder.ts";
import { type RunRecord, runSummary, type Software } from "../study/record.ts";
import { type RunSpec, runId, runTitle } from "../study/spec.ts";
import type { ExitCode } from "./command.ts";
import { exitCodeOf } from "./failure.ts";
import type { Progress } from "./progress.ts";

export interface SingleRunCall {
  readonly spec: RunSpec;
  readonly folder: string;
  readonly kernelOptions: KernelOptions;
  readonly software: Software;
  readonly machine: RunRecord["machine"];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export type EndedRun =
  /** Also one that diverged, and one that was found finished. */
  | { readonly kind: "finished"; readonly run: FinishedRun }
  | { readonly kind: "crashed"; readonly reason: string; readonly exitCode: ExitCode }
  /** Cancelled before its end. */
  | { readonly kind: "open" };

/** Performs a run, or finds that it is finished. */
export async function performInFolder(call: SingleRunCall): Promise<EndedRun> {
  const { spec, folder, kernelOptions, software, machine, progress, signal } = call;
  const found = await storedRun(folder, spec, software);
  if (found !== undefined) {
    progress.finish(0, true);
    return { kind: "finished", run: await decodeRun(found, spec.seed, folder) };
  }
  let ended: EndedRun = { kind: "open" };
  const taken = {
    place: { folder },
    finish: async (stored: Parameters<typeof decodeRun>[0]) => {
      const run = await decodeRun(stored, spec.seed, folder);
      ended = { kind: "finished", run };
      return runSummary(run.record);
    },
    fail: (reason: string, errorName = "") => {
      ended = { kind: "crashed", reason, exitCode: exitCodeOf(errorName) };
      return Promise.resolve(failureSummary(spec, errorName || "crashed"));
    },
    release: () => Promise.resolve(),
  };
  await performRuns({
    specs: [spec],
    open: [0],
    workers: 1,
    kernelOptions,
    software,
    machine,
    signal,
    wait: false,
    take: () => Promise.resolve({ kind: "taken", taken }),
    onRun: (_, event) => {
      if (event.kind === "progress") progress.update(0, event.share, runTitle(spec));
      else if (ended.kind === "finished") progress.finish(0);
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
