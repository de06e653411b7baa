/** Brings the cache of a store up to date with its complete runs. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, ParameterError } from "../../../core/errors.ts";
import { runFiles } from "../../../study/record.ts";
import { runColumns } from "../../../study/results/columns.ts";
import { type RunRow, runRow } from "../../../study/results/rows.ts";
import { checkWritableFolder, codeOf, removeAbandonedFiles, temporaryMark } from "../files.ts";
import type { Store } from "../store/contract.ts";
import { type Database, literal, literals } from "./duckdb.ts";
import { publishSegment, readSegments, removeUnused, type Segment } from "./segments.ts";

/** What of a store an index needs. */
export type IndexedStore = Pick<Store, "folder" | "runFolder" | "summaries" | "read">;

export interface StoreIndex {
  readonly segments: readonly Segment[];
  /** Rows that do not count: of runs that were made anew or are gone, or that another segment has too. */
  readonly masked: readonly { readonly file: string; readonly id: string }[];
  /** Runs that could not be read, with why. */
  readonly damaged: readonly FormatError[];
  /** Folder to be removed in the end, where the store cannot be written. */
  readonly temporary: string | undefined;
}

export interface IndexOptions {
  /** Runs in a segment that is written. */
  readonly segmentSize?: number;
  /** Segments that may be smaller than half of that, before they are put together. */
  readonly mostSmall?: number;
  /** Told how many runs are to be read, before it is done. */
  onMissing?(runs: number): void;
}

const defaults = { segmentSize: 10_000, mostSmall: 20 } as const;
/** A segment of which more than this share does not count is made anew. */
const mostMasked = 0.5;
/** Runs that are read at the same time. */
const readersAtOnce = 16;

/** The index of a store, with all runs in it that are complete now. */
export async function storeIndex(
  store: IndexedStore,
  database: Database,
  options: IndexOptions = {},
): Promise<StoreIndex> {
  const { segmentSize, mostSmall } = { ...defaults, ...options };
  const current = await store.summaries();
  const folder = join(store.folder, "index");
  const known = await chosen(await readSegments(folder), current, database);
  const missing = [...current.keys()].filter((id) => !known.covered.has(id)).sort();
  options.onMissing?.(missing.length);
  const place = indexFolder(folder);
  const damaged: FormatError[] = [];
  const fresh: Segment[] = [];
  for (let first = 0; first < missing.length; first += segmentSize) {
    const ids = missing.slice(first, first + segmentSize);
    const made = await place.write((target) => segmentOf(ids, store, { database, folder: target }));
    if (made.segment !== undefined) fresh.push(made.segment);
    damaged.push(...made.damaged);
  }
  let { segments, masked } = known;
  const isSmall = ({ count }: Segment): boolean => count < segmentSize / 2;
  const small = [...segments, ...fresh].filter(isSmall);
  segments = [...segments, ...fresh];
  if (small.length > mostSmall) {
    const merged = await place.write((target) => mergedSegment(small, masked, { database, folder: target }));
    segments = [...segments.filter((segment) => !small.includes(segment)), merged];
    masked = masked.filter(({ file }) => segments.some(({ runs }) => runs === file));
  }
  if (place.temporary() === undefined) {
    await removeUnused(folder, segments);
    await removeAbandonedFiles(folder);
  }
  return { segments, masked, damaged, temporary: place.temporary() };
}

/** Segments that are worth using, and what of them does not count. */
async function chosen(
  segments: readonly Segment[],
  current: Awaited<ReturnType<Store["summaries"]>>,
  database: Database,
): Promise<Pick<StoreIndex, "segments" | "masked"> & { readonly covered: ReadonlySet<string> }> {
  const covered = new Set<string>();
  const used: Segment[] = [];
  const masked: { file: string; id: string }[] = [];
  for (const segment of segments) {
    const table = await database.query(`select id, "finishedAt" from read_parquet(${literal(segment.runs)})`);
    const [ids, times] = table.columns.map(({ values }) => values as readonly string[]);
    const counts = ids.map((id, index) => !covered.has(id) && current.get(id)?.finishedAt === times[index]);
    const lost = ids.filter((_, index) => !counts[index]);
    if (lost.length > mostMasked * ids.length) continue;
    used.push(segment);
    for (const id of lost) masked.push({ file: segment.runs, id });
    for (const [index, id] of ids.entries()) if (counts[index]) covered.add(id);
  }
  return { segments: used, masked, covered };
}

interface SegmentPlace {
  readonly database: Database;
  readonly folder: string;
}

