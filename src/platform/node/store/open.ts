/** Opens a store. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join, resolve } from "node:path";
import { FormatError, ParameterError } from "../../../core/errors.ts";
import type { RunSummary } from "../../../study/outcome.ts";
import { runSummary } from "../../../study/record.ts";
import { checkWritableFolder, codeOf, namesIn } from "../files.ts";
import { inParallel } from "../in-parallel.ts";
import { isFolder, lastOwner } from "./claims.ts";
import type { ClaimInfo, Store } from "./contract.ts";
import { type HeartbeatTimes, lifeTest, usualTimes } from "./executors.ts";
import { inStore } from "./failure.ts";
import { openJournals } from "./journal.ts";
import { completeFolder, isRunId, storeLayout } from "./layout.ts";
import { joinStore } from "./member.ts";
import { readRecord, readRun } from "./reading.ts";
import { checkStoreFile } from "./store-file.ts";

export interface StoreOptions {
  /** "write" makes the store where there is none, and proves that it can be written. */
  readonly mode: "read" | "write";
  /** Default: a beat every 15 seconds, a lease of 180. */
  readonly times?: HeartbeatTimes;
}

/** Files that are open at the same time while records are read. */
const readersAtOnce = 32;

/**
 * A store of runs in a folder.
 *
 * @throws ParameterError when it cannot be written, or there is none to read
 * @throws FormatError when its `store.json` is damaged or of another version
 */
export async function openStore(path: string, { mode, times = usualTimes }: StoreOptions): Promise<Store> {
  const folder = resolve(path);
  const layout = storeLayout(folder);
  if (mode === "write") await checkWritableFolder("--store", folder);
  await inStore(folder, () => checkStoreFile(folder, mode));
  const journals = openJournals(layout.journal, join(layout.journal, `${freshName()}.jsonl`));

  const checkMode = (what: string): void => {
    if (mode === "write") return;
    throw new ParameterError({
      place: `store ${folder}`,
      rule: `must be opened for writing to ${what}, got one opened for reading`,
      remedy: "open it with mode write",
    });
  };

  const completeIds = (): Promise<Set<string>> => inStore(folder, listed);
  const listed = async (): Promise<Set<string>> => {
    const ids = new Set<string>();
    const shards = (await namesIn(layout.complete)).filter((name) => /^[0-9a-f]{2}$/.test(name));
    for (const shard of await inParallel(shards, readersAtOnce, (one) => namesIn(join(layout.complete, one)))) {
      for (const id of shard) if (isRunId(id)) ids.add(id);
    }
    return ids;
  };

  const summaries = (wanted?: ReadonlySet<string>): Promise<Map<string, RunSummary>> =>
    inStore(folder, () => summarised(wanted));
  const summarised = async (wanted: ReadonlySet<string> | undefined): Promise<Map<string, RunSummary>> => {
    await journals.refresh();
    const known = new Map<string, RunSummary>();
    const unknown: string[] = [];
    for (const id of await completeIds()) {
      if (wanted?.has(id) === false) continue;
      const summary = journals.summary(id);
      if (summary === undefined) unknown.push(id);
      else known.set(id, summary);
    }
    const read = await inParallel(unknown, readersAtOnce, (id) => summaryOfRecord(folder, id));
    for (const summary of read) if (summary !== undefined) known.set(summary.id, summary);
    if (mode === "write") {
      const whole = read.filter((summary) => summary !== undefined && summary.finishedAt !== "");
      // Without these lines the next one reads the records again, which a full disk should not turn into an error.
      await journals.add(whole as RunSummary[]).catch(() => undefined);
    }
    return known;
  };

  const quarantine = async (id: string, reason: string): Promise<string | undefined> => {
    checkMode("quarantine a run");
    return inStore(folder, async () => {
      const from = completeFolder(folder, id);
      const record = await readRecord(from, id).catch(() => undefined);
      await journals.strike(id, record && runSummary(record));
      const when = new Date().toISOString().replace(/[:.]/g, "");
      const to = join(layout.quarantine, `${id}-${when}-${randomUUID().slice(0, 8)}`);
      await mkdir(layout.quarantine, { recursive: true });
      try {
        await rename(from, to);
      } catch (error) {
        if (codeOf(error) === "ENOENT" && !(await isFolder(from))) return undefined;
        throw error;
      }
      await writeFile(join(to, "reason.txt"), `${reason}\n`);
      return to;
    });
  };

  const claims = (): Promise<readonly ClaimInfo[]> => inStore(folder, claimed);
  const claimed = async (): Promise<readonly ClaimInfo[]> => {
    const { isAlive } = lifeTest(folder, times.lease, () => Promise.resolve(Date.now()));
    const ids = (await namesIn(layout.work)).filter(isRunId);
    const infos = await inParallel(ids, readersAtOnce, async (id): Promise<ClaimInfo | undefined> => {
      const owner = await lastOwner(join(layout.work, id));
      if (owner?.executor === undefined || owner.isReleased) return undefined;
      const { process: _, ...executor } = owner.executor;
      return { id, executor, isAlive: await isAlive(owner.executor) };
    });
    return infos.filter((info) => info !== undefined);
  };

  const store: Store = {
    folder,
    runFolder: (id) => completeFolder(folder, id),
    completeIds,
    summaries,
    read: (id, part) => inStore(folder, () => readRun(completeFolder(folder, id), id, part)),
    claims,
    begunIds: () => inStore(folder, async () => new Set((await namesIn(layout.work)).filter(isRunId))),
    damagedLines: async () => {
      await journals.refresh();
      return journals.damagedLines();
    },
    quarantine,
    join: async (label) => {
      checkMode("take part in the work");
      return inStore(folder, () => joinStore({ store, journals, name: freshName(), label, times }));
    },
  };
  return store;
}

/** Of a file that only this process writes: hosts may share numbers of processes, and a process may have several. */
function freshName(): string {
  return `${hostname().replace(/[^\w.-]/g, "_")}-${process.pid}-${randomUUID().slice(0, 8)}`;
}

/** A record that is damaged counts as a failure, so that whoever looks at failures sees it. */
async function summaryOfRecord(store: string, id: string): Promise<RunSummary | undefined> {
  const folder = completeFolder(store, id);
  try {
    const record = await readRecord(folder, id);
    return record && runSummary(record);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const cause = `damaged: ${basename(error.file)}`;
    return { id, title: id.slice(0, 12), kind: "failed", cause, seconds: 0, finishedAt: "", software: "", host: "" };
  }
}
