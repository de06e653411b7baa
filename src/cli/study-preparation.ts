/** A study before its runs are made: planned, in its store, its complete runs checked. */
import { FormatError } from "../core/errors.ts";
import type { RetryKind } from "../platform/node/executors/contract.ts";
import { freezeStudy, frozenFolder } from "../platform/node/frozen-study.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { openStore } from "../platform/node/store/open.ts";
import type { RunSummary } from "../study/outcome.ts";
import { type StudyState, softwareText, studyState } from "../study/state.ts";
import { remark } from "./output.ts";
import { type ReadyPlan, readyPlan, storeFolder } from "./studies.ts";

/** Flags of `study run` that decide about it. */
export interface PreparationFlags {
  readonly store?: string;
  readonly retry: readonly RetryKind[];
  /** Whether complete runs are read to check their checksums. */
  readonly verify: boolean;
  readonly dryRun?: true;
  readonly quiet?: true;
}

export interface PreparedStudy extends ReadyPlan {
  readonly store: Store;
  readonly studyFolder: string;
  /** Indices of the runs that are to be made. */
  readonly open: readonly number[];
  readonly before: StudyState;
  /** How far it is now. */
  state(): Promise<StudyState>;
}

/** Plans a study, puts it into its store, and finds what there is to do. */
export async function preparedStudy(
  file: string,
  overrides: readonly string[],
  flags: PreparationFlags,
  signal: AbortSignal,
): Promise<PreparedStudy> {
  const isDryRun = flags.dryRun === true;
  const ready = await readyPlan(file, overrides, flags.quiet === true);
  const { plan, software } = ready;
  const ids = plan.runs.map(({ id }) => id);
  const store = await openStore(storeFolder(file, flags.store), { mode: "write" });
  const studyFolder = isDryRun ? frozenFolder(store.folder, plan) : await freezeStudy(store.folder, plan, ready);
  const damaged = flags.verify ? await damagedRuns(store, ids, signal) : [];
  for (const { id, reason } of damaged) {
    const place = isDryRun ? "" : `; moved to ${await store.quarantine(id, reason)}`;
    remark(`damaged: ${reason}${place}; it is made again.`);
  }
  const summaries = new Map(await store.summaries(new Set(ids)));
  for (const { id } of damaged) summaries.delete(id);
  const own = softwareText(software);
  return {
    ...ready,
    store,
    studyFolder,
    open: [...ids.keys()].filter((run) => isOpen(summaries.get(ids[run]), flags.retry, own)),
    before: studyState(ids, summaries, [], own),
    state: async () => studyState(ids, await store.summaries(new Set(ids)), await store.claims(), own),
  };
}

/** Whether a run is to be made: it is not complete, or was asked for again. */
function isOpen(summary: RunSummary | undefined, retry: readonly RetryKind[], software: string): boolean {
  if (summary === undefined) return true;
  if (summary.cause !== null && retry.includes("failed")) return true;
  return summary.software !== software && retry.includes("outdated");
}

/** Runs read at the same time. */
const readersAtOnce = 16;

/** Complete runs of which a file is not what its record promises. */
async function damagedRuns(
  store: Store,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly { readonly id: string; readonly reason: string }[]> {
  const complete = await store.completeIds();
  const waiting = ids.filter((id) => complete.has(id)).values();
  const damaged: { readonly id: string; readonly reason: string }[] = [];
  const reader = async (): Promise<void> => {
    for (const id of waiting) {
      if (signal.aborted) return;
      try {
        await store.read(id);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        damaged.push({ id, reason: `${error.place}: ${error.rule}` });
      }
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, reader));
  return damaged;
}
