/** How a run becomes complete. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runFiles } from "../../../study/record.ts";
import { codeOf, flushFolder, writeFlushed } from "../files.ts";
import { isFolder, isStillOwned } from "./claims.ts";
import type { ClaimedPlace } from "./contract.ts";
import { completeFolder } from "./layout.ts";

/**
 * Puts the files of a run in their place: written and flushed in the owner's folder, then moved there in one rename.
 *
 * @param files content by name, the record among them
 * @returns "taken" when the run belongs to somebody else by now, or is complete already: that is no loss, since equal
 *   specifications give equal bits
 */
export async function publishRun(
  place: ClaimedPlace,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<"published" | "taken"> {
  const prepared = join(dirname(place.owner), `run-${randomUUID()}`);
  const target = completeFolder(place.store, place.id);
  const shard = dirname(target);
  try {
    await mkdir(prepared);
    for (const [name, content] of Object.entries(files)) await writeFlushed(join(prepared, name), content);
    await flushFolder(prepared);
    if (!(await isStillOwned(place))) {
      await rm(prepared, { recursive: true, force: true });
      return "taken";
    }
    if ((await mkdir(shard, { recursive: true })) !== undefined) await flushFolder(dirname(shard));
    await rename(prepared, target);
  } catch (error) {
    // As for a claim, what stands there decides, not what was answered.
    if (!(await isThisRun(target, files[runFiles.record]))) {
      await rm(prepared, { recursive: true, force: true }).catch(() => undefined);
      if ((await isFolder(target)) || (codeOf(error) === "ENOENT" && !(await isStillOwned(place)))) return "taken";
      throw error;
    }
  }
  await flushFolder(shard);
  return "published";
}

async function isThisRun(folder: string, record: Uint8Array): Promise<boolean> {
  const found = await readFile(join(folder, runFiles.record)).catch(() => undefined);
  return found?.equals(record) === true;
}
