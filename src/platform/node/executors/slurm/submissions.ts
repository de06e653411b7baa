/** What was handed to Slurm, kept in the study's folder: slurm/NAME.json with the script beside it. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../../../../core/errors.ts";
import { chunkRange } from "../../../../study/chunks.ts";
import { contentOf, writeFileAtomic } from "../../files.ts";
import type { JobTask } from "./answers.ts";

/** One job array. */
export interface Submission {
  readonly format: 1;
  /** Unique; Slurm finds the array by it. */
  readonly jobName: string;
  /** Slurm's number; null until sbatch has answered. */
  readonly job: string | null;
  /** Number of all chunks of the study; task `index` makes chunk `offset + index`. */
  readonly chunks: number;
  readonly offset: number;
  readonly indices: readonly number[];
  /** ISO 8601. */
  readonly submittedAt: string;
}

export const slurmFolder = (studyFolder: string): string => join(studyFolder, "slurm");
export const logFolder = (studyFolder: string): string => join(slurmFolder(studyFolder), "logs");
export const scriptFile = (studyFolder: string, jobName: string): string =>
  join(slurmFolder(studyFolder), `${jobName}.sh`);

/** Written before sbatch is asked, so that a job is known even if this process ends before the answer. */
export async function keepSubmission(studyFolder: string, submission: Submission): Promise<void> {
  const file = join(slurmFolder(studyFolder), `${submission.jobName}.json`);
  await writeFileAtomic(file, `${JSON.stringify(submission)}\n`);
}

/** Sbatch refused it. */
export async function forgetSubmission(studyFolder: string, { jobName }: Submission): Promise<void> {
  await rm(join(slurmFolder(studyFolder), `${jobName}.json`), { force: true });
  await rm(scriptFile(studyFolder, jobName), { force: true });
}

/** @returns the oldest first. @throws FormatError when one is damaged */
export async function submissionsOf(studyFolder: string): Promise<Submission[]> {
  const folder = slurmFolder(studyFolder);
  const names = (await contentOf(folder)).filter((name) => name.endsWith(".json"));
  const all = await Promise.all(
    names.map(async (name) => {
      const file = join(folder, name);
      return decoded(await readFile(file, "utf8"), file);
    }),
  );
  return all.sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1));
}

function decoded(text: string, file: string): Submission {
  try {
    const submission = JSON.parse(text) as Submission;
    if (submission?.format === 1 && Array.isArray(submission.indices)) return submission;
  } catch {
    // said below
  }
  throw new FormatError({
    file,
    offset: -1,
    rule: "must be the record of a job array in format 1, is not",
    remedy: "look with squeue whether jobs of its name are left, and delete the file",
  });
}

/** A task that was submitted. */
export interface SubmittedTask {
  readonly submission: Submission;
  readonly index: number;
  readonly chunk: number;
  /** What Slurm knows of it; undefined when it knows nothing any more. */
  readonly known: JobTask | undefined;
  /** Runs that it makes: indices from..to-1. */
  readonly from: number;
  readonly to: number;
}

/**
 * Tasks of submissions with what Slurm says of them.
 *
 * @param count number of all runs of the study
 */
export function submittedTasks(
  submissions: readonly Submission[],
  known: readonly JobTask[],
  count: number,
): SubmittedTask[] {
  const byKey = new Map(known.map((task) => [`${task.name}_${task.index}`, task]));
  return submissions.flatMap((submission) =>
    submission.indices.map((index) => {
      const chunk = submission.offset + index;
      const range = chunkRange(count, { number: chunk, of: submission.chunks });
      return { submission, index, chunk, known: byKey.get(`${submission.jobName}_${index}`), ...range };
    }),
  );
}
