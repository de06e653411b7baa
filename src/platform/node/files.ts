/** Files that are either there in full or not at all. */
import { randomUUID } from "node:crypto";
import { constants, mkdirSync } from "node:fs";
import { access, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ParameterError } from "../../core/errors.ts";

export const temporaryMark = ".partial-";

/**
 * Writes a file so that, whatever is killed when, its name always leads to the old content or to the new, never to a part.
 *
 * The bytes go to a temporary name in the same folder, are flushed to the disk and renamed; the folder is flushed then.
 * Folders on the way are made.
 *
 * @throws ParameterError when the place cannot be written; a full disk keeps its own error
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await replaceFile(path, content);
  } catch (cause) {
    throw notWritable(path, cause);
  }
}

/** As `writeFileAtomic`, with the system's own errors. */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `${temporaryMark}${basename(path)}-${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFlushed(temporary, content);
    await rename(temporary, path);
    await flushFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw cause;
  }
}

/** Writes a new file and waits until the disk has it. */
export async function writeFlushed(path: string, content: Uint8Array | string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Waits until the disk has the names in a folder. Some systems cannot open a folder; a rename in it is then as durable as
 * they make it.
 */
export async function flushFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (["EIO", "ENOSPC", "EDQUOT"].includes(codeOf(cause))) throw cause;
  }
}

/** Age from which a partial file cannot belong to a process at work: writing one takes far less. */
const abandonedAfter = 10 * 60 * 1000;

/** Removes what a killed process left half written in a folder. */
export async function removeAbandonedFiles(folder: string): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(temporaryMark)) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    if (written !== undefined && Date.now() - written.mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}

/** The bytes of a file; undefined when there is none. */
export async function fileIfAny(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Names in a folder, partial files left out of account; empty when there is no such folder. */
export async function contentOf(folder: string): Promise<string[]> {
  return (await namesIn(folder)).filter((name) => !name.startsWith(temporaryMark)).sort();
}

/** All names in a folder; empty when there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return [];
    if (codeOf(cause) === "ENOTDIR") throw notWritable(folder, cause);
    throw cause;
  }
}

/**
 * Makes a folder and proves that files can be written in it, before hours of work depend on it.
 *
 * @param place what the folder is called in messages, for example "--out"
 * @throws ParameterError when it cannot be made or written
 */
export async function checkWritableFolder(place: string, folder: string): Promise<void> {
  const probe = join(folder, `${temporaryMark}probe-${randomUUID()}`);
  try {
    mkdirSync(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const file = await open(probe, "wx");
    await file.close();
  } catch (cause) {
    throw notWritable(folder, cause, place);
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOTDIR: "a part of the path is a file",
  EEXIST: "a file of that name is in the way",
  EISDIR: "a folder of that name is in the way",
  ENOENT: "the place cannot be made there",
  ENAMETOOLONG: "the name is too long",
  EINVAL: "the name is not allowed there",
};

function notWritable(path: string, cause: unknown, place = "output"): unknown {
  const reason = reasons[codeOf(cause)];
  if (reason === undefined) return cause;
  return new ParameterError({
    place,
    rule: `must be a place that can be written, got ${resolve(path)} (${reason})`,
    remedy: "choose another folder or change its permissions",
  });
}

export function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}
