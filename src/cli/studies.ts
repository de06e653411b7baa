/** What the commands of studies have in common: the store, the plan, and what makes its runs. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { chooseBackend } from "../engine/backends.ts";
import type { Precision } from "../engine/contract.ts";
import { nodeResources } from "../platform/node/datasets.ts";
import { decodeFrozenStudy, type FrozenStudy, planFrozenStudy } from "../platform/node/frozen-study.ts";
import { thisSoftware } from "../platform/node/software.ts";
import { filesFolder, readPlan } from "../platform/node/study-files.ts";
import type { Software } from "../study/record.ts";
import type { StudyPlan } from "../study/study.ts";
import { planStudy } from "../study/study-file/plan.ts";
import { type TaskLoader, taskLoader } from "../study/tasks.ts";
import { commandBackend, kernelsMade } from "./backend.ts";
import { fetchNotice } from "./fetch-notice.ts";
import { remark } from "./output.ts";

/** Folder with the runs of a study: `runs` beside its file, unless `--store` names another; for a study of the package here. */
export function storeFolder(file: string, store: string | undefined): string {
  return store ?? (existsSync(file) ? join(dirname(file), "runs") : "runs");
}

export const storeHelp = "folder with the runs (default: runs beside the file)";

/** A plan, and what makes its runs here. */
export interface ReadyPlan {
  readonly plan: StudyPlan;
  readonly backend: string;
  /** Where the study does not say. */
  readonly precision: Precision;
  readonly software: Software;
  /** Folder of the user's own files that tasks read. */
  readonly base: string;
  /** Has loaded every task of the plan. */
  readonly loadTask: TaskLoader;
}

export interface ReadyOptions {
  /** Tasks that are left out, and no others; default: the optional ones whose data cannot be had. */
  readonly leaveOut?: readonly string[];
  /** Milliseconds for which a mirror of data may be silent. */
  readonly stallTimeout?: number;
}

/** Plans a study file for the fastest back end here that can make all its kernels, and makes them. */
export async function readyPlan(
  file: string,
  overrides: readonly string[],
  isQuiet: boolean,
  { leaveOut, ...resources }: ReadyOptions = {},
): Promise<ReadyPlan> {
  const { backend: wanted, variantOf } = commandBackend(isQuiet);
  const base = await filesFolder(file);
  const loadTask = taskLoader(nodeResources({ ...resources, base, onProgress: fetchNotice(isQuiet) }));
  const precision = wanted.precisions.includes("float32") ? "float32" : "float64";
  const call = { loadTask, precision, ...(leaveOut && { leaveOut }) } as const;
  const plan = await readPlan(file, overrides, { ...call, backend: wanted.name });
  const { name: backend } = await kernelsMade(wanted, specsOf(plan));
  const isWanted = backend === wanted.name;
  return {
    plan: isWanted ? plan : await planStudy(plan.study, { ...call, backend, place: file }),
    backend,
    precision,
    software: thisSoftware(variantOf(backend)),
    base,
    loadTask,
  };
}

/** Says which tasks a plan leaves out, and why. */
export function remarkLeftOut({ leftOut }: StudyPlan): void {
  for (const { task, reason } of leftOut) remark(`${task} is left out: ${reason}.`);
}

/** Plans a study that stands in a store, and makes its kernels. */
export async function begunPlan(
  folder: string,
  isQuiet: boolean,
): Promise<ReadyPlan & { readonly frozen: FrozenStudy }> {
  const { variantOf } = commandBackend(isQuiet);
  const frozen = await decodeFrozenStudy(folder);
  const { base, backend, precision } = frozen;
  const loadTask = taskLoader(nodeResources({ base, onProgress: fetchNotice(isQuiet) }));
  const plan = await planFrozenStudy(folder, loadTask);
  await kernelsMade(chooseBackend(backend), specsOf(plan));
  return { plan, backend, precision, software: thisSoftware(variantOf(backend)), base, loadTask, frozen };
}

const specsOf = ({ runs }: StudyPlan) => runs.map(({ spec }) => spec);