/** A segment of those runs that can be read; undefined when there is none. */
async function segmentOf(
  ids: readonly string[],
  store: IndexedStore,
  { database, folder }: SegmentPlace,
): Promise<{ readonly segment: Segment | undefined; readonly damaged: readonly FormatError[] }> {
  const damaged: FormatError[] = [];
  const rows: (RunRow & { readonly spec: string; readonly file: string })[] = [];
  const waiting = [...ids];
  const reader = async (): Promise<void> => {
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      try {
        const run = await store.read(id, "numbers");
        if (run === undefined) continue;
        const file = join(store.runFolder(id), runFiles.metrics);
        rows.push({ ...runRow(run.spec, run.record), spec: JSON.stringify(run.spec), file });
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        damaged.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: readersAtOnce }, reader));
  if (rows.length === 0) return { segment: undefined, damaged };
  const text = { type: "string" } as const;
  const columns = [...runColumns, { name: "spec", ...text }, { name: "file", ...text }];
  await database.insert("fresh_run", columns, rows);
  const files = literals(rows.map(({ file }) => file));
  const segment = await written({ database, folder }, rows.length, {
    runs: `select ${keyOf("id")} as _key, * exclude (file) replace (seed::bigint as seed) from fresh_run`,
    metrics: `select ${keyOf("r.id")} as _key, m.name as metric, m."testIntensity", m."update", m."repeat", m.part, m.value
      from (${withoutPart} union all by name select * from read_parquet(${files}, filename = true, union_by_name = true)) m join fresh_run r on m.filename = r.file`,
  });
  await database.query("drop table fresh_run");
  return { segment, damaged };
}

/** No rows, but a column that files of earlier versions lack. */
const withoutPart = "select null::varchar as part where false";

/** One segment of several. */
async function mergedSegment(
  segments: readonly Segment[],
  masked: StoreIndex["masked"],
  place: SegmentPlace,
): Promise<Segment> {
  const own = masked.filter(({ file }) => segments.some(({ runs }) => runs === file));
  await insertMask(place.database, "merge_mask", segments, own);
  const count = segments.reduce((sum, segment) => sum + segment.count, 0) - own.length;
  const merged = await written(place, count, {
    runs: `select * exclude (filename) from ${maskedRows(segments, "runs", "merge_mask", own.length > 0)}`,
    metrics: `select * exclude (filename) from ${maskedRows(segments, "metrics", "merge_mask", own.length > 0)}`,
  });
  await place.database.query("drop table merge_mask");
  return merged;
}

/** A table with the files and keys of rows that do not count. @param name of the table */
export async function insertMask(
  database: Database,
  name: string,
  segments: readonly Segment[],
  masked: StoreIndex["masked"],
): Promise<void> {
  const metricsOf = new Map(segments.map(({ runs, metrics }) => [runs, metrics]));
  const rows = masked.flatMap(({ file, id }) => [
    { file, id },
    { file: metricsOf.get(file), id },
  ]);
  const text = { type: "string" } as const;
  await database.insert(
    `${name}_ids`,
    [
      { name: "file", ...text },
      { name: "id", ...text },
    ],
    rows,
  );
  await database.query(
    `create or replace table ${name} as select file as filename, ${keyOf("id")} as _key from ${name}_ids; drop table ${name}_ids`,
  );
}

/** Rows of segments without those of a mask, as what stands behind `from`. */
export function maskedRows(
  segments: readonly Segment[],
  part: "runs" | "metrics",
  mask: string,
  hasMask: boolean,
): string {
  const files = `read_parquet(${literals(segments.map((segment) => segment[part]))}, filename = true)`;
  return hasMask ? `(select * from ${files} anti join ${mask} using (filename, _key))` : files;
}

async function written(
  { database, folder }: SegmentPlace,
  count: number,
  { runs, metrics }: { readonly runs: string; readonly metrics: string },
): Promise<Segment> {
  const file = join(folder, `${temporaryMark}segment-${randomUUID()}`);
  const files = { runs: `${file}.runs`, metrics: `${file}.metrics` };
  const copy = (query: string, to: string): Promise<unknown> =>
    database.query(`copy (${query}) to ${literal(to)} (format parquet, compression zstd)`);
  try {
    await copy(`${runs} order by _key`, files.runs);
    // Equal metrics beside each other: whoever asks for one reads little else.
    await copy(`${metrics} order by metric, _key`, files.metrics);
    return await publishSegment(folder, { ...files, count });
  } finally {
    for (const path of Object.values(files)) await rm(path, { force: true }).catch(() => undefined);
  }
}

/** A run's number in the index: the first 60 bits of its identity. */
export function keyOf(id: string): string {
  return `('0x' || substr(${id}, 1, 15))::bigint`;
}

const notWritable = ["EROFS", "EACCES", "EPERM", "ENOSPC", "EDQUOT"];

/** Where segments go: into the store, or, once that proves impossible, into a folder of this process. */
function indexFolder(folder: string) {
  let temporary: string | undefined;
  return {
    temporary: () => temporary,
    write: async <Result>(act: (folder: string) => Promise<Result>): Promise<Result> => {
      if (temporary === undefined) {
        try {
          await checkWritableFolder("index", folder);
          return await act(folder);
        } catch (error) {
          if (!isNotWritable(error)) throw error;
        }
      }
      temporary ??= await mkdtemp(join(tmpdir(), "noisy-rnn-index-"));
      return act(temporary);
    },
  };
}

/** DuckDB tells what the system said in its own words only. */
function isNotWritable(error: unknown): boolean {
  if (error instanceof ParameterError || notWritable.includes(codeOf(error))) return true;
  const message = error instanceof Error ? error.message : "";
  return /^IO Error: .*(Permission denied|Read-only file system|No space left|Disk quota exceeded|Cannot open file)/s.test(
    message,
  );
}
