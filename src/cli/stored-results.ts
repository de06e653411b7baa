/** The results that a command line speaks of: of a study, or of a whole store. */
import { join } from "node:path";
import { FormatError } from "../core/errors.ts";
import { contentOf } from "../platform/node/files.ts";
import { isStudyFolder } from "../platform/node/found-study.ts";
import { frozenConditions } from "../platform/node/frozen-study.ts";
import { openResults, type Results } from "../platform/node/results/open-results.ts";
import type { Store } from "../platform/node/store/contract.ts";
import type { PlannedRuns } from "../study/results/conditions.ts";
import { remark } from "./output.ts";
import { studyStanding } from "./study-standing.ts";

/** What is done with results, which are closed afterwards. */
export type UseResults<Answer> = (results: Results) => Promise<Answer>;

/**
 * The results of a study in its store: its runs, in its order, with its axes as columns.
 *
 * @param path study file, or the study's folder in a store
 * @param chosen folder of the store; default: as `study run` has it
 * @throws ParameterError when the study was never begun there
 */
export async function withStudyResults<Answer>(
  path: string,
  chosen: string | undefined,
  use: UseResults<Answer>,
): Promise<Answer> {
  const { store, folder } = await studyStanding(path, [], chosen);
  const study = await frozenConditions(folder);
  return closing(await openResults(store, { study, onMissing }), use);
}

/** The results of all runs of a store, with the axes of all its studies as columns. */
export async function withStoreResults<Answer>(store: Store, use: UseResults<Answer>): Promise<Answer> {
  return closing(await openResults(store, { others: await studiesOf(store), onMissing }), use);
}

/** Runs that are read in a second or so. */
const soonRead = 2000;

function onMissing(runs: number): void {
  if (runs > soonRead) remark(`Reading ${runs} runs into the index of the store.`);
}

async function closing<Answer>(results: Results, use: UseResults<Answer>): Promise<Answer> {
  try {
    for (const warning of results.warnings) remark(warning);
    return await use(results);
  } finally {
    await results.close();
  }
}

async function studiesOf({ folder }: Store): Promise<PlannedRuns[]> {
  const studies = join(folder, "studies");
  const found: PlannedRuns[] = [];
  for (const name of await contentOf(studies)) {
    if (!(await isStudyFolder(join(studies, name)))) continue;
    try {
      found.push(await frozenConditions(join(studies, name)));
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      remark(`its axes are no columns: ${error.message}`);
    }
  }
  return found;
}
