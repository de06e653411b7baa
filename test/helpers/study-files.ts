/** Studies written in a test, planned without any data. */
import { SpecError } from "../../src/core/errors.ts";
import type { StudyPlan } from "../../src/study/study.ts";
import { type PlanCall, planDocument } from "../../src/study/study-file/plan.ts";
import { taskLoader } from "../../src/study/tasks.ts";
import type { TaskResources } from "../../src/task/contract.ts";

/** A machine without data sets and files. */
export const noResources: TaskResources = {
  dataset: () => Promise.reject(new Error("no data sets here")),
  file: () => Promise.reject(new Error("no files here")),
};

export type Content = Readonly<Record<string, unknown>>;

/** The smallest study: what is given goes beside a task and a noise source. */
export function studyContent(content: Content): Content {
  return {
    task: "function-approximation",
    network: { hiddenSize: 4, noise: [{ site: "inside", intensity: 0.5 }] },
    training: { updates: 1 },
    ...content,
  };
}

export function planned(content: Content, call: Partial<PlanCall> = {}): Promise<StudyPlan> {
  return planDocument(studyContent(content), {
    loadTask: taskLoader(noResources),
    backend: "reference",
    place: "study",
    ...call,
  });
}

/** Conditions of a study in order, each once, as text: "site inside, trainIntensity 0.5". */
export async function conditions(content: Content): Promise<string[]> {
  const { runs } = await planned(content);
  const texts = runs.map(({ condition }) =>
    Object.entries(condition)
      .map(([column, value]) => `${column} ${value}`)
      .join(", "),
  );
  return [...new Set(texts)];
}

/** Issues of a wrong study: "path: rule". */
export async function issuesOf(work: Promise<unknown>): Promise<string[]> {
  const error: unknown = await work.catch((cause: unknown) => cause);
  if (!(error instanceof SpecError)) throw new Error("a SpecError was expected", { cause: error });
  return error.issues.map(({ path, rule }) => `${path}: ${rule}`);
}
