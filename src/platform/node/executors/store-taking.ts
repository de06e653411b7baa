/** Runs of a study taken from a store, one by one. */
import { InternalError } from "../../../core/errors.ts";
import type { RunSummary } from "../../../study/outcome.ts";
import { decodeRecord, runFiles, runSummary } from "../../../study/record.ts";
import { softwareText } from "../../../study/state.ts";
import type { TakenRun, Taking } from "../perform-runs.ts";
import { publishFailed, type StoredRun } from "../run-folder.ts";
import { thisMachine } from "../software.ts";
import type { Replacement, StoreMember } from "../store/contract.ts";
import type { ExecutorCall } from "./contract.ts";

/** What `performRuns` takes runs with. */
export async function storeTaking(
  { plan, open, store, common, software }: ExecutorCall,
  member: StoreMember,
): Promise<(run: number) => Promise<Taking>> {
  const again = new Map<string, Replacement>();
  if (common.retry.length > 0) {
    const summaries = await store.summaries(new Set(open.map((run) => plan.runs[run].id)));
    for (const [id, { cause, software: made, finishedAt }] of summaries) {
      const isFailed = cause !== null && common.retry.includes("failed");
      const isOutdated = made !== softwareText(software) && common.retry.includes("outdated");
      if (isFailed) again.set(id, { reason: `--retry failed: ${cause}`, finishedAt });
      else if (isOutdated) again.set(id, { reason: `--retry outdated: made by software ${made}`, finishedAt });
    }
  }
  return async (run) => {
    const { id, spec } = plan.runs[run];
    const answer = await member.claim(id, again.get(id));
    if (answer.kind === "complete") return answer;
    if (answer.kind === "busy") {
      const { host, pid } = answer.executor;
      return { kind: "busy", owner: `${host} (process ${pid})` };
    }
    const { claim } = answer;
    const place = { claimed: claim.place };
    const finish = async ({ record }: StoredRun): Promise<RunSummary> => {
      const summary = runSummary(decodeRecord(record, runFiles.record));
      await claim.finish(summary);
      return summary;
    };
    const taken: TakenRun = {
      place,
      finish,
      fail: async (reason, errorName) => {
        // What a run can be blamed for, its worker has published as its result.
        if (errorName !== undefined) throw Object.assign(new Error(reason), { name: errorName });
        const run = { spec, place, software, machine: thisMachine() };
        const stored = await publishFailed(run, { cause: "crashed", reason });
        if (stored !== undefined) return finish(stored);
        throw new InternalError("local executor", `run ${id} crashed its worker and was taken by another process`);
      },
      release: () => claim.release(),
    };
    return { kind: "taken", taken };
  };
}
