/** A study before its runs are made: planned, in its store, its complete runs checked. */
import type { RetryKind } from "../platform/node/executors/contract.ts";
import { freezeStudy, frozenFolder } from "../platform/node/frozen-study.ts";
import type { Store } from "../platform/node/store/contract.ts";
import { openStore } from "../platform/node/store/open.ts";
import { verifyRuns } from "../platform/node/store/verify.ts";
import type { RunSummary } from "../study/outcome.ts";
import { runLabel, type StudyState, softwareText, studyState } from "../study/state.ts";
import { remark } from "./output.ts";
import { progress } from "./progress.ts";
import { type ReadyPlan, readyPlan, remarkLeftOut, storeFolder } from "./studies.ts";

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
  /** Those of them that are complete, and were asked for again. */
  readonly again: ReadonlySet<number>;
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
  const ready = await readyPlan(file, overrides, flags.quiet === true);
  if (flags.quiet !== true) remarkLeftOut(ready.plan);
  return preparedPlan(ready, storeFolder(file, flags.store), flags, signal);
}

/** @param folder of the store */
export async function preparedPlan(
  ready: ReadyPlan,
  folder: string,
  flags: Pick<PreparationFlags, "retry" | "verify" | "dryRun" | "quiet">,
  signal: AbortSignal,
): Promise<PreparedStudy> {
  const isDryRun = flags.dryRun === true;
  const { plan, software } = ready;
  const ids = plan.runs.map(({ id }) => id);
  const store = await openStore(folder, { mode: "write" });
  const studyFolder = isDryRun ? frozenFolder(store.folder, plan) : await freezeStudy(store.folder, plan, ready);
  const damaged = new Set<string>();
  if (flags.verify) {
    const complete = await store.completeIds();
    const known = ids.filter((id) => complete.has(id));
    const bar = progress({
      unit: ["complete run checked", "complete runs checked"],
      weights: known.map(() => 1),
      isQuiet: flags.quiet === true,
    });
    await verifyRuns({
      store,
      ids: known,
      quarantine: !isDryRun,
      signal,
      onDamage: ({ id, file, rule, movedTo }) => {
        damaged.add(id);
        const place = movedTo === undefined ? "" : `; moved to ${movedTo}`;
        bar.end();
        remark(`damaged: ${file}: ${rule}${place}; it is made again.`);
      },
      onProgress: (checked) => bar.finish(checked - 1),
    });
    bar.end();
  }
  const summaries = new Map(await store.summaries(new Set(ids)));
  for (const id of damaged) summaries.delete(id);
  const own = softwareText(software);
  const labelOf = (run: number): string => runLabel(plan.runs[run].condition, plan.runs[run].spec.seed);
  const facts = { ids, software: own, labelOf };
  const open = [...ids.keys()].filter((run) => isOpen(summaries.get(ids[run]), flags.retry, own));
  return {
    ...ready,
    store,
    studyFolder,
    open,
    again: new Set(open.filter((run) => summaries.has(ids[run]))),
    before: studyState({ ...facts, summaries, claims: [], begun: new Set() }),
    state: async () => {
      const known = await store.summaries(new Set(ids));
      return studyState({ ...facts, summaries: known, claims: await store.claims(), begun: await store.begunIds() });
    },
  };
}

/** Whether a run is to be made: it is not complete, or was asked for again. */
function isOpen(summary: RunSummary | undefined, retry: readonly RetryKind[], software: string): boolean {
  if (summary === undefined) return true;
  if (summary.cause !== null && retry.includes("failed")) return true;
  return summary.software !== software && retry.includes("outdated");
}
