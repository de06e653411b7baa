/** All runs of a plan, made in a store by the worker threads of this machine, and read. */
import { InternalError } from "../core/errors.ts";
import { local } from "../platform/node/executors/local.ts";
import type { CompleteRun } from "../study/export/complete-run.ts";
import { completeRun } from "./complete-runs.ts";
import type { ReadyPlan } from "./studies.ts";
import { preparedPlan } from "./study-preparation.ts";
import { studyProgress } from "./study-progress.ts";

export interface MadeRunsCall {
  readonly ready: ReadyPlan;
  /** Folder of the store. */
  readonly store: string;
  readonly workers: number;
  readonly isQuiet: boolean;
  readonly signal: AbortSignal;
  /** Said when the work begins. */
  readonly opening: string;
}

export type MadeRuns =
  | {
      readonly kind: "complete";
      /** In the order of the plan. */
      readonly runs: readonly CompleteRun[];
      /** How many were there before. */
      readonly found: number;
    }
  | { readonly kind: "interrupted"; readonly complete: number };

/** Code that changes between two calls may change the last bits: what other software made is made again. */
const retry = ["outdated"] as const;

/**
 * Makes what is missing, what is damaged and what other software made.
 *
 * @throws the fault of the machine that stopped it; what is complete stays
 */
export async function madeRuns({ ready, signal, workers, isQuiet, ...call }: MadeRunsCall): Promise<MadeRuns> {
  const prepared = await preparedPlan(
    ready,
    call.store,
    { retry, verify: true, ...(isQuiet && { quiet: true as const }) },
    signal,
  );
  const { plan, store, open } = prepared;
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
  if (signal.aborted && complete - outdated < plan.runs.length) {
    return { kind: "interrupted", complete: complete - outdated };
  }
  const runs = await Promise.all(plan.runs.map(({ id }) => completeRun(store, id)));
  const isWhole = (list: typeof runs): list is CompleteRun[] => list.every((run) => run !== undefined);
  if (!isWhole(runs)) throw new InternalError("reproduce", "a run is missing after all were made");
  return { kind: "complete", runs, found: plan.runs.length - open.length };
}
