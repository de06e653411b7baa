/**
 * Who has a run: the last of the folders `owner-1`, `owner-2`, ... in its work folder.
 *
 * A claim is the rename of a folder with a file in it, which fails where one of that name stands. The folder of an
 * owner who began to work stays as long as the work folder, so its number is given once, and who takes over from a dead
 * owner cannot take over from the one who did so before.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FormatError, InternalError } from "../../../core/errors.ts";
import { decodeSealedJson, encodeSealedJson } from "../../../io/sealed-json.ts";
import { codeOf, namesIn } from "../files.ts";
import type { ClaimAnswer, ClaimedPlace } from "./contract.ts";
import type { ExecutorIdentity, LifeTest } from "./executors.ts";
import { completeFolder, removedMark, storeLayout, workFolder } from "./layout.ts";

/** What stands in the folder of an owner. */
const ownerFile = "owner.json";
const releasedFile = "released";

/** The last owner of a run. */
export interface Owner {
  readonly generation: number;
  readonly folder: string;
  /** Undefined when its file is damaged or not there, as a loss of power may leave it: nobody lives who wrote it. */
  readonly executor: ExecutorIdentity | undefined;
  /** It has given the run back. */
  readonly isReleased: boolean;
}

/** @returns undefined when nobody ever had it, or the work folder is gone */
export async function lastOwner(work: string): Promise<Owner | undefined> {
  const generation = await lastGeneration(work);
  return generation === 0 ? undefined : ownerOf(work, generation);
}

/** 0 when there is none. */
export async function lastGeneration(work: string): Promise<number> {
  const numbers = (await namesIn(work)).map((name) => Number(/^owner-(\d+)$/.exec(name)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

async function ownerOf(work: string, generation: number): Promise<Owner | undefined> {
  const folder = join(work, `owner-${generation}`);
  if (!(await isFolder(folder))) return undefined;
  const file = join(folder, ownerFile);
  let executor: ExecutorIdentity | undefined;
  try {
    executor = decodeSealedJson(await readFile(file), file, "take the run over") as unknown as ExecutorIdentity;
  } catch (error) {
    if (!(error instanceof FormatError) && codeOf(error) !== "ENOENT") throw error;
    if (!(await isFolder(folder))) return undefined;
  }
  return { generation, folder, executor, isReleased: (await namesIn(folder)).includes(releasedFile) };
}

export interface ClaimCall {
  readonly store: string;
  readonly id: string;
  readonly executor: ExecutorIdentity;
  readonly isAlive: LifeTest["isAlive"];
  /** Whether the run is complete, and does not stand to be replaced. */
  isComplete(): Promise<boolean>;
}

export type Taken =
  | Exclude<ClaimAnswer, { readonly kind: "claimed" }>
  | { readonly kind: "taken"; readonly place: ClaimedPlace };

/** Looks at a run until it is known whose it is; more rounds than the generations that may come meanwhile. */
const rounds = 1000;

export async function takeRun(call: ClaimCall): Promise<Taken> {
  const { store, id, isAlive, isComplete } = call;
  const work = workFolder(store, id);
  for (let round = 0; round < rounds; round++) {
    if (await isComplete()) {
      // A work folder that an earlier round made anew would stay for good.
      if (round > 0 && (await lastGeneration(work)) === 0) await removeWork(store, id);
      return { kind: "complete" };
    }
    const last = await lastOwner(work);
    if (last?.executor !== undefined && !last.isReleased && (await isAlive(last.executor))) {
      return { kind: "busy", executor: last.executor };
    }
    const place = await takeGeneration(call, work, (last?.generation ?? 0) + 1);
    if (place === undefined) continue;
    // Between the look and the rename the work folder may have gone and come again, with other owners.
    if (!(await followsOn(work, last))) {
      await withdraw(place);
      continue;
    }
    await askServerAgain(dirname(completeFolder(store, id)));
    if (!(await isComplete())) return { kind: "taken", place };
    await removeWork(store, id);
    return { kind: "complete" };
  }
  throw new InternalError("store", `after ${rounds} looks nobody knows whose run ${id} is`);
}

/** Makes the folder of an owner. @returns undefined when somebody else was faster */
async function takeGeneration(
  { store, id, executor }: ClaimCall,
  work: string,
  generation: number,
): Promise<ClaimedPlace | undefined> {
  const prepared = join(work, `.claim-${randomUUID()}`);
  const folder = join(work, `owner-${generation}`);
  const owner = join(folder, ownerFile);
  const content = encodeSealedJson(executor);
  await mkdir(work).catch((error: unknown) => {
    if (codeOf(error) !== "EEXIST") throw error;
  });
  try {
    await mkdir(prepared);
    await writeFile(join(prepared, ownerFile), content);
    await rename(prepared, folder);
  } catch (error) {
    // Over a network an answer may get lost and the request be repeated: the second one fails although the first has
    // been done. So what stands there decides, not what was answered.
    const found = await readFile(owner, "utf8").catch(() => undefined);
    if (found !== content) {
      await rm(prepared, { recursive: true, force: true });
      if (found !== undefined || ["ENOENT", "ENOTEMPTY", "EEXIST"].includes(codeOf(error))) return undefined;
      throw error;
    }
  }
  return { store, id, work, owner };
}

/** Whether the owner before the last is the one that was seen. */
async function followsOn(work: string, seen: Owner | undefined): Promise<boolean> {
  if (seen === undefined) return true;
  const before = await ownerOf(work, seen.generation);
  return before !== undefined && before.executor?.name === seen.executor?.name;
}

/** Takes a claim back that nobody worked under, so that the owner before is the last again. */
async function withdraw({ work, owner }: ClaimedPlace): Promise<void> {
  const away = join(work, `.withdrawn-${randomUUID()}`);
  try {
    await rename(dirname(owner), away);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  await rm(away, { recursive: true, force: true });
}

/** Gives a run back unfinished; the number of the owner stays taken. */
export async function releasePlace({ owner }: ClaimedPlace): Promise<void> {
  await writeFile(join(dirname(owner), releasedFile), "").catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}

/** Whether the run still belongs to who holds the place. */
export async function isStillOwned({ work, owner }: ClaimedPlace): Promise<boolean> {
  const generation = await lastGeneration(work);
  return generation > 0 && owner === join(work, `owner-${generation}`, ownerFile);
}

/** Removes the work folder of a run that is complete: renamed first, so that nobody finds a part of it. */
export async function removeWork(store: string, id: string): Promise<void> {
  const removed = join(storeLayout(store).work, `${removedMark}${id}-${randomUUID()}`);
  try {
    await rename(workFolder(store, id), removed);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  await rm(removed, { recursive: true, force: true });
}

/**
 * Sets the time of a folder. A client of NFS keeps "there is no such name" for up to a minute; the change makes it ask
 * again. Where it may not be set, or there is no such folder, a run that was just completed may be made once more.
 */
async function askServerAgain(folder: string): Promise<void> {
  const now = new Date();
  await utimes(folder, now, now).catch(() => undefined);
}

export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return false;
    throw error;
  }
}
