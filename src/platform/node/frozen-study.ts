/** A study as it was asked of a store, so that other processes plan the same runs and `status` needs no planning. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { FormatError, ParameterError, SpecError } from "../../core/errors.ts";
import type { Precision } from "../../engine/contract.ts";
import { decodeSealedJson, encodeSealedJson } from "../../io/sealed-json.ts";
import type { Software } from "../../study/record.ts";
import { type ConditionTable, conditionTable, type PlannedRuns, plannedRuns } from "../../study/results/conditions.ts";
import type { StudyPlan } from "../../study/study.ts";
import { planDocument } from "../../study/study-file/plan.ts";
import type { TaskLoader } from "../../study/tasks.ts";
import { fileIfAny, writeFileAtomic } from "./files.ts";

const format = 1;
/** In the folder of a study in a store. */
export const studyFile = "study.json";
const files = { study: studyFile, ids: "ids.txt", conditions: "conditions.json" } as const;
/** Digits of the folder's name: enough to tell all studies of a store apart. */
const nameDigits = 12;

export interface FrozenStudy {
  readonly format: typeof format;
  readonly name: string;
  /** The resolved document. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Folder against which paths of the user's own files are read, absolute; no identity depends on it. */
  readonly base: string;
  /** Optional tasks whose data could not be had. */
  readonly leftOut: readonly string[];
  readonly backend: string;
  /** Where the document does not say. */
  readonly precision: Precision;
  /** Who asked. */
  readonly software: Software;
}

/**
 * Writes a plan into the store: `studies/NAME-1f2e.../` with `study.json`, `ids.txt`, one id a line in the order of the plan, and
 * `conditions.json`, the values of their axes.
 *
 * The folder's name follows from the study's name and its runs, so that the same study comes to the same folder.
 *
 * @param store folder of the store
 * @param call what the plan was made with
 * @returns the folder
 * @throws ParameterError when it cannot be written
 */
export async function freezeStudy(
  store: string,
  { study, runs, leftOut }: StudyPlan,
  call: Pick<FrozenStudy, "base" | "backend" | "precision" | "software">,
): Promise<string> {
  const ids = idsText(runs);
  const folder = frozenFolder(store, { study, runs });
  const { base, backend, precision, software } = call;
  const frozen: FrozenStudy = {
    format,
    name: study.name,
    document: study.document,
    base,
    leftOut: leftOut.map(({ task }) => task),
    backend,
    precision,
    software,
  };
  await writeFileAtomic(join(folder, files.ids), ids);
  await writeFileAtomic(join(folder, files.conditions), encodeSealedJson(conditionTable({ study, runs })));
  await writeFileAtomic(join(folder, files.study), encodeSealedJson(frozen));
  return folder;
}

/** Folder that a plan has in a store, whether it stands there or not. */
export function frozenFolder(store: string, { study, runs }: Pick<StudyPlan, "study" | "runs">): string {
  return join(store, "studies", `${study.name}-${digestOf(idsText(runs))}`);
}

const idsText = (runs: StudyPlan["runs"]): string => runs.map(({ id }) => `${id}\n`).join("");

const remedy = "start the study again from its file: noisy-rnn study run writes it anew";

/**
 * @throws ParameterError when there is no frozen study in the folder
 * @throws FormatError when it is damaged, or not of this version's format
 */
export async function decodeFrozenStudy(folder: string): Promise<FrozenStudy> {
  const file = join(folder, files.study);
  const wrong = (rule: string): FormatError => new FormatError({ file, offset: -1, rule, remedy });
  const bytes = await fileIfAny(file);
  if (bytes === undefined) {
    throw new ParameterError({
      place: folder,
      rule: `must be a study file or the folder of a study in a store, got a folder without ${files.study}`,
      remedy: "name the study's file, a study of the package (noisy-rnn list studies), or STORE/studies/NAME-1f2e...",
    });
  }
  const content = decodeSealedJson(bytes, file, remedy);
  if (content.format === format) return content as unknown as FrozenStudy;
  throw wrong(`must be a study that was frozen in format ${format}, found ${JSON.stringify(content.format ?? null)}`);
}

/** Ids of the runs of a frozen study. @throws FormatError when the file is damaged */
export async function frozenIds(folder: string): Promise<readonly string[]> {
  const file = join(folder, files.ids);
  const text = await readFile(file, "utf8").catch(() => "");
  if (basename(resolve(folder)).endsWith(`-${digestOf(text)}`)) return text.split("\n").slice(0, -1);
  throw new FormatError({
    file,
    offset: -1,
    rule: `must hold the ids that the folder is named after, found others (${digestOf(text)})`,
    remedy,
  });
}

/**
 * The runs of a frozen study with the values of their axes, without planning it.
 *
 * @throws FormatError when a file is damaged
 */
export async function frozenConditions(folder: string): Promise<PlannedRuns> {
  const file = join(folder, files.conditions);
  const bytes = await readFile(file).catch(() => new Uint8Array());
  const table = decodeSealedJson(bytes, file, remedy) as unknown as ConditionTable;
  const runs = plannedRuns(table, await frozenIds(folder));
  if (runs !== undefined) return runs;
  throw new FormatError({
    file,
    offset: -1,
    rule: `must have a row for each of the ids beside it, got others`,
    remedy,
  });
}

/**
 * The plan of a frozen study: the same runs, wherever it is made.
 *
 * @throws SpecError when this version, or files that tasks read, would give other runs
 * @throws CapabilityError when data are missing here, FormatError when a file is damaged
 */
export async function planFrozenStudy(folder: string, loadTask: TaskLoader): Promise<StudyPlan> {
  const { document, backend, precision, leftOut } = await decodeFrozenStudy(folder);
  const ids = await frozenIds(folder);
  const plan = await planDocument(document, { loadTask, backend, precision, place: folder, leaveOut: leftOut });
  const isSame = plan.runs.length === ids.length && plan.runs.every(({ id }, i) => id === ids[i]);
  if (isSame) return plan;
  throw new SpecError(folder, [
    {
      path: "(all)",
      rule: "must come to the runs that were asked for, got others: this version differs, or a file that a task reads",
      remedy: "start the study again from its file",
    },
  ]);
}

function digestOf(ids: string): string {
  return createHash("sha256").update(ids).digest("hex").slice(0, nameDigits);
}
