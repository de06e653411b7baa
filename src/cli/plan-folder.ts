/** The folder of a study: what plan its content belongs to, so that no result is replaced by accident. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { canonicalJson } from "../core/canonical-json.ts";
import { ParameterError } from "../core/errors.ts";
import { sha256 } from "../core/sha256.ts";
import { encodeUtf8 } from "../io/text.ts";
import { checkWritableFolder, contentOf, writeFileAtomic } from "../platform/node/files.ts";
import type { StudyRun } from "../study/study.ts";

const planFile = "plan.json";

export interface Plan {
  readonly study: string;
  /** For people: "quick, 5 seeds, function-approximation and mnist-rows". */
  readonly title: string;
  /** The command line that goes on with it. */
  readonly command: string;
  readonly runs: readonly Pick<StudyRun, "id" | "spec">[];
}

/** Identity of a plan: it follows from its runs. */
export function planId({ study, runs }: Plan): string {
  return sha256(encodeUtf8(canonicalJson([study, runs.map(({ id }) => id)])));
}

/**
 * Takes a folder for a plan.
 *
 * @param mayReplace whether the result of another plan may be replaced; its finished runs stay
 * @throws ParameterError when the folder cannot be written, or holds something else
 */
export async function claimFolder(folder: string, plan: Plan, mayReplace: boolean): Promise<void> {
  await checkWritableFolder("--out", folder);
  const content = await contentOf(folder);
  const found = content.includes(planFile) ? await readPlan(join(folder, planFile)) : undefined;
  const id = planId(plan);
  const isFree = content.length === 0 || found?.id === id || (found?.study === plan.study && isExtended(found, plan));
  if (!isFree && !mayReplace) {
    const held =
      found === undefined
        ? `files of another kind (${content.slice(0, 3).join(", ")}${content.length > 3 ? ", ..." : ""})`
        : `the result of another plan (${found.study}: ${found.title})`;
    throw new ParameterError({
      place: "--out",
      rule: `must be empty or hold the same plan (${plan.study}: ${plan.title}), got ${resolve(folder)} with ${held}`,
      remedy: `choose another folder, or ${overwriteAdvice()}: the report is then replaced, finished runs that fit are used again`,
    });
  }
  const { study, title, command } = plan;
  const runs = plan.runs.map(({ id }) => id);
  await writeFileAtomic(join(folder, planFile), `${JSON.stringify({ study, title, id, command, runs }, null, 2)}\n`);
}

/** @throws ParameterError when the folder holds the result of a reproduction, whose report is not to be replaced */
export async function checkNoPlan(folder: string): Promise<void> {
  const found = (await contentOf(folder)).includes(planFile) ? await readPlan(join(folder, planFile)) : undefined;
  if (found === undefined) return;
  throw new ParameterError({
    place: "--out",
    rule: `must not be the result of a reproduction, got ${resolve(folder)} (${found.study}: ${found.title})`,
    remedy: "choose another folder",
  });
}

interface StoredPlan {
  readonly study: string;
  readonly title: string;
  readonly id: string;
  /** Identities of its runs. */
  readonly runs: readonly string[];
}

/** Whether a plan only adds tasks or cells to one that was there: then no number of the old result changes. */
function isExtended(found: StoredPlan, { runs }: Plan): boolean {
  const known = new Set(found.runs);
  const kept = runs.filter(({ id }) => known.has(id));
  const kindOf = ({ spec }: (typeof runs)[number]): string => `${spec.task.name} ${spec.network.cell}`;
  const keptKinds = new Set(kept.map(kindOf));
  return (
    keptKinds.size > 0 &&
    kept.length === known.size &&
    runs.every((run) => known.has(run.id) || !keptKinds.has(kindOf(run)))
  );
}

/** `npm start --overwrite` would not reach this program: npm takes what does not stand behind "--". */
function overwriteAdvice(): string {
  return process.env.npm_lifecycle_event === "start" ? "run npm start -- --overwrite" : "add --overwrite";
}

/** @returns undefined for a file that is no plan */
async function readPlan(file: string): Promise<StoredPlan | undefined> {
  try {
    const plan = JSON.parse(await readFile(file, "utf8")) as Partial<StoredPlan> | null;
    return typeof plan?.id === "string" && Array.isArray(plan.runs) ? (plan as StoredPlan) : undefined;
  } catch {
    return undefined;
  }
}
