/** All runs of a plan, made in a store by the worker threads of this machine, and read. */
import { InternalError } from "../core/errors.ts";
import { local } from "../platform/node/executors/local.ts";
import { freezeStudy } from "../platform/node/frozen-study.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { verifyRuns } from "../platform/node/store/verify.ts";
import type { CompleteRun } from "../study/export/complete-run.ts";
import { softwareText } from "../study/state.ts";
import { completeRun } from "./complete-runs.ts";
import { remark } from "./output.ts";
import type { ReadyPlan } from "./studies.ts";
import { studyProgress } from "./study-progress.ts";

export interface MadeRunsCall extends ReadyPlan {
  readonly store: Store;
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

/**
 * Makes what is missing, what is damaged and what other software made: code that changes between two calls may change the
 * last bits.
 *
 * @throws the fault of the machine that stopped it; what is complete stays
 */
export async function madeRuns(call: MadeRunsCall): Promise<MadeRuns> {
  const { plan, store, software, backend, precision, loadTask, signal } = call;
  const ids = plan.runs.map(({ id }) => id);
  const studyFolder = await freezeStudy(store.folder, plan, { backend, precision, software });
  await verifyRuns({
    store,
    ids,
    quarantine: true,
    onDamage: ({ file, rule, movedTo }) => remark(`damaged: ${file}: ${rule}; moved to ${movedTo}, it is made again.`),
  });
  const known = await store.summaries(new Set(ids));
  const own = softwareText(software);
  const open = [...ids.keys()].filter((run) => known.get(ids[run])?.software !== own);
  const bar = studyProgress(
    plan.runs.map(({ spec }) => spec),
    open,
    { isQuiet: call.isQuiet },
  );
  bar.say(call.opening);
  try {
    await local.execute({
      plan,
      store,
      studyFolder,
      open,
      software,
      loadTask,
      common: { workers: call.workers, threads: 1, wait: true, retry: ["outdated"] },
      options: {},
      isDryRun: false,
      signal,
      onRun: bar.onRun,
      say: bar.say,
    });
  } finally {
    bar.end();
  }
  const summaries = await store.summaries(new Set(ids));
  const complete = ids.filter((id) => summaries.get(id)?.software === own).length;
  if (signal.aborted && complete < ids.length) return { kind: "interrupted", complete };
  const runs = await Promise.all(ids.map((id) => completeRun(store, id)));
  const isWhole = (list: typeof runs): list is CompleteRun[] => list.every((run) => run !== undefined);
  if (!isWhole(runs)) throw new InternalError("reproduce", "a run is missing after all were made");
  return { kind: "complete", runs, found: ids.length - open.length };
}
