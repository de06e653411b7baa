/** Finding complete runs by what a user names. */
import { join } from "node:path";
import { ParameterError } from "../core/errors.ts";
import { decodeParquet } from "../io/parquet.ts";
import { contentOf } from "../platform/node/files.ts";
import { isStudyFolder } from "../platform/node/found-study.ts";
import type { Store, StoredRunFiles } from "../platform/node/store/contract.ts";
import { readRun } from "../platform/node/store/reading.ts";
import type { CompleteRun } from "../study/export/complete-run.ts";
import { metricsOf } from "../study/metrics.ts";
import { runFiles } from "../study/record.ts";
import { runId } from "../study/spec.ts";
import { storeAt } from "./found-store.ts";
import { isFolder, resumeCommand, storedSpec } from "./run-files.ts";
import { studyStanding } from "./study-standing.ts";

/** Reads one run. @throws FormatError when a file is damaged. @returns undefined when it is no longer there */
export type RunReader = () => Promise<CompleteRun | undefined>;

/**
 * The complete runs that a path stands for.
 *
 * @param path folder of a run, a store, a folder with a store in `runs`, a study file, or a study's folder in a store
 * @param chosen folder of a study file's store; default: as `study run` has it
 * @param place what asks for them, in messages
 * @throws ParameterError when it stands for none
 */
export async function completeRuns(
  path: string,
  chosen: string | undefined,
  place: string,
): Promise<readonly RunReader[]> {
  if (chosen !== undefined && (await isFolder(path))) {
    throw new ParameterError({
      place: "--store",
      rule: `goes with a study file, got it with the folder ${path}`,
      remedy: "leave it out",
    });
  }
  if ((await isFolder(path)) && !(await isStudyFolder(path))) {
    const content = await contentOf(path);
    if (content.includes(runFiles.record)) return [() => runInFolder(path, place)];
    const isUnfinished = content.includes(runFiles.spec);
    const store = await storeAt(path);
    if (store !== undefined) return readersOf(store, [...(await store.completeIds())].sort());
    throw new ParameterError({
      place,
      rule: `must be given complete runs, got ${path}, which ${isUnfinished ? "is unfinished" : "holds none"}`,
      remedy: isUnfinished
        ? `finish it with: ${resumeCommand(path)}`
        : "name the folder of a run, a store, a study file, or a study's folder in a store",
    });
  }
  const study = await studyStanding(path, [], chosen);
  const complete = await study.store.completeIds();
  return readersOf(
    study.store,
    study.ids.filter((id) => complete.has(id)),
  );
}

function readersOf(store: Store, ids: readonly string[]): RunReader[] {
  return ids.map((id) => () => completeRun(store, id));
}

/** One run of a store. @throws FormatError when it is damaged. @returns undefined when it is not complete */
export async function completeRun(store: Store, id: string): Promise<CompleteRun | undefined> {
  return decoded(await store.read(id), store.runFolder(id));
}

async function runInFolder(folder: string, place: string): Promise<CompleteRun | undefined> {
  const spec = await storedSpec(folder, place);
  return decoded(await readRun(folder, runId(spec)), folder);
}

async function decoded(run: StoredRunFiles | undefined, folder: string): Promise<CompleteRun | undefined> {
  if (run === undefined) return undefined;
  const { spec, record, metrics } = run;
  const file = join(folder, runFiles.metrics);
  return { spec, record, metrics: metricsOf(await decodeParquet(metrics, file), spec.seed, file) };
}
