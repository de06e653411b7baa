/** All runs of a plan, made in a store by the worker threads of this machine. */
import { local } from "../platform/node/executors/local.ts";
import type { ReadyPlan } from "./studies.ts";
import { preparedPlan } from "./study-preparation.ts";
import { studyProgress } from "./study-progress.ts";

export interface MadeRunsCall {
  readonly ready: ReadyPlan;
  /** Folder of the store. */
  readonly store: string;
  readonly workers: number;
  readonly isQuiet: boolean;
  /** Whether runs that other software made count as they are; its last bits may differ. */
  readonly keepsOutdated: boolean;
  readonly signal: AbortSignal;
  /** Said when the work begins. */
  readonly opening: string;
}

export interface MadeRuns {
  readonly kind: "complete" | "interrupted";
  /** Folder of the study in the store. */
  readonly studyFolder: string;
  /** Runs that are complete now. */
  readonly complete: number;
  /** How many were there before. */
  readonly found: number;
}

/**
 * Makes what is missing, what is damaged and, unless it is to be kept, what other software made: code that changes between
 * two calls may change the last bits.
 *
 * @throws the fault of the machine that stopped it; what is complete stays
 */
export async function madeRuns({ ready, signal, workers, isQuiet, ...call }: MadeRunsCall): Promise<MadeRuns> {
  const retry = call.keepsOutdated ? [] : (["outdated"] as const);
  const prepared = await preparedPlan(
    ready,
    call.store,
    { retry, verify: true, ...(isQuiet && { quiet: true as const }) },
    signal,
  );
  const { plan, open } = prepared;
  const bar = studyProgress(plan.runs, open, { isQuiet });
  bar.say(call.opening);
  try {
    await local.execute({
      ...prepared,
      common: { workers, threads: 1, wait: true, retry },
      options: {},
      isDryRun: false,
      signal,
      onRun: bar.onRun,
      say: bar.say,
    });
  } finally {
    bar.end();
  }
  const { complete, outdated } = await prepared.state();
  const fresh = call.keepsOutdated ? complete : complete - outdated;
  return {
    kind: signal.aborted && fresh < plan.runs.length ? "interrupted" : "complete",
    studyFolder: prepared.studyFolder,
    complete: fresh,
    found: plan.runs.length - open.length,
  };
}
