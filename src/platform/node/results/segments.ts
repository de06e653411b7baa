/**
 * A cache of what runs measured: segments of many runs each, as Parquet files.
 *
 *     segment-HASH.json     names and checksums of its two files: the segment is there when this is
 *     HASH.runs.parquet     a row per run, with its specification
 *     HASH.metrics.parquet  a row per measurement
 *
 * Files are called by their content and never changed, so that any number of processes may write and read them. A segment
 * with a wrong checksum is as good as absent. Files that no segment needs are removed when they have been of no use for an
 * hour, by which every reader has ended.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { contentOf, writeFileAtomic } from "../files.ts";

/** Changes when segments of an older version cannot be used. */
const format = 4;

export interface Segment {
  /** Name of its description. */
  readonly name: string;
  /** Absolute. */
  readonly runs: string;
  readonly metrics: string;
  readonly count: number;
}

interface Description {
  readonly format: typeof format;
  readonly count: number;
  readonly runs: FileDescription;
  readonly metrics: FileDescription;
}

interface FileDescription {
  readonly file: string;
  readonly sha256: string;
}

/** The sound segments of a folder, largest first. */
export async function readSegments(folder: string): Promise<readonly Segment[]> {
  const names = (await contentOf(folder)).filter((name) => /^segment-[0-9a-f]+\.json$/.test(name));
  const found: Segment[] = [];
  for (const name of names) {
    const segment = await readSegment(folder, name);
    if (segment !== undefined) found.push(segment);
  }
  return found.sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

async function readSegment(folder: string, name: string): Promise<Segment | undefined> {
  try {
    const description = JSON.parse(await readFile(join(folder, name), "utf8")) as Description;
    if (description.format !== format) return undefined;
    const { runs, metrics, count } = description;
    for (const { file, sha256 } of [runs, metrics]) {
      if ((await fileHash(join(folder, file))) !== sha256) return undefined;
    }
    return { name, runs: join(folder, runs.file), metrics: join(folder, metrics.file), count };
  } catch {
    // whatever is wrong with it, it can be made again from the runs
    return undefined;
  }
}

/**
 * Makes a segment of two files, which are moved to their names.
 *
 * @param runs @param metrics written in the same folder, under names that nobody else uses
 */
export async function publishSegment(
  folder: string,
  { runs, metrics, count }: { readonly runs: string; readonly metrics: string; readonly count: number },
): Promise<Segment> {
  const named = async (file: string, kind: string): Promise<FileDescription> => {
    const sha256 = await fileHash(file);
    const name = `${sha256.slice(0, 32)}.${kind}.parquet`;
    await rename(file, join(folder, name));
    return { file: name, sha256 };
  };
  const description: Description = {
    format,
    count,
    runs: await named(runs, "runs"),
    metrics: await named(metrics, "metrics"),
  };
  const text = `${JSON.stringify(description)}\n`;
  const name = `segment-${createHash("sha256").update(text).digest("hex").slice(0, 32)}.json`;
  await writeFileAtomic(join(folder, name), text);
  return { name, runs: join(folder, description.runs.file), metrics: join(folder, description.metrics.file), count };
}

/** Age from which a file that nobody needs is removed. */
const retention = 60 * 60 * 1000;

/** Removes what has been of no use for an hour; marks what is in use. Best effort. */
export async function removeUnused(folder: string, used: readonly Segment[]): Promise<void> {
  const needed = new Set(used.flatMap(({ name, runs, metrics }) => [name, basename(runs), basename(metrics)]));
  const now = new Date();
  for (const name of await contentOf(folder)) {
    const path = join(folder, name);
    try {
      const isOld = now.getTime() - (await stat(path)).mtimeMs > retention / 2;
      if (!isOld) continue;
      if (needed.has(name)) await utimes(path, now, now);
      else if (now.getTime() - (await stat(path)).mtimeMs > retention) await rm(path, { force: true });
    } catch {
      // somebody else removed it, or nothing may be written here
    }
  }
}

async function fileHash(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest("hex");
}
