/** The results of a study, from its file or its folder in a store: nothing is planned, and no data of tasks are needed. */
import { decodeFrozenStudy, frozenConditions } from "../platform/node/frozen-study.ts";
import { openResults, type Results } from "../platform/node/results/open-results.ts";
import { readStudy } from "../platform/node/study-files.ts";
import { analysisTable, requestMetrics } from "../study/analyses/request.ts";
import { figureFindings, figureMetrics } from "../study/figures/request.ts";
import type { StudyResults } from "../study/results/study-results.ts";
import type { Study } from "../study/study.ts";
import type { StudyTable } from "../study/study-report.ts";
import { type StudyStanding, studyStanding } from "./study-standing.ts";

export interface OpenStudy {
  readonly standing: StudyStanding;
  /** As its file is now: analyses, figures and expected results may have changed since its runs were made. */
  readonly study: Study;
  readonly database: Results;
  /** With the measurements and findings that its analyses and figures read. */
  readonly results: StudyResults;
  /** Of its analyses. */
  readonly tables: readonly StudyTable[];
}

/**
 * Opens what a store has of a study; whoever is done closes the database.
 *
 * @param path study file, or the study's folder in a store
 * @param chosen folder of the store; default: as `study run` has it
 * @throws ParameterError when it was never begun there
 */
export async function openStudy(
  path: string,
  overrides: readonly string[],
  chosen: string | undefined,
): Promise<OpenStudy> {
  const standing = await studyStanding(path, overrides, chosen);
  const { leftOut } = await decodeFrozenStudy(standing.folder);
  const study = withoutTasks(await readStudy(path, overrides), leftOut);
  const database = await openResults(standing.store, { study: await frozenConditions(standing.folder) });
  try {
    const metrics = new Set([...study.analyses.flatMap(requestMetrics), ...study.figures.flatMap(figureMetrics)]);
    const results = await database.results([...metrics], study.figures.flatMap(figureFindings));
    return { standing, study, database, results, tables: studyTables(study, results) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** What is expected of tasks that were left out, because their data could not be had, is not asked for. */
function withoutTasks(study: Study, leftOut: readonly string[]): Study {
  return { ...study, expected: study.expected.filter(({ where }) => !leftOut.includes(String(where.task))) };
}

function studyTables({ analyses }: Study, results: StudyResults): StudyTable[] {
  const taken = new Map<string, number>();
  return analyses.map((request) => {
    const { name } = request;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return { name, file: count === 1 ? name : `${name}-${count}`, table: analysisTable(request, results) };
  });
}
