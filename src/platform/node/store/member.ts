/** A process that takes part in the work of a store. */
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { RunSummary } from "../../../study/outcome.ts";
import { namesIn, removeAbandonedFiles } from "../files.ts";
import { isFolder, lastOwner, releasePlace, removeWork, takeRun } from "./claims.ts";
import type { Claim, ClaimAnswer, ClaimedPlace, Replacement, Store, StoreMember } from "./contract.ts";
import {
  type ExecutorIdentity,
  type HeartbeatTimes,
  type LifeTest,
  lifeTest,
  removeDeadExecutors,
  startHeartbeat,
} from "./executors.ts";
import { inStore } from "./failure.ts";
import type { Journals } from "./journal.ts";
import { completeFolder, isRunId, removedMark, storeLayout, workFolder } from "./layout.ts";
import { thisProcess } from "./process-identity.ts";
import { readRecord } from "./reading.ts";

export interface JoinCall {
  readonly store: Store;
  readonly journals: Journals;
  /** Name of the process's files. */
  readonly name: string;
  readonly label: string;
  readonly times: HeartbeatTimes;
}

export async function joinStore({ store, journals, name, label, times }: JoinCall): Promise<StoreMember> {
  const { folder } = store;
  const { pid } = process;
  const info = { name, host: hostname(), pid, startedAt: new Date().toISOString(), label };
  const identity: ExecutorIdentity = { ...info, process: thisProcess() };
  await mkdir(storeLayout(folder).work, { recursive: true });
  const heartbeat = await startHeartbeat(folder, identity, times.beat);
  const life = lifeTest(folder, times.lease, heartbeat.beat);
  await removeLeftovers(folder, life);
  const held = new Map<string, ClaimedPlace>();

  const claimOf = (place: ClaimedPlace): Claim => ({
    id: place.id,
    place,
    finish: (summary: RunSummary) =>
      inStore(folder, async () => {
        await journals.add([summary]);
        await removeWork(folder, place.id);
        held.delete(place.id);
      }),
    release: () =>
      inStore(folder, async () => {
        await releasePlace(place);
        held.delete(place.id);
      }),
  });

  return {
    info,
    claim: (id, replacing) =>
      inStore(folder, async (): Promise<ClaimAnswer> => {
        const isComplete = async (): Promise<boolean> =>
          (await isFolder(completeFolder(folder, id))) && !(await isToReplace(folder, id, replacing));
        const answer = await takeRun({ store: folder, id, executor: identity, isAlive: life.isAlive, isComplete });
        if (answer.kind === "busy") {
          const { process: _, ...executor } = answer.executor as ExecutorIdentity;
          return { kind: "busy", executor };
        }
        if (answer.kind !== "taken") return answer;
        if (replacing !== undefined && (await isFolder(completeFolder(folder, id)))) {
          await store.quarantine(id, replacing.reason);
        }
        held.set(id, answer.place);
        return { kind: "claimed", claim: claimOf(answer.place) };
      }),
    leave: () =>
      inStore(folder, async () => {
        // On a full disk nothing can be given back; without its file this process is dead, which is as good.
        for (const place of held.values()) await releasePlace(place).catch(() => undefined);
        held.clear();
        await heartbeat.stop();
      }),
  };
}

/** Whether the run that is complete is the one that is to be made again; a damaged record has no time. */
async function isToReplace(store: string, id: string, replacing: Replacement | undefined): Promise<boolean> {
  if (replacing === undefined) return false;
  const record = await readRecord(completeFolder(store, id), id).catch(() => undefined);
  return (record?.finishedAt ?? "") === replacing.finishedAt;
}

/** Removes what cannot belong to a process at work. */
async function removeLeftovers(store: string, life: LifeTest): Promise<void> {
  const { work, executors, studies } = storeLayout(store);
  for (const name of await namesIn(work)) {
    if (name.startsWith(removedMark)) await rm(join(work, name), { recursive: true, force: true });
    else if (isRunId(name) && (await isFolder(completeFolder(store, name)))) {
      const owner = await lastOwner(workFolder(store, name));
      const isOwned = owner?.executor !== undefined && !owner.isReleased && (await life.isAlive(owner.executor));
      if (!isOwned) await removeWork(store, name);
    }
  }
  await removeDeadExecutors(store, life);
  for (const folder of [store, executors, ...(await namesIn(studies)).map((name) => join(studies, name))]) {
    if (await isFolder(folder)) await removeAbandonedFiles(folder);
  }
}
