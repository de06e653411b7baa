/** Open runs become job arrays. */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { basename } from "node:path";
import { ParameterError } from "../../../../core/errors.ts";
import { chunkWith } from "../../../../study/chunks.ts";
import { writeFileAtomic } from "../../files.ts";
import type { ExecutorCall } from "../contract.ts";
import { ownCommand, shellWord, workCommand } from "../work-command.ts";
import { jobArrays } from "./arrays.ts";
import type { Slurm } from "./client.ts";
import type { SlurmOptions } from "./options.ts";
import type { Resources } from "./resources.ts";
import { script } from "./script.ts";
import { forgetSubmission, keepSubmission, logFolder, type Submission, scriptFile } from "./submissions.ts";

/** A job array as it will be handed over. */
export interface Draft {
  readonly submission: Submission;
  readonly script: string;
  /** Absolute. */
  readonly file: string;
  /** Parameters of sbatch. */
  readonly parameters: readonly string[];
}

export interface DraftCall {
  readonly call: Pick<ExecutorCall, "plan" | "studyFolder" | "common">;
  readonly options: SlurmOptions;
  /** Indices of the runs that are to be made and no job makes. */
  readonly open: readonly number[];
  readonly resources: Resources;
  readonly maxArraySize: number;
}

export function drafts({ call, options, open, resources, maxArraySize }: DraftCall): Draft[] {
  const { plan, studyFolder, common } = call;
  const count = plan.runs.length;
  const chunks = Math.ceil(count / resources.chunkSize);
  const wanted = [...new Set(open.map((run) => chunkWith(run, count, chunks)))].sort((a, b) => a - b);
  const command = options.command ?? ownCommand();
  const submittedAt = new Date().toISOString();
  return jobArrays(wanted, maxArraySize, options.limit).map((array) => {
    // A list of names is divided by commas.
    const jobName = `${basename(studyFolder).replace(/[^\w.-]+/g, "-")}-${randomUUID().slice(0, 8)}`;
    const file = scriptFile(studyFolder, jobName);
    const { offset, indices } = array;
    return {
      submission: { format: 1, jobName, job: null, chunks, offset, indices, submittedAt },
      file,
      script: script({
        jobName,
        array,
        chunks,
        logs: logFolder(studyFolder),
        partition: options.partition,
        seconds: resources.seconds,
        memory: resources.memory,
        cores: (common.workers ?? 1) * common.threads,
        before: options.before ?? [],
        work: (chunk, label) => workCommand(command, studyFolder, common, chunk, label),
      }),
      parameters: [...(options.sbatch ?? []), file],
    };
  });
}

export function draftText({ script: text, file, parameters }: Draft): string {
  return `# ${file}\n${text}\n$ sbatch ${["--parsable", ...parameters].map(shellWord).join(" ")}\n`;
}

/** @returns the job's number. @throws ParameterError with what sbatch said when it refused */
export async function submit(slurm: Slurm, studyFolder: string, draft: Draft): Promise<string> {
  // Slurm makes no folder for logs: without it, tasks fail unseen.
  await mkdir(logFolder(studyFolder), { recursive: true });
  await writeFileAtomic(draft.file, draft.script);
  await keepSubmission(studyFolder, draft.submission);
  try {
    const job = await slurm.submit(draft.parameters);
    await keepSubmission(studyFolder, { ...draft.submission, job });
    return job;
  } catch (error) {
    if (error instanceof ParameterError) await forgetSubmission(studyFolder, draft.submission);
    throw error;
  }
}
